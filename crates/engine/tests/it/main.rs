//! The engine with its real parts: the store, the Google adapter and the Google twin, in one process, on a clock that
//! only moves when a test moves it.
#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

mod door;
mod world;
#[allow(dead_code, reason = "steps that people can take, whether a scenario here takes them yet or not")]
mod acts;
mod both_ways;
mod conflicts;
mod faults;
mod feeds;
mod moves;
mod named;
mod museum;
mod notices;
mod notion;
mod people;
mod plans;
mod restored;
mod retention;
mod signin;
mod trouble;
mod undone;
mod verify;
mod workers;
