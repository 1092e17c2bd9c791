//! What answers say about time: when to come again, and how far our clock is from theirs.

use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderMap, header};
use jiff::{SignedDuration, Timestamp};

use crate::answer::Answer;

/// Offsets between two clocks below this say nothing: the `Date` header has whole seconds.
const CLOCKS_AGREE: SignedDuration = SignedDuration::from_secs(2);
/// Longer than a day is no wait but a mistake.
const LONGEST_SECS: f64 = 86_400.0;

/// The answer by which a provider asked to wait, for the length of one call of the trait: nothing more is sent after it,
/// whatever the calls that are still to be made are about (I-33). Clones are one.
#[derive(Clone, Default)]
pub(crate) struct Pause(Arc<Mutex<Option<Answer>>>);

impl Pause {
    /// Whether another call may be sent.
    pub(crate) fn is_over(&self) -> Result<(), Answer> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(wait) => Err(wait.clone()),
            None => Ok(()),
        }
    }

    /// Keeps what was answered, if it asks to wait.
    pub(crate) fn heard(&self, answer: &Answer) {
        if let wait @ Answer::RetryAfter { .. } = answer.clone().cause() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(wait);
        }
    }

    /// The same of the parts of a batch.
    pub(crate) fn heard_in<T>(&self, parts: &[Result<T, Answer>]) {
        parts.iter().filter_map(|part| part.as_ref().err()).for_each(|answer| self.heard(answer));
    }
}

/// By how much our clock is ahead of theirs, from the `Date` of an answer.
pub(crate) fn ahead(headers: &HeaderMap, now: Timestamp) -> SignedDuration {
    let date = headers.get(header::DATE).and_then(|value| http_date(value.to_str().ok()?));
    let ahead = date.map_or(SignedDuration::ZERO, |date| now.duration_since(date));
    if ahead.abs() < CLOCKS_AGREE { SignedDuration::ZERO } else { ahead }
}

/// When they want to be called again: in so many seconds, which may have a fraction (and with some servers another unit), or
/// at a date by their clock.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Some(date) = http_date(value) {
        return date.checked_add(ahead(headers, now)).ok();
    }
    let end = value.find(|c: char| c.is_whitespace() || "hms".contains(c)).unwrap_or(value.len());
    let number: f64 = value[..end].parse().ok()?;
    let unit = match value[end..].trim().to_ascii_lowercase() {
        unit if unit.starts_with("min") => 60.0,
        unit if unit.starts_with('h') => 3600.0,
        _ => 1.0,
    };
    let ms = ((number * unit).clamp(0.0, LONGEST_SECS) * 1000.0).ceil() as i64;
    now.checked_add(SignedDuration::from_millis(ms)).ok()
}

/// A date of HTTP's.
pub(crate) fn http_date(value: &str) -> Option<Timestamp> {
    let date = httpdate::parse_http_date(value).ok()?;
    let since = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    Timestamp::from_second(since.as_secs().try_into().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_seconds_with_a_fraction_in_another_unit_or_as_a_date_by_their_clock() {
        let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let check = |told: &str, date: Option<&str>, expected: Option<&str>| {
            let mut headers = HeaderMap::from_iter([(header::RETRY_AFTER, told.parse().unwrap())]);
            headers.extend(date.map(|date| (header::DATE, date.parse().unwrap())));
            let at = retry_after(&headers, now).map(|at| at.to_string());
            assert_eq!(at.as_deref(), expected, "{told} {date:?}");
        };
        check("7", None, Some("2026-11-20T10:00:07Z"));
        check("2.128", None, Some("2026-11-20T10:00:02.128Z"));
        check("5 minutes", None, Some("2026-11-20T10:05:00Z"));
        check("2h", None, Some("2026-11-20T12:00:00Z"));
        check("99999999999", None, Some("2026-11-21T10:00:00Z"));
        check("-3", None, Some("2026-11-20T10:00:00Z"));
        // Their clock is an hour behind ours.
        let theirs = Some("Fri, 20 Nov 2026 09:00:00 GMT");
        check("Fri, 20 Nov 2026 09:01:00 GMT", theirs, Some("2026-11-20T10:01:00Z"));
        check("soon", None, None);
        check("", None, None);
    }
}
