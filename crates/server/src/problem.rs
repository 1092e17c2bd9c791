//! Everything that can go wrong, as people and programs are told it: problem details (RFC 9457) with a stable `code`, the
//! field, and a sentence for a person. The one place where errors become answers.

use axum::Json;
use axum::response::{IntoResponse, Response};
use concord_engine::Error;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

/// What went wrong.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Always `about:blank`: the `code` says what kind of problem it is.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "about:blank")]
    kind: Kind,
    /// The status in words.
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// A stable word for programs.
    code: &'static str,
    /// What happened and what to do, for a person.
    detail: String,
    /// The field that is wrong, where one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// What to wait, in seconds, before trying again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
    /// What one can choose from, where there is a choice.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    choices: Vec<String>,
}

/// What kind of problem it is, where the `code` does not say it better.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
enum Kind {
    #[serde(rename = "about:blank")]
    AboutBlank,
}

/// The result of a handler.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

impl Problem {
    /// A problem of that status and code.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Problem {
        Problem {
            kind: Kind::AboutBlank,
            title: status.canonical_reason().unwrap_or("Problem"),
            status: status.as_u16(),
            code,
            detail: sentence(&detail.into()),
            field: None,
            retry_after: None,
            choices: Vec::new(),
        }
    }

    /// A value that cannot be.
    pub fn invalid(field: impl Into<String>, why: impl std::fmt::Display) -> Problem {
        let field = field.into();
        let detail = format!("{field}: {why}");
        Problem {
            field: Some(field),
            ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", detail)
        }
    }

    /// There is no such thing, or not for whoever asks.
    pub fn not_found(what: &str) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "not_found", format!("there is no such {what}"))
    }

    /// Whoever asks may know of it, and may not do that.
    pub fn forbidden(why: impl Into<String>) -> Problem {
        Problem::new(StatusCode::FORBIDDEN, "forbidden", why)
    }

    /// Nobody has signed in.
    pub fn unauthenticated() -> Problem {
        Problem::new(StatusCode::UNAUTHORIZED, "unauthenticated", "sign in first, or send an API key")
    }

    /// Several things could be meant.
    pub fn choose(field: &str, why: impl Into<String>, choices: Vec<String>) -> Problem {
        Problem {
            field: Some(field.to_owned()),
            choices,
            ..Problem::new(StatusCode::CONFLICT, "choose_one", why)
        }
    }

    /// Too often; try again after so many seconds.
    pub fn too_many(why: impl Into<String>, seconds: u32) -> Problem {
        Problem {
            retry_after: Some(seconds),
            ..Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", why)
        }
    }

    /// The field that is wrong.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// The same, about that field.
    pub fn about(self, field: impl Into<String>) -> Problem {
        Problem { field: Some(field.into()), ..self }
    }

    /// The same, about that field of the part of a body.
    pub fn within(self, part: &str) -> Problem {
        let Some(field) = &self.field else { return self };
        let path = format!("{part}.{field}");
        let detail = match self.detail.strip_prefix(field.as_str()) {
            Some(rest) => format!("{path}{rest}"),
            None => self.detail.clone(),
        };
        Problem { field: Some(path), detail, ..self }
    }

    /// The sentence.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

/// A sentence begins with a capital letter, unless it begins with the name of a field.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let named = text.split_once(' ').is_some_and(|(first, _)| first.ends_with(':'));
    match chars.next() {
        Some(first) if !named => first.to_uppercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        match error {
            Error::NotFound(what) => Problem::not_found(what),
            Error::Invalid { field, why } => Problem::invalid(field, why),
            Error::ReadOnly(why) => Problem::new(StatusCode::CONFLICT, "read_only", why),
            Error::Changed => Problem::new(
                StatusCode::PRECONDITION_FAILED,
                "changed_meanwhile",
                "it was changed by someone else meanwhile; look at it again",
            ),
            Error::Later(why) => Problem::new(StatusCode::CONFLICT, "later", why),
            Error::Exists(_) => Problem::new(StatusCode::CONFLICT, "exists", error.to_string()),
            Error::Provider { ref answer, .. } => {
                let (status, code) = match answer.passes() {
                    true => (StatusCode::SERVICE_UNAVAILABLE, "provider_unavailable"),
                    false => (StatusCode::BAD_GATEWAY, "provider_refused"),
                };
                Problem::new(status, code, error.to_string())
            }
            Error::Store(error) => error.into(),
        }
    }
}

impl From<concord_store::Error> for Problem {
    fn from(error: concord_store::Error) -> Problem {
        use concord_store::Error as Store;
        match error {
            Store::NotFound => Problem::not_found("record"),
            Store::Changed => Error::Changed.into(),
            Store::Taken { what } => {
                Problem::new(StatusCode::CONFLICT, "exists", format!("there is already one of these {what}"))
            }
            Store::Busy => Problem {
                retry_after: Some(1),
                ..Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "the database is busy; try again")
            },
            Store::LeaseLost | Store::Newer { .. } | Store::Broken(_) => {
                // The one place where it is told to operators; people get no more than that it was our fault.
                tracing::error!(error = &error as &dyn std::error::Error, "a request failed: {error}");
                Problem::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal",
                    "something went wrong on our side; nothing was changed. Try again, and tell your operator if it stays",
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_is_a_sentence() {
        assert_eq!(Problem::not_found("event").detail(), "There is no such event");
        assert_eq!(Problem::invalid("start", "lies after the end").detail(), "start: lies after the end");
    }
}
