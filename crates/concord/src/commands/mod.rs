//! A file for each command. Each says what it takes, does it by the engine's words, and shows what came of it.

pub mod words;
pub mod when;
pub mod secret;
pub mod steps;
pub mod undone;

pub mod account;
pub mod api_key;
pub mod backup;
pub mod client;
pub mod completions;
pub mod conflict;
pub mod demo;
pub mod doctor;
pub mod event;
pub mod export;
pub mod feed;
pub mod import;
pub mod key;
pub mod link;
pub mod mail;
pub mod migrate;
pub mod openapi;
pub mod pair;
pub mod plan;
pub mod restore;
pub mod run;
pub mod serve;
pub mod sync;
pub mod twins;
pub mod user;
pub mod verify;
pub mod version;
