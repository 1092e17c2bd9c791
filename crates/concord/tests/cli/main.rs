//! The program as people and scripts use it: the real binary, a twin behind its own listener, a folder that is new.
//!
//! Scenarios that the mission numbers are named by their number (`ac_1_…`).
#![expect(clippy::unwrap_used, reason = "in a test, a failure is the message")]

mod http;
mod world;

mod ac_1;
mod ac_2;
mod ac_3;
mod ac_4;
mod ac_5;
mod ac_6;
mod ac_7;
mod ac_8;
mod ac_12;
mod backup;
mod caldav;
mod calendars;
mod database;
mod feeds;
mod files;
mod mail;
mod outlook;
mod pair;
mod twins;
mod words;
