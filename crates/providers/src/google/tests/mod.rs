//! The adapter against answers told one by one: which calls go out, and what is made of what comes back.
//!
//! Whether Google would answer like that is the twin's to say (`tests/it`); here it is about the adapter alone.

mod events;
mod exceptions;
mod lost;
mod occurrences;
mod reading;
mod script;
mod signin;
mod writes;

use std::sync::Mutex;

use bytes::Bytes;
use concord_model::observed::{State, Versions};
use concord_model::people::{Address, Attendee};
use concord_model::recurrence::Recurrence;
use concord_model::view::Override;
use concord_model::{Etag, Field, Mark, Moment, Span, View, Zone};
use http::{Request, Response};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use self::events::*;
use self::script::*;
use self::signin::tokens;
use super::*;
use crate::http::Lost;
use crate::provider::Next;

#[test]
fn an_id_is_the_same_for_ever_and_of_letters_that_google_takes() {
    let (google, _) = tokens(200, "");
    let id = |event: u128, link: u128, generation, part: Option<&str>| {
        let (event, link) = (uuid::Uuid::from_u128(event).into(), uuid::Uuid::from_u128(link).into());
        google.id_for(event, link, Generation(generation), part.map(key)).0
    };
    assert_eq!(id(1, 2, 0, None), id(1, 2, 0, None));
    let all = [
        id(1, 2, 0, None),
        id(2, 1, 0, None),
        id(1, 2, 1, None),
        id(1, 2, 0, Some("20261201")),
        id(1, 2, 0, Some(SECOND)),
    ];
    for one in &all {
        assert!(
            (26..=32).contains(&one.len()) && one.chars().all(|c| matches!(c, 'a'..='v' | '0'..='9')),
            "{one}"
        );
        assert_eq!(all.iter().filter(|other| *other == one).count(), 1);
    }
}

#[test]
fn what_is_never_written_is_no_capability() {
    let (google, _) = tokens(200, "");
    let able = google.capabilities();
    assert_eq!(
        able.read_only.iter().collect::<Vec<_>>(),
        [Field::Conference, Field::Organiser, Field::Attachments]
    );
    assert!(able.fields.and(able.read_only).is_empty());
}
