//! One look at a feed: redirects, conditions, and what answers mean.

use std::sync::Arc;

use bytes::Bytes;
use data_encoding::BASE64;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use jiff::Timestamp;
use url::Url;

use super::address::Address;
use super::feed::Feed;
use super::memory::{Memory, Validators};
use crate::answer::Answer;
use crate::http::{Http, Lost};
use crate::pace::retry_after;

/// How often one is sent on before it is taken for a circle.
const REDIRECTS: usize = 5;
/// The largest feed that is taken, after decompression (BM-157).
pub(super) const LARGEST: usize = 10 << 20;

/// The ways out.
pub(super) struct Doors {
    /// To addresses that the operator gave.
    pub(super) trusted: Arc<dyn Http>,
    /// To those that people gave: no internal ones.
    pub(super) guarded: Arc<dyn Http>,
}

/// What a look brought.
pub(super) struct Fetched {
    pub(super) feed: Arc<Feed>,
}

const UNREACHABLE: &str = "the feed's server could not be reached";
const SILENT: &str = "the feed's server did not answer";

/// Whether that is said of an answer that never came.
pub(super) fn was_lost(why: &str) -> bool {
    why == UNREACHABLE || why == SILENT
}

/// Fetches a feed, or learns that it is as it was.
pub(super) async fn fetch(
    doors: &Doors,
    memory: &Memory,
    address: &Address,
    now: Timestamp,
) -> Result<Fetched, Answer> {
    let last = memory.last(address);
    let validators = last.as_ref().map(|(_, validators)| validators.clone()).unwrap_or_default();
    let answer = follow(doors, address, &validators).await?;
    if let (StatusCode::NOT_MODIFIED, Some((feed, _))) = (answer.status(), &last) {
        memory.keep(address, feed, validators, now);
        return Ok(Fetched { feed: Arc::clone(feed) });
    }
    if let Some(refused) = refusal(answer.status(), answer.headers(), now) {
        return Err(refused);
    }
    let feed = Arc::new(whole(answer.body())?);
    let text = |name| {
        answer.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok()).map(str::to_owned)
    };
    let validators = Validators { etag: text(header::ETAG), modified: text(header::LAST_MODIFIED) };
    memory.keep(address, &feed, validators, now);
    Ok(Fetched { feed })
}

/// Reads an answer of success. What is not a whole calendar is trouble, never an empty one (I-09).
fn whole(body: &[u8]) -> Result<Feed, Answer> {
    let trouble = |why: String| Err(Answer::Transient(why));
    if body.len() > LARGEST {
        return trouble(format!("the feed is larger than {LARGEST} bytes"));
    }
    let text = body.trim_ascii();
    if text.is_empty() {
        return trouble("the feed's address gave an empty answer".to_owned());
    }
    if text.starts_with(b"<") {
        return trouble(
            "the feed's address gave a web page, not a calendar; does it want a sign-in?".to_owned(),
        );
    }
    Feed::read(body)
        .or_else(|why| trouble(format!("what came from the feed's address cannot be read: {why}")))
}

/// Asks, and goes where it is sent.
async fn follow(
    doors: &Doors,
    address: &Address,
    validators: &Validators,
) -> Result<Response<Bytes>, Answer> {
    let mut url = address.url.clone();
    for _ in 0..=REDIRECTS {
        let request = request(&url, address, validators)?;
        // The operator's word holds for that host, not for wherever it leads.
        let is_own = url.host() == address.url.host();
        let door = if address.trusted && is_own { &doors.trusted } else { &doors.guarded };
        let answer = door.send(request).await.map_err(|lost| self::lost(&lost))?;
        match sent_on(&url, answer.status(), answer.headers())? {
            None => return Ok(answer),
            Some(to) => url = to,
        }
    }
    Err(Answer::Transient("the feed's address leads round in a circle".to_owned()))
}

fn request(url: &Url, address: &Address, validators: &Validators) -> Result<Request<Bytes>, Answer> {
    let unusable = |_| Answer::Misconfigured { why: "the feed's address is not usable".to_owned() };
    let mut request =
        Request::get(url.as_str()).header(header::ACCEPT, "text/calendar, text/plain;q=0.5, */*;q=0.1");
    if let Some(etag) = &validators.etag {
        request = request.header(header::IF_NONE_MATCH, etag);
    }
    if let Some(modified) = &validators.modified {
        request = request.header(header::IF_MODIFIED_SINCE, modified);
    }
    if let Some((name, password)) = &address.login
        && url.origin() == address.url.origin()
    {
        let pair = BASE64.encode(format!("{name}:{password}").as_bytes());
        let mut basic =
            HeaderValue::try_from(format!("Basic {pair}")).map_err(|error| unusable(error.into()))?;
        basic.set_sensitive(true);
        request = request.header(header::AUTHORIZATION, basic);
    }
    request.body(Bytes::new()).map_err(unusable)
}

/// Where an answer sends us; `None` for one that does not.
fn sent_on(from: &Url, status: StatusCode, headers: &HeaderMap) -> Result<Option<Url>, Answer> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let to = headers.get(header::LOCATION).and_then(|to| to.to_str().ok()).and_then(|to| from.join(to).ok());
    let to = to.filter(|to| matches!(to.scheme(), "http" | "https") && to.has_host());
    match to {
        Some(to) if from.scheme() == "https" && to.scheme() != "https" => Err(Answer::Transient(
            "the feed's address leads away from https, where others could read along".to_owned(),
        )),
        Some(to) => Ok(Some(to)),
        None => Err(Answer::Transient("the feed's server sends us on without saying where".to_owned())),
    }
}

/// What it means that there was no answer.
fn lost(lost: &Lost) -> Answer {
    match lost {
        Lost::NotSent(_) => Answer::Transient(UNREACHABLE.to_owned()),
        Lost::NoAnswer(_) => Answer::Transient(SILENT.to_owned()),
        Lost::Forbidden(why) => {
            Answer::Misconfigured { why: format!("the feed's address may not be reached: {why}") }
        }
        Lost::TooLarge { limit_bytes } => {
            Answer::Transient(format!("the feed is larger than {limit_bytes} bytes"))
        }
    }
}

/// What an answer without a feed means. Nothing of it is about events.
fn refusal(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Option<Answer> {
    let wait = || Answer::RetryAfter { at: retry_after(headers, now), long: false };
    Some(match status.as_u16() {
        200 => return None,
        429 => wait(),
        503 if headers.contains_key(header::RETRY_AFTER) => wait(),
        401 => Answer::AccessRevoked {
            why: "the feed's address is no longer accepted: connect again with a new one".to_owned(),
        },
        // For good, by its own word; one that says only 404 may be back tomorrow.
        410 => Answer::CalendarGone,
        404 => Answer::Transient("there is nothing at the feed's address (404)".to_owned()),
        status => Answer::Transient(format!("the feed's server answered with {status}")),
    })
}
