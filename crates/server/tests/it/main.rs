//! The server as its callers see it: requests in, answers out, over a real store and an emulated provider.
#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

mod world;

mod care;
mod connect;
mod description;
mod entered;
mod events;
mod feeds;
mod live;
mod mail;
mod museum;
mod outlook;
mod questions;
mod schedule;
mod sign_in;
mod tables;
mod walk;
