//! Notion: JSON, in which everything has a kind.

use bytes::Bytes;
use concord_model::link::{Column, Columns, Holds};
use concord_providers::notion::{Client, Notion, Settings};
use concord_providers::provider::Access;
use http::{Method, Request};
use secrecy::SecretString;

use super::google::{count, is_object};
use super::{Kind, words};

pub(crate) const WORDS: &[&str] = words![
    "\"object\":\"page\"",
    "\"object\":\"data_source\"",
    "\"object\":\"list\"",
    "\"object\":\"error\"",
    "\"results\":[]",
    "\"has_more\":true",
    "\"next_cursor\":\"n2\"",
    "\"request_status\":{\"type\":\"incomplete\"}",
    "\"in_trash\":true",
    "\"archived\":true",
    "\"parent\":{\"type\":\"data_source_id\",\"data_source_id\":\"00000000-0000-4000-8000-00000000000a\"}",
    "\"created_time\":\"2026-11-20T09:00:00.000Z\"",
    "\"last_edited_time\":\"2026-11-20T09:00:00.000Z\"",
    "\"created_by\":{\"object\":\"user\",\"id\":\"us\"}",
    "\"type\":\"date\",\"date\":{\"start\":\"2026-11-24\",\"end\":\"2026-11-26\",\"time_zone\":null}",
    "\"date\":{\"start\":\"2026-11-24T10:00:00.000+01:00\",\"end\":null}",
    "\"date\":null",
    "\"type\":\"title\",\"title\":[{\"plain_text\":\"Choir\"}]",
    "\"type\":\"rich_text\",\"rich_text\":[]",
    "\"rich_text\":[{\"plain_text\":\"9:00-10:30\"}]",
    "\"type\":\"select\",\"select\":{\"name\":\"Cancelled\"}",
    "\"type\":\"url\",\"url\":\"https://meet.example/a\"",
    "\"plain_text\":\"concord1 ",
    "\"id\":\"title\"",
    "\"id\":\"d\"",
    "\"code\":\"object_not_found\"",
    "\"code\":\"validation_error\"",
    "\"additional_data\":{\"committed_resource_id\":\"00000000-0000-4000-8000-000000000001\"}",
    "\"bot\":{\"workspace_name\":\"Studio\"}",
    "{\"v\":1,\"c\":\"",
];

pub(super) const ANOTHER_PAGE: &[u8] =
    b"200\n\n{\"object\":\"list\",\"results\":[],\"has_more\":true,\"next_cursor\":\"n2\"}";

pub(super) static KIND: Kind = Kind {
    adapter: |http| {
        let client = Client { id: "id".to_owned(), secret: SecretString::from("secret") };
        Box::new(Notion::new(Settings::new(Some(client)), http))
    },
    access: |now, bare| {
        let known = if bare { Columns::default() } else { columns() };
        Access { subject: Some("us".to_owned()), columns: known, ..Access::new("token", now) }
    },
    calendar: "00000000-0000-4000-8000-00000000000a",
    ids: ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"],
    made: "concord-0123456789abcdefghijklmnop",
    login: ("", ""),
    is_one: |answer| answer.status().is_success() && is_object(answer.body()),
    gone: |body| count(body, "\"in_trash\":true") + count(body, "\"archived\":true"),
    writes,
    sent,
};

/// To put something into the trash twice does no harm, nor does it to give a table a column that it has.
fn writes(request: &Request<Bytes>) -> bool {
    let path = request.uri().path();
    match *request.method() {
        Method::PATCH => path.contains("/pages/") && !request.body().starts_with(b"{\"in_trash\":true}"),
        Method::POST => !path.ends_with("/query") && !path.ends_with("/search"),
        _ => false,
    }
}

fn columns() -> Columns {
    let chosen = [
        (Holds::Time, "d", "Date"),
        (Holds::Clock, "k", "Time"),
        (Holds::Location, "w", "Where"),
        (Holds::Description, "n", "Notes"),
        (Holds::Conference, "u", "Link"),
        (Holds::Status, "s", "Status"),
        (Holds::Note, "c", "Concord"),
    ];
    Columns(chosen.into_iter().map(|(holds, id, name)| (holds, Column::both(id, name))).collect())
}

fn sent(request: &Request<Bytes>) {
    assert!(request.uri().scheme_str() == Some("https"), "others could read along: {}", request.uri());
    assert_eq!(request.uri().host(), Some("api.notion.com"));
}
