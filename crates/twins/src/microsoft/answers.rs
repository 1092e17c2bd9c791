//! How Graph says no: the envelope, the codes, and the status of each.

use http::{HeaderName, StatusCode, header};
use serde_json::{Value, json};

use super::state::State;
use crate::chance;
use crate::message::Reply;

/// A refusal in Graph's form.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refused(Box<Refusal>);

#[derive(Clone, Debug, PartialEq)]
struct Refusal {
    status: u16,
    code: String,
    message: String,
    /// The older envelope of gateways: the code again inside.
    gateway: bool,
    headers: Vec<(HeaderName, String)>,
}

/// Code, status, message. Faults may name any of them.
const CODES: &[(&str, u16, &str)] = &[
    ("BadRequest", 400, "The request is malformed or incorrect."),
    ("InvalidRequest", 400, "Invalid request."),
    ("RequestBodyRead", 400, "The request body is not what the resource takes."),
    ("ErrorInvalidRequest", 400, "The request is invalid."),
    ("ErrorInvalidIdMalformed", 400, "Id is malformed."),
    ("ErrorInvalidPropertySet", 400, "Set action is invalid for property."),
    ("ErrorPropertyValidationFailure", 400, "At least one property failed validation."),
    ("ErrorInvalidRecipients", 400, "At least one recipient isn't valid."),
    ("ErrorQuotaExceeded", 400, "The mailbox is full."),
    ("ErrorCalendarViewRangeTooBig", 400, "Calendar view range is too big. The maximum is 1825 days."),
    (
        "ErrorOccurrenceCrossingBoundary",
        400,
        "Modified occurrence is crossing or overlapping adjacent occurrence.",
    ),
    (
        "TimeZoneNotSupportedException",
        400,
        "A valid TimeZone value must be specified. The following TimeZone value is not supported: ''.",
    ),
    ("ExtensionError", 400, "Subscription expiration can only be 10080 minutes in the future."),
    ("ErrorInvalidUrlQueryFilter", 400, "The query filter contains one or more invalid nodes."),
    ("ErrorInvalidUrlQuery", 400, "The following parameters are not supported with change tracking."),
    ("InvalidAuthenticationToken", 401, "Lifetime validation failed, the token is expired."),
    ("ErrorAccessDenied", 403, "Access is denied. Check credentials and try again."),
    ("Authorization_RequestDenied", 403, "Insufficient privileges to complete the operation."),
    ("ErrorItemNotFound", 404, "The specified object was not found in the store."),
    ("ResourceNotFound", 404, "Resource could not be discovered."),
    (
        "Request_ResourceNotFound",
        404,
        "Resource does not exist or one of its queried reference-property objects are not present.",
    ),
    ("ErrorInvalidUser", 404, "The requested user is invalid."),
    (
        "MailboxNotEnabledForRESTAPI",
        404,
        "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
    ),
    (
        "ErrorDuplicateTransactionId",
        409,
        "Your request can't be completed. The TransactionId specified in the request has already been used to \
         create a different event.",
    ),
    (
        "ErrorIrresolvableConflict",
        412,
        "The send or update operation could not be performed because the change key passed in the request does not \
         match the current change key for the item.",
    ),
    ("PreconditionFailed", 412, "The condition was not met."),
    (
        "SyncStateNotFound",
        410,
        "The sync state generation is not found; generation=149;[highest=157][157][155][156].",
    ),
    ("SyncStateInvalid", 410, "The sync state is invalid."),
    ("resyncRequired", 410, "Resync required. Replace any local items with the server's version."),
    ("ErrorMessageSizeExceeded", 413, "The message exceeds the maximum supported size."),
    ("ApplicationThrottled", 429, "Application is over its MailboxConcurrency limit."),
    ("TooManyRequests", 429, "Please retry again later."),
    ("activityLimitReached", 429, "The app or user has been throttled."),
    ("ErrorInternalServerError", 500, "An internal server error occurred. The operation failed."),
    ("generalException", 500, "An unspecified error has occurred."),
    ("ServiceUnavailable", 503, "The service is temporarily unavailable."),
    ("ErrorServerBusy", 503, "The server cannot service this request right now. Try again later."),
    ("ErrorMailboxStoreUnavailable", 503, "The mailbox store is currently unavailable."),
    ("ConcurrentItemSave", 503, "The item is being saved by another process."),
    ("UnknownError", 504, ""),
    ("GatewayTimeout", 504, "The gateway did not receive a response in time."),
];

impl Refused {
    /// The refusal of that code in its usual words.
    pub(super) fn of(code: &str) -> Refused {
        let known = CODES.iter().find(|known| known.0.eq_ignore_ascii_case(code));
        let (status, message) = known.map_or((400, ""), |row| (row.1, row.2));
        Refused(Box::new(Refusal {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
            gateway: code == "TooManyRequests",
            headers: Vec::new(),
        }))
    }

    /// The same in other words.
    pub(super) fn saying(mut self, message: impl Into<String>) -> Refused {
        self.0.message = message.into();
        self
    }

    /// The same under another status.
    pub(super) fn with_status(mut self, status: u16) -> Refused {
        self.0.status = status;
        self
    }

    /// The same with a header.
    pub(super) fn with(mut self, name: HeaderName, value: impl Into<String>) -> Refused {
        self.0.headers.push((name, value.into()));
        self
    }

    /// 404.
    pub(super) fn not_found() -> Refused {
        Refused::of("ErrorItemNotFound")
    }

    /// 400 about one property.
    pub(super) fn property(name: &str, why: &str) -> Refused {
        Refused::of("ErrorPropertyValidationFailure").saying(format!("{why} Property: {name}."))
    }

    /// 400 in those words.
    pub(super) fn invalid(message: impl Into<String>) -> Refused {
        Refused::of("ErrorInvalidRequest").saying(message)
    }

    /// The refusal that a fault rule asks for: a status, and perhaps one of the codes.
    pub(super) fn by_fault(status: u16, code: Option<&str>) -> Refused {
        let code = code.unwrap_or(match status {
            400 => "BadRequest",
            401 => "InvalidAuthenticationToken",
            403 => "ErrorAccessDenied",
            404 => "ErrorItemNotFound",
            409 | 412 => "ErrorIrresolvableConflict",
            410 => "SyncStateNotFound",
            413 => "ErrorMessageSizeExceeded",
            429 => "ApplicationThrottled",
            503 => "ServiceUnavailable",
            504 => "UnknownError",
            _ => "ErrorInternalServerError",
        });
        Refused::of(code).with_status(status)
    }

    /// What it says.
    pub(super) fn message(&self) -> &str {
        if self.0.message.is_empty() { &self.0.code } else { &self.0.message }
    }

    /// The whole answer; `client` is the id that the caller gave the request.
    pub(super) fn reply(&self, state: &mut State, client: Option<&str>) -> Reply {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let id = guid(state);
        let date = state.core.now.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let inner = match self.0.gateway {
            true => json!({
                "code": self.0.status.to_string(), "date": date, "message": "Please retry after",
                "request-id": id, "status": self.0.status.to_string(),
            }),
            false => json!({"date": date, "request-id": id, "client-request-id": client.unwrap_or(&id)}),
        };
        let body = json!({"error": {"code": self.0.code, "message": self.0.message, "innerError": inner}});
        let bare = state.quirks.load.empty_errors && matches!(self.0.status, 404 | 500 | 503 | 504);
        let mut reply = if bare { Reply::empty(status) } else { Reply::json(status, &body) };
        if self.0.status == 401 && !self.0.headers.iter().any(|(name, _)| *name == header::WWW_AUTHENTICATE) {
            let words = "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\"";
            reply = reply.with(header::WWW_AUTHENTICATE, words);
        }
        for (name, value) in &self.0.headers {
            reply = reply.with(name.clone(), value);
        }
        reply.with(HeaderName::from_static("request-id"), &id)
    }
}

/// A new number in the form of a GUID.
pub(super) fn guid(state: &mut State) -> String {
    let mut part = |length| state.core.chance.text(b"0123456789abcdef", length);
    format!("{}-{}-4{}-8{}-{}", part(8), part(4), part(3), part(3), part(12))
}

/// A JSON object, or what is wrong with it.
pub(super) fn object(body: &[u8]) -> Result<super::Fields, Refused> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ if body.is_empty() => Ok(super::Fields::new()),
        _ => Err(Refused::of("BadRequest").saying("Unable to read JSON request payload. Please ensure \
                                                    Content-Type header is set and payload is of valid JSON format.")),
    }
}

/// Letters that tokens and keys are made of.
pub(super) const LETTERS: &[u8] = chance::TOKEN;
