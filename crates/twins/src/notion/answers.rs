//! Refusals: Notion's own, and those of what stands before it.

use http::{HeaderName, StatusCode, header};
use serde_json::{Value, json};

use crate::faults::Rule;
use crate::message::Reply;

/// A refusal.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    status: u16,
    code: String,
    message: String,
    more: Option<Value>,
    retry_after: Option<i64>,
}

/// What a write left behind, for the answer that says that it failed.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    pub(super) id: Option<String>,
    pub(super) children: Vec<String>,
}

/// The header that names a request.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-notion-request-id");

impl Refused {
    pub(super) fn of(status: u16, code: &str, message: impl Into<String>) -> Refused {
        Refused { status, code: code.to_owned(), message: message.into(), more: None, retry_after: None }
    }

    /// 400 `validation_error` in those words.
    pub(super) fn validation(message: impl Into<String>) -> Refused {
        Refused::of(400, "validation_error", message)
    }

    /// What is wrong with a field of the body, as its schema says it.
    pub(super) fn field(path: &str, should: &str, was: impl std::fmt::Display) -> Refused {
        Refused::validation(format!(
            "body failed validation: {path} should be {should}, instead was `{was}`."
        ))
    }

    /// 400 `invalid_request_url`.
    pub(super) fn no_such_url() -> Refused {
        Refused::of(400, "invalid_request_url", "Invalid request URL.")
    }

    /// 401.
    pub(super) fn unauthorized() -> Refused {
        Refused::of(401, "unauthorized", "API token is invalid.")
    }

    /// 403, in those words.
    pub(super) fn restricted(message: &str) -> Refused {
        Refused::of(403, "restricted_resource", message)
    }

    /// 404: gone, or not shared; nobody can tell which.
    pub(super) fn not_found(kind: &str, id: &str) -> Refused {
        let words = format!(
            "Could not find {kind} with ID: {id}. Make sure the relevant pages and databases are shared with your \
             integration \"Concord\"."
        );
        Refused::of(404, "object_not_found", words)
    }

    /// 409.
    pub(super) fn conflict() -> Refused {
        let words = "Conflict occurred while saving. Please try again.";
        Refused::of(409, "conflict_error", words)
    }

    /// 429, until so many seconds from now.
    pub(super) fn rate_limited(reason: &str, seconds: Option<i64>) -> Refused {
        let words = "You have been rate limited. Please try again in a few minutes.";
        let mut refused = Refused::of(429, "rate_limited", words).with(json!({"rate_limit_reason": reason}));
        refused.retry_after = seconds;
        refused
    }

    /// What it says.
    pub(super) fn words(&self) -> &str {
        &self.message
    }

    /// The same with more.
    pub(super) fn with(mut self, more: Value) -> Refused {
        self.more = Some(more);
        self
    }

    /// The refusal that a fault rule asks for: a status, and perhaps one of the codes, a reason for limiting the rate, or
    /// `cloudflare`, which stands before Notion and speaks HTML.
    pub(super) fn by_fault(rule: &Rule, written: Written) -> Refused {
        let status = rule.status.unwrap_or(500);
        let usual = match status {
            401 => "unauthorized",
            403 => "restricted_resource",
            404 => "object_not_found",
            409 => "conflict_error",
            429 => "rate_limited",
            502 => "bad_gateway",
            503 => "service_unavailable",
            504 => "gateway_timeout",
            529 => "service_overload",
            400 => "validation_error",
            _ => "internal_server_error",
        };
        match (status, rule.reason.as_deref()) {
            (404, None) => Refused::not_found("page", "unknown"),
            (409, None) => Refused::conflict(),
            (429, reason) => Refused::rate_limited(reason.unwrap_or("public_api_request_rate_limit"), None),
            (503, None) => {
                let guidance = match rule.effect {
                    true => "The request may have been saved. Read the resource before you repeat it.",
                    false => "The request was not saved and can be repeated.",
                };
                let mut more = json!({"retry_guidance": guidance});
                if let Some(id) = written.id {
                    more["committed_resource_id"] = json!(id);
                    more["committed_child_ids"] = json!(written.children);
                }
                Refused::of(503, usual, "Notion is unavailable, please try again later.").with(more)
            }
            (_, reason) => {
                Refused::of(status, reason.unwrap_or(usual), format!("Something went wrong ({status})."))
            }
        }
    }

    /// The envelope.
    pub(super) fn body(&self, request: &str) -> Value {
        let mut body = json!({
            "object": "error",
            "status": self.status,
            "code": self.code,
            "message": self.message,
            "request_id": request,
        });
        if let Some(more) = &self.more {
            body["additional_data"] = more.clone();
        }
        body
    }

    /// The whole answer.
    pub(super) fn reply(&self, request: &str) -> Reply {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if self.code == "cloudflare" {
            let page = "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head>\
                        <body><h1>Sorry, you have been blocked</h1></body></html>";
            return Reply::html(status, page.to_owned())
                .with(HeaderName::from_static("cf-ray"), "8a1b2c3d4e5f-FRA");
        }
        let reply = Reply::json(status, &self.body(request)).with(REQUEST_ID, request);
        match self.retry_after {
            Some(seconds) => reply.with(header::RETRY_AFTER, &seconds.to_string()),
            None => reply,
        }
    }
}
