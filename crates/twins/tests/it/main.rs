//! What holds for a twin whatever is done to it.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

mod caldav_keeping;
mod caldav_odd;
mod caldav_people;
mod caldav_plain;
mod caldav_reading;
mod caldav_world;
mod caldav_writing;
mod google_faults;
mod google_keeping;
mod google_laws;
mod google_odd;
mod google_push;
mod google_refusals;
mod microsoft_events;
mod microsoft_laws;
mod microsoft_push;
mod microsoft_series;
mod microsoft_signin;
mod microsoft_world;
mod notion_keeping;
mod notion_traps;
mod notion_world;
mod world;
