//! What is the same on every side: how a twin's answer travels, how often each fault has struck, what a new key is told by.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use concord_providers::http::Lost;
use concord_twins::Twin;
use concord_twins::faults::{Delayed, Lost as LostAnswer};
use concord_twins::twin::Provider;
use http::{Request, Response};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{Answered, Fault, Rule};

/// What a twin answers.
pub(super) async fn answer(router: &axum::Router, request: Request<Bytes>) -> Answered {
    let (parts, body) = request.into_parts();
    let request = Request::from_parts(parts, Body::from(body));
    let response = match router.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let delay = response.extensions().get::<Delayed>().map(|Delayed(delay)| *delay).unwrap_or_default();
    let delay = SignedDuration::try_from(delay).unwrap_or(SignedDuration::MAX);
    let lost = response.extensions().get::<LostAnswer>().copied();
    let answer = match lost {
        Some(LostAnswer { effect: false }) => Err(Lost::NotSent("lost on the way".into())),
        Some(LostAnswer { effect: true }) => Err(Lost::NoAnswer("lost on the way back".into())),
        None => {
            let (parts, body) = response.into_parts();
            match to_bytes(body, usize::MAX).await {
                Ok(body) => Ok(Response::from_parts(parts, body)),
                Err(error) => Err(Lost::NoAnswer(error.into())),
            }
        }
    };
    Answered { answer, delay }
}

/// The refresh key in a form that asks for a new key.
pub(super) fn refresh_key(request: &Request<Bytes>) -> Option<String> {
    let form = url::form_urlencoded::parse(request.body());
    form.into_owned().find(|(name, _)| name == "refresh_token").map(|(_, key)| key)
}

/// The new key in an answer.
pub(super) fn access_key(answer: &Response<Bytes>) -> Option<String> {
    let told: Value = serde_json::from_slice(answer.body()).ok()?;
    Some(told["access_token"].as_str()?.to_owned())
}

/// A text of an event.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// The faults in force on one side, and how often each has struck.
#[derive(Default)]
pub(super) struct Faults(Mutex<Rules>);

#[derive(Default)]
struct Rules {
    /// What each rule that is in force is counted as.
    named: BTreeMap<u64, &'static str>,
    struck: BTreeMap<&'static str, u64>,
}

impl Faults {
    fn lock(&self) -> MutexGuard<'_, Rules> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a rule about the calls of that method with that in their path, for which what goes wrong is `told` in the twin's
    /// words.
    pub(super) fn strike<P: Provider>(
        &self,
        twin: &Twin<P>,
        rule: Rule,
        mut told: Value,
        (method, path): (Option<&str>, Option<&str>),
    ) {
        told["match"] = json!({});
        for (name, wanted) in [("method", method), ("path", path)] {
            if let Some(wanted) = wanted {
                told["match"][name] = json!(wanted);
            }
        }
        told["count"] = json!(rule.count);
        told["rate"] = json!(1.0 / f64::from(rule.one_of.max(1)));
        self.add(twin, &told, rule.fault.name());
    }

    /// Adds a rule, to be counted under that name.
    pub(super) fn add<P: Provider>(&self, twin: &Twin<P>, rule: &Value, name: &'static str) {
        let Ok(all) = twin.control("POST", "faults", rule) else { return };
        let id = all["rules"].as_array().and_then(|rules| rules.last()?["id"].as_u64()).unwrap_or(0);
        self.lock().named.insert(id, name);
    }

    /// Ends all of them.
    pub(super) fn clear<P: Provider>(&self, twin: &Twin<P>) {
        self.harvest(twin);
        twin.control("POST", "faults", &json!({"clear": true})).expect("faults can be cleared");
    }

    /// How often each has struck.
    pub(super) fn struck<P: Provider>(&self, twin: &Twin<P>) -> BTreeMap<&'static str, u64> {
        self.harvest(twin);
        self.lock().struck.clone()
    }

    /// Takes down how often the rules in force have struck.
    fn harvest<P: Provider>(&self, twin: &Twin<P>) {
        let told = twin.control("GET", "faults", &json!({})).unwrap_or_default();
        let mut rules = self.lock();
        let Rules { named, struck } = &mut *rules;
        for rule in told["rules"].as_array().into_iter().flatten() {
            let id = rule["id"].as_u64().unwrap_or(0);
            if let Some(name) = named.remove(&id) {
                *struck.entry(name).or_default() += rule["hits"].as_u64().unwrap_or(0);
            }
        }
        named.clear();
    }
}

/// A fault in the words of the twins' rules, as most providers say it; those that give reasons have their own.
pub(super) fn told(fault: Fault) -> Value {
    let status = |code: u16| json!({"kind": "status", "status": code});
    match fault {
        Fault::DropBefore => json!({"kind": "drop_before"}),
        Fault::DropAfter => json!({"kind": "drop_after"}),
        Fault::Delay => json!({"kind": "delay", "ms": 9_000}),
        Fault::SlowerThanPatience => json!({"kind": "delay", "ms": 90_000}),
        Fault::Reset => json!({"kind": "reset"}),
        Fault::Truncate => json!({"kind": "truncate"}),
        Fault::Garbage => json!({"kind": "garbage"}),
        Fault::Empty => json!({"kind": "empty"}),
        Fault::Short => json!({"kind": "short"}),
        Fault::Stale => json!({"kind": "stale"}),
        Fault::BadGateway => json!({"kind": "bad_gateway"}),
        Fault::Unauthorized => status(401),
        Fault::RateLimited | Fault::QuotaUsedUp | Fault::MayOnlyRead | Fault::Forbidden => status(403),
        Fault::NotFound => status(404),
        Fault::Conflict => status(409),
        Fault::Gone => status(410),
        Fault::PreconditionFailed => status(412),
        Fault::TooMany => status(429),
        Fault::TooManyUntil => json!({"kind": "status", "status": 429, "retryAfter": 40}),
        Fault::ServerError => status(500),
        Fault::ServerErrorAfterEffect => json!({"kind": "status", "status": 500, "effect": true}),
        Fault::Unavailable | Fault::NoNewKey => status(503),
        Fault::UnavailableUntil => json!({"kind": "status", "status": 503, "retryAfter": 90}),
    }
}
