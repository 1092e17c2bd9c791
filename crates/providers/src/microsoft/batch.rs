//! Many calls in one request: JSON, and its answer, whose parts come in any order.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use super::calls::Call;

/// One answer of a batch.
#[derive(Debug)]
pub(super) struct Part {
    /// The place of the call that it answers.
    pub(super) index: usize,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// The body of a batch. What is asked of each answer is said with each call: the batch's own headers do not count for them.
pub(super) fn write(api: &Url, calls: &[Call]) -> Bytes {
    let base = api.path().trim_end_matches('/');
    let one = |(index, call): (usize, &Call)| {
        let path = call.url.path();
        let path = path.strip_prefix(base).unwrap_or(path);
        let query = call.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let mut headers = json!({ "Prefer": call.prefer });
        if let Some(version) = &call.if_match {
            headers["If-Match"] = json!(version.as_str());
        }
        let mut one = json!({ "id": index.to_string(), "method": call.method.as_str(), "url": format!("{path}{query}") });
        if let Some(body) = &call.body {
            headers["Content-Type"] = json!("application/json");
            one["body"] = serde_json::from_slice(body).unwrap_or_default();
        }
        one["headers"] = headers;
        one
    };
    let requests: Vec<Value> = calls.iter().enumerate().map(one).collect();
    Bytes::from(json!({ "requests": requests }).to_string())
}

#[derive(Deserialize)]
struct Answered {
    responses: Vec<Response>,
}

#[derive(Deserialize)]
struct Response {
    id: String,
    status: u16,
    #[serde(default)]
    headers: Map<String, Value>,
    #[serde(default)]
    body: Value,
}

/// The parts of an answer; `None` when it is cut off or is no such answer.
///
/// A part that cannot be understood is left out, so its call counts as unanswered.
pub(super) fn read(body: &[u8]) -> Option<Vec<Part>> {
    let answered: Answered = serde_json::from_slice(body).ok()?;
    Some(answered.responses.into_iter().filter_map(part).collect())
}

fn part(told: Response) -> Option<Part> {
    let header = |(name, value): (&String, &Value)| {
        let value = value.as_str().map(str::to_owned).unwrap_or_else(|| value.to_string());
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_str(&value).ok()?))
    };
    let body = match &told.body {
        Value::Null => Bytes::new(),
        body => Bytes::from(body.to_string()),
    };
    Some(Part {
        index: told.id.parse().ok()?,
        status: StatusCode::from_u16(told.status).ok()?,
        headers: told.headers.iter().filter_map(header).collect(),
        body,
    })
}

#[cfg(test)]
mod tests {
    use concord_model::CalendarId;

    use super::*;
    use crate::microsoft::calls::Calls;

    #[test]
    fn a_batch_is_written_as_graph_wants_it() {
        let calls = Calls { api: Url::parse("https://graph.microsoft.com/v1.0").unwrap() };
        let calendar = CalendarId::from("c/1=");
        let patch = Map::from_iter([("subject".to_owned(), json!("New"))]);
        let body = write(
            &calls.api,
            &[
                calls.patch(&calendar, "e1", &"W/\"17\"".into(), patch),
                calls.delete(&calendar, "e2", &"W/\"18\"".into()),
            ],
        );
        let told: Value = serde_json::from_slice(&body).unwrap();
        let prefer = "IdType=\"ImmutableId\", outlook.timezone=\"UTC\"";
        assert_eq!(
            told,
            json!({ "requests": [
                { "id": "0", "method": "PATCH", "url": "/me/calendars/c%2F1=/events/e1", "body": { "subject": "New" },
                  "headers": { "Prefer": prefer, "If-Match": "W/\"17\"", "Content-Type": "application/json" } },
                { "id": "1", "method": "DELETE", "url": "/me/calendars/c%2F1=/events/e2",
                  "headers": { "Prefer": prefer, "If-Match": "W/\"18\"" } },
            ]})
        );
    }

    #[test]
    fn answers_come_in_any_order_and_each_has_its_own_wait() {
        let answer = json!({ "responses": [
            { "id": "1", "status": 429, "headers": { "Retry-After": "2.128" }, "body": { "error": { "code": "x" } } },
            { "id": "0", "status": 204, "headers": {}, "body": null },
            { "id": "what", "status": 200 },
        ]});
        let parts = read(answer.to_string().as_bytes()).unwrap();
        let told: Vec<(usize, u16, bool)> =
            parts.iter().map(|part| (part.index, part.status.as_u16(), part.body.is_empty())).collect();
        assert_eq!(told, [(1, 429, false), (0, 204, true)]);
        assert_eq!(parts[0].headers["retry-after"], "2.128");
    }

    #[test]
    fn an_answer_without_its_end_is_none() {
        let answer = json!({ "responses": [{ "id": "0", "status": 204 }] }).to_string();
        for cut in 0..answer.len() {
            assert!(read(&answer.as_bytes()[..cut]).is_none(), "{cut}");
        }
        assert!(read(b"{}").is_none());
    }
}
