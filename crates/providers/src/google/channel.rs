//! Push: opening and closing a channel, and reading its notices.
//!
//! A notice has no body and carries no truth; it says on which channel to look again. Numbers, resource ids and
//! addresses in it are not believed (traps 14 to 16).

use concord_model::CalendarId;
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};

use super::calls::{Calls, Line};
use super::{answers, wire};
use crate::answer::Answer;
use crate::provider::{Channel, Notice, NoticeSays, Watch};

/// How long a channel lives at most, where the answer does not say.
const LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Opens a channel. `None`: this calendar cannot be watched.
pub(super) async fn watch(
    calls: &Calls,
    line: &Line<'_>,
    calendar: &CalendarId,
    watch: Watch<'_>,
) -> Result<Option<Channel>, Answer> {
    let heard = match line.ask(&calls.watch(calendar, &watch)).await {
        Ok(heard) => heard,
        Err(Answer::Rejected { why, .. }) if why == answers::NO_PUSH => return Ok(None),
        Err(answer) => return Err(answer),
    };
    let channel: wire::Channel = heard.read(true)?;
    let told =
        channel.expiration.as_deref().and_then(|ms| Timestamp::from_millisecond(ms.parse().ok()?).ok());
    let most = line.access.now.saturating_add(LIFE).unwrap_or(watch.until);
    let ends_at = told.unwrap_or(watch.until.min(most));
    Ok(Some(Channel { id: channel.id, resource: channel.resource_id, ends_at }))
}

/// Closes a channel. One that Google does not know is closed.
pub(super) async fn unwatch(calls: &Calls, line: &Line<'_>, channel: &Channel) -> Result<(), Answer> {
    match line.ask(&calls.stop(channel)).await {
        Ok(_) | Err(Answer::Gone) => Ok(()),
        Err(answer) => Err(answer),
    }
}

/// Reads a notice.
pub(super) fn notice(headers: &HeaderMap) -> Option<Notice> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
    let says = match text("x-goog-resource-state")?.as_str() {
        "sync" => NoticeSays::Opened,
        "not_exists" => NoticeSays::Gone,
        // `exists` is the only other one today; whatever comes, to look is never wrong.
        _ => NoticeSays::Changed,
    };
    Some(Notice { channel: text("x-goog-channel-id")?, secret: text("x-goog-channel-token"), says })
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn check(headers: &[(&'static str, &'static str)], expected: Option<(&str, Option<&str>, NoticeSays)>) {
        let header = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let headers = headers.iter().map(header).collect();
        let notice = notice(&headers);
        let told = notice.as_ref().map(|n| (n.channel.as_str(), n.secret.as_deref(), n.says));
        assert_eq!(told, expected);
    }

    #[test]
    fn bm_092_notices_say_only_where_to_look() {
        let id = ("x-goog-channel-id", "c1");
        let token = ("x-goog-channel-token", "s");
        let number = ("x-goog-message-number", "17");
        check(&[id, token, ("x-goog-resource-state", "sync")], Some(("c1", Some("s"), NoticeSays::Opened)));
        check(
            &[id, token, number, ("x-goog-resource-state", "exists")],
            Some(("c1", Some("s"), NoticeSays::Changed)),
        );
        check(&[id, ("x-goog-resource-state", "not_exists")], Some(("c1", None, NoticeSays::Gone)));
        check(&[id, ("x-goog-resource-state", "update")], Some(("c1", None, NoticeSays::Changed)));
    }

    #[test]
    fn what_is_no_notice_of_google_is_none() {
        check(&[], None);
        check(&[("x-goog-channel-id", "c1")], None);
        check(&[("x-goog-resource-state", "exists")], None);
    }
}
