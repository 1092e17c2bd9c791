//! Push: opening and closing a subscription, and reading its notices.
//!
//! Graph makes a subscription's id, so each is opened at an address of its own and shows our name for it together with its
//! secret: two of one calendar never get in each other's way, and a notice that comes before the answer is known all the
//! same. Before there is one, Graph asks the address, once for notices and once for what becomes of the subscription.
//! Whatever is in a notice but that is not believed.

use std::borrow::Cow;

use concord_model::CalendarId;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde_json::json;
use url::{Url, form_urlencoded};

use super::calls::{About, Calls, Line};
use super::{answers, wire};
use crate::answer::Answer;
use crate::provider::{Channel, Notice, NoticeSays, Watch};

/// What an address says of the channel that it is for.
const CHANNEL: &str = "channel";
/// Between a subscription's name and that of its channel. No name has it.
const BETWEEN: char = '/';
/// The most pages of subscriptions of one account: there are no more than a thousand.
const MOST_PAGES: usize = 100;
/// How long a subscription lives at most: Graph says 10,080 minutes today.
const LIFE: SignedDuration = SignedDuration::from_mins(10_000);
/// How long where that is too much: it said 4,230 for years.
const SHORT_LIFE: SignedDuration = SignedDuration::from_mins(4_200);

/// Opens a subscription. `None`: this calendar cannot be watched.
pub(super) async fn watch(
    calls: &Calls,
    line: &Line<'_>,
    calendar: &CalendarId,
    watch: Watch<'_>,
) -> Result<Option<Channel>, Answer> {
    match open(calls, line, calendar, &watch, LIFE).await {
        Err(Answer::Rejected { why, .. }) if why == answers::NO_PUSH => Ok(None),
        Err(Answer::Rejected { .. }) => match open(calls, line, calendar, &watch, SHORT_LIFE).await {
            Err(Answer::Rejected { why, .. }) if why == answers::NO_PUSH => Ok(None),
            other => other.map(Some),
        },
        other => other.map(Some),
    }
}

async fn open(
    calls: &Calls,
    line: &Line<'_>,
    calendar: &CalendarId,
    watch: &Watch<'_>,
    life: SignedDuration,
) -> Result<Channel, Answer> {
    let mut address = watch.address.clone();
    address.query_pairs_mut().append_pair(CHANNEL, watch.id);
    let ends_at = line.access.now.saturating_add(life).unwrap_or(watch.until).min(watch.until);
    let body = json!({
        "changeType": "created,updated,deleted",
        "notificationUrl": address.as_str(),
        "lifecycleNotificationUrl": address.as_str(),
        "resource": format!("me/calendars/{}/events", calendar.as_str()),
        "expirationDateTime": ends_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "clientState": format!("{}.{}", watch.id, watch.secret.expose_secret()),
    });
    let heard = line.ask(&calls.subscribe(&body)).await?;
    let made: wire::Subscription = heard.read(true)?;
    let told = made.expiration_date_time.as_deref().and_then(|told| told.parse::<Timestamp>().ok());
    // A subscription's name alone does not tell which channel it belongs to, and no channel may end another's.
    let resource = format!("{}{BETWEEN}{}", made.id, watch.id);
    Ok(Channel { id: watch.id.to_owned(), resource, ends_at: told.unwrap_or(ends_at) })
}

/// Whether a subscription is still there.
pub(super) async fn watched(calls: &Calls, line: &Line<'_>, channel: &Channel) -> Result<bool, Answer> {
    let Some((id, _)) = channel.resource.split_once(BETWEEN).filter(|(_, of)| *of == channel.id) else {
        return Ok(!opened_at(calls, line, &channel.id).await?.is_empty());
    };
    match line.ask(&calls.subscription(id)).await {
        Ok(_) => Ok(true),
        Err(Answer::Gone) => Ok(false),
        Err(answer) => Err(answer),
    }
}

/// Ends a subscription. One that Graph does not know has ended. One whose name was lost with an answer is looked for by the
/// address that it was opened at.
pub(super) async fn unwatch(calls: &Calls, line: &Line<'_>, channel: &Channel) -> Result<(), Answer> {
    let known = channel.resource.split_once(BETWEEN).filter(|(_, of)| *of == channel.id);
    let ids = match known {
        Some((id, _)) => vec![id.to_owned()],
        None => opened_at(calls, line, &channel.id).await?,
    };
    for id in ids {
        match line.ask(&calls.unsubscribe(&id)).await {
            Ok(_) | Err(Answer::Gone) => {}
            Err(answer) => return Err(answer),
        }
    }
    Ok(())
}

/// The subscriptions that were opened at a channel's own address, on whichever page of the list they are.
async fn opened_at(calls: &Calls, line: &Line<'_>, id: &str) -> Result<Vec<String>, Answer> {
    let mut found = Vec::new();
    let mut call = calls.subscriptions();
    for _ in 0..MOST_PAGES {
        let page: wire::Page = line.ask(&call).await?.read(false)?;
        for entry in page.value {
            let Ok(entry) = serde_json::from_value::<wire::Subscription>(entry) else { continue };
            let address = entry.notification_url.as_deref().and_then(|address| Url::parse(address).ok());
            let is_its = |(key, value): (Cow<'_, str>, Cow<'_, str>)| key == CHANNEL && value == id;
            found.extend(address.filter(|address| address.query_pairs().any(is_its)).map(|_| entry.id));
        }
        match page.next {
            None => return Ok(found),
            Some(next) => call = calls.follow(About::Subscription, line.link(&next)?),
        }
    }
    Err(Answer::Transient(format!("Microsoft's list of subscriptions has more than {MOST_PAGES} pages")))
}

/// What Graph wants to hear when it tries out an address: the token in its question.
pub(super) fn handshake(query: &str) -> Option<String> {
    let token = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "validationToken")?.1;
    (!token.is_empty()).then(|| token.into_owned())
}

/// Reads the notices in a request. Several subscriptions can be in one.
pub(super) fn notices(body: &[u8]) -> Vec<Notice> {
    let Ok(told) = serde_json::from_slice::<wire::Notices>(body) else { return Vec::new() };
    let read = |notice: wire::Notice| {
        let state = notice.client_state?;
        let (channel, secret) = state.split_once('.')?;
        let says = match notice.lifecycle_event.as_deref() {
            Some("reauthorizationRequired") => NoticeSays::Ending,
            Some("subscriptionRemoved") => NoticeSays::Closed,
            // `missed`, and every change: to look is never wrong.
            _ => NoticeSays::Changed,
        };
        Some(Notice { channel: channel.to_owned(), secret: Some(secret.to_owned()), says })
    };
    let mut notices: Vec<Notice> = told.value.into_iter().filter_map(read).collect();
    // One action is told two or three times (trap 17).
    notices.dedup();
    notices
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: &[(&str, &str, NoticeSays)]) {
        let notices = notices(body.as_bytes());
        let told: Vec<_> =
            notices.iter().map(|n| (n.channel.as_str(), n.secret.as_deref().unwrap_or(""), n.says)).collect();
        assert_eq!(told, expected, "{body}");
    }

    #[test]
    fn notices_say_only_where_to_look_and_several_come_at_once() {
        check(
            r#"{"value":[{"subscriptionId":"s","clientState":"c1.hush","changeType":"updated","resource":"x"},
                {"clientState":"c1.hush","changeType":"updated"},{"clientState":"c2.hush","changeType":"deleted"}]}"#,
            &[("c1", "hush", NoticeSays::Changed), ("c2", "hush", NoticeSays::Changed)],
        );
    }

    #[test]
    fn what_becomes_of_a_subscription_is_told_too() {
        for (event, says) in [
            ("reauthorizationRequired", NoticeSays::Ending),
            ("subscriptionRemoved", NoticeSays::Closed),
            ("missed", NoticeSays::Changed),
            ("somethingNew", NoticeSays::Changed),
        ] {
            let body = format!(r#"{{"value":[{{"lifecycleEvent":"{event}","clientState":"c.s"}}]}}"#);
            check(&body, &[("c", "s", says)]);
        }
    }

    #[test]
    fn what_is_no_notice_of_graph_is_none() {
        for body in
            ["", "{}", "[]", r#"{"value":[{}]}"#, r#"{"value":[{"clientState":"nodot"}]}"#, r#"{"value":7}"#]
        {
            check(body, &[]);
        }
    }

    #[test]
    fn a_question_is_answered_with_its_own_token() {
        assert_eq!(
            handshake("validationToken=Validation%3a+Testing+%3cb%3e").as_deref(),
            Some("Validation: Testing <b>")
        );
        assert_eq!(handshake("channel=c1&validationToken=x%2By").as_deref(), Some("x+y"));
        assert_eq!(handshake("channel=c1"), None);
        assert_eq!(handshake("validationToken="), None);
    }
}
