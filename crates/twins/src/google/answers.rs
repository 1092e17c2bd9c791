//! How Google says no: the envelope, the reasons, and the status of each.

use http::{StatusCode, header};
use serde_json::{Value, json};

use crate::message::Reply;

/// A refusal in Google's form.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refused(Box<Refusal>);

#[derive(Clone, Debug, PartialEq)]
struct Refusal {
    code: u16,
    domain: &'static str,
    reason: String,
    message: String,
    location: Option<(&'static str, &'static str)>,
    /// The newer form: its status and details.
    newer: Option<(&'static str, Value)>,
}

/// Reason, status, domain, message. Faults may name any of them.
const REASONS: &[(&str, u16, &str, &str)] = &[
    ("timeRangeEmpty", 400, "calendar", "The specified time range is empty."),
    ("required", 400, "global", "Required"),
    ("invalid", 400, "global", "Bad Request"),
    ("badRequest", 400, "global", "Bad Request"),
    ("eventDurationExceedsLimit", 400, "calendar", "The event duration exceeds the limit."),
    ("malformedWorkingLocationEvent", 400, "calendar", "The working location event is malformed."),
    ("malformedFocusTimeEvent", 400, "calendar", "The focus time event is malformed."),
    ("malformedOutOfOfficeEvent", 400, "calendar", "The out of office event is malformed."),
    ("eventTypeRestriction", 400, "calendar", "This operation is not allowed for events of this type."),
    ("cannotChangeOrganizer", 400, "calendar", "The organizer of this event cannot be changed."),
    ("cannotChangeOrganizerOfInstance", 400, "calendar", "Cannot change the organizer of an instance."),
    (
        "participantIsNeitherOrganizerNorAttendee",
        400,
        "calendar",
        "The owner of the calendar must either be the organizer or an attendee of an event that is imported.",
    ),
    ("channelIdNotUnique", 400, "global", "Channel id not unique"),
    (
        "pushNotSupportedForRequestedResource",
        400,
        "calendar",
        "Push notifications are not supported by this resource.",
    ),
    ("push.webhookUrlNotHttps", 400, "global", "WebHook callback must be HTTPS"),
    ("push.webhookUrlUnauthorized", 401, "global", "Unauthorized WebHook callback channel"),
    ("authError", 401, "global", "Invalid Credentials"),
    ("userRateLimitExceeded", 403, "usageLimits", "User Rate Limit Exceeded"),
    ("rateLimitExceeded", 403, "usageLimits", "Rate Limit Exceeded"),
    ("quotaExceeded", 403, "usageLimits", "Calendar usage limits exceeded."),
    ("dailyLimitExceeded", 403, "usageLimits", "Daily Limit Exceeded"),
    (
        "dailyLimitExceededUnreg",
        403,
        "usageLimits",
        "Daily Limit for Unauthenticated Use Exceeded. Continued use requires signup.",
    ),
    (
        "accessNotConfigured",
        403,
        "usageLimits",
        "Access Not Configured. Calendar API has not been used in this project.",
    ),
    ("insufficientPermissions", 403, "global", "Insufficient Permission"),
    (
        "forbiddenForNonOrganizer",
        403,
        "calendar",
        "Shared properties can only be changed by the organizer of the event.",
    ),
    ("requiredAccessLevel", 403, "calendar", "You need to have writer access to this calendar."),
    ("forbidden", 403, "global", "Forbidden"),
    ("notACalendarUser", 403, "calendar", "The user must be signed up for Google Calendar."),
    ("notFound", 404, "global", "Not Found"),
    ("duplicate", 409, "global", "The requested identifier already exists."),
    ("conflict", 409, "global", "Conflict"),
    ("fullSyncRequired", 410, "calendar", "Sync token is no longer valid, a full sync is required."),
    (
        "updatedMinTooLongAgo",
        410,
        "calendar",
        "The requested minimum modification time lies too far in the past.",
    ),
    ("deleted", 410, "global", "Resource has been deleted"),
    ("conditionNotMet", 412, "global", "Precondition Failed"),
    ("backendError", 500, "global", "Backend Error"),
];

impl Refused {
    /// The refusal of that reason in its usual words.
    pub(super) fn of(reason: &str) -> Refused {
        let known = REASONS.iter().find(|known| known.0 == reason);
        let (code, domain, message) =
            known.map_or((400, "global", "Bad Request"), |row| (row.1, row.2, row.3));
        let location = match reason {
            "timeRangeEmpty" => Some(("parameter", "timeMax")),
            "fullSyncRequired" => Some(("parameter", "syncToken")),
            "updatedMinTooLongAgo" => Some(("parameter", "updatedMin")),
            "conditionNotMet" => Some(("header", "If-Match")),
            "authError" => Some(("header", "Authorization")),
            _ => None,
        };
        let (reason, message) = (reason.to_owned(), message.to_owned());
        let newer = (reason == "authError").then_some(("UNAUTHENTICATED", Value::Null));
        let lacks_scopes = reason == "insufficientPermissions";
        let refused = Refused(Box::new(Refusal { code, domain, reason, message, location, newer }));
        if !lacks_scopes {
            return refused;
        }
        refused.explained(
            "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            json!({"service": "calendar-json.googleapis.com", "method": "calendar.v3"}),
        )
    }

    /// The same in other words.
    pub(super) fn saying(mut self, message: impl Into<String>) -> Refused {
        self.0.message = message.into();
        self
    }

    /// The same about a parameter.
    pub(super) fn about(mut self, parameter: &'static str) -> Refused {
        self.0.location = Some(("parameter", parameter));
        self
    }

    /// The same with a newer front end's details.
    pub(super) fn explained(mut self, reason: &str, metadata: Value) -> Refused {
        let details = json!([{
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": reason,
            "domain": "googleapis.com",
            "metadata": metadata,
        }]);
        self.0.newer = Some(("PERMISSION_DENIED", details));
        self
    }

    /// 400 `invalid` in those words.
    pub(super) fn invalid(message: impl Into<String>) -> Refused {
        Refused::of("invalid").saying(message)
    }

    /// 400 `required` in those words.
    pub(super) fn required(message: impl Into<String>) -> Refused {
        Refused::of("required").saying(message)
    }

    /// 404.
    pub(super) fn not_found() -> Refused {
        Refused::of("notFound")
    }

    /// What was used up, in the words of the newer front ends.
    pub(super) fn over_quota(limit: &str, metric: &str, value: u32, as_429: bool) -> Refused {
        let words = format!(
            "Quota exceeded for quota metric 'Queries' and limit '{limit}' of service \
             'calendar-json.googleapis.com' for consumer 'project_number:1'."
        );
        let mut refused = Refused::of("rateLimitExceeded").saying(words).explained(
            "RATE_LIMIT_EXCEEDED",
            json!({"quota_limit": metric, "quota_limit_value": value.to_string()}),
        );
        if as_429 {
            refused.0.code = 429;
            refused.0.newer = None;
        }
        refused
    }

    /// The refusal that a fault rule asks for: a status, and perhaps one of the reasons.
    pub(super) fn by_fault(status: u16, reason: Option<&str>) -> Refused {
        let reason = reason.unwrap_or(match status {
            401 => "authError",
            403 | 429 => "rateLimitExceeded",
            404 => "notFound",
            409 => "conflict",
            410 => "fullSyncRequired",
            412 => "conditionNotMet",
            400 => "badRequest",
            _ => "backendError",
        });
        let mut refused = Refused::of(reason);
        refused.0.code = status;
        refused
    }

    /// The envelope.
    pub(super) fn body(&self) -> Value {
        let mut error = json!({"domain": self.0.domain, "reason": self.0.reason, "message": self.0.message});
        if let Some((kind, name)) = self.0.location {
            error["locationType"] = json!(kind);
            error["location"] = json!(name);
        }
        let mut body = json!({"errors": [error], "code": self.0.code, "message": self.0.message});
        if let Some((status, details)) = &self.0.newer {
            body["status"] = json!(status);
            match self.0.reason.as_str() {
                "authError" => {
                    body["message"] = json!(
                        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie \
                         or other valid authentication credential."
                    );
                }
                "insufficientPermissions" => {
                    body["message"] = json!("Request had insufficient authentication scopes.");
                }
                _ => {}
            }
            if !details.is_null() {
                body["details"] = details.clone();
            }
        }
        json!({ "error": body })
    }

    /// The whole answer. Gateways in front of Google speak HTML, not JSON.
    pub(super) fn reply(&self) -> Reply {
        let status = StatusCode::from_u16(self.0.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if matches!(self.0.code, 502..=504) {
            let words = status.canonical_reason().unwrap_or("Error");
            let page = format!(
                "<!DOCTYPE html>\n<html lang=en>\n<title>Error {0} ({words})!!1</title>\n\
                 <p><b>{0}.</b> <ins>That\u{2019}s an error.</ins>\n\
                 <p>The server encountered a temporary error and could not complete your request.</html>\n",
                self.0.code
            );
            return Reply::html(status, page);
        }
        let reply = Reply::json(status, &self.body());
        match self.0.reason.as_str() {
            "authError" => reply.with(
                header::WWW_AUTHENTICATE,
                "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"",
            ),
            "insufficientPermissions" => reply.with(
                header::WWW_AUTHENTICATE,
                "Bearer realm=\"https://accounts.google.com/\", error=\"insufficient_scope\"",
            ),
            _ => reply,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_cursor_is_said_in_googles_words() {
        let said = Refused::of("fullSyncRequired").body();
        assert_eq!(
            said,
            json!({"error": {
                "errors": [{
                    "domain": "calendar", "reason": "fullSyncRequired", "locationType": "parameter",
                    "location": "syncToken",
                    "message": "Sync token is no longer valid, a full sync is required.",
                }],
                "code": 410,
                "message": "Sync token is no longer valid, a full sync is required.",
            }})
        );
    }

    #[test]
    fn a_fault_may_name_a_status_alone_or_with_a_reason() {
        let reason =
            |status, reason| Refused::by_fault(status, reason).body()["error"]["errors"][0]["reason"].clone();
        assert_eq!(reason(403, Some("quotaExceeded")), "quotaExceeded");
        assert_eq!(reason(401, None), "authError");
        assert_eq!(Refused::by_fault(503, None).reply().headers["content-type"], "text/html; charset=UTF-8");
    }
}
