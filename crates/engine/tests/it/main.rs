//! The engine with its real parts: the store, an adapter and its provider's twin, in one process, on a clock that only
//! moves when a test moves it. What is the same at every provider is shown with Google; what AC-1 to AC-8 and AC-11 ask
//! for, with Outlook, too (`on_each_side`), on calendar servers, two of them real (`on_each_server`), and at Google, Outlook, a
//! calendar server and Notion at once (`ring`).
#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

mod door;
mod served;
mod side;
mod world;
#[allow(dead_code, reason = "steps that people can take, whether a scenario here takes them yet or not")]
mod acts;
mod both_ways;
mod by_mail;
mod care;
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
mod ring;
mod servers;
mod signin;
mod trouble;
mod two_sides;
mod undone;
mod verify;
mod workers;
