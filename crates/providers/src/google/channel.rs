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
