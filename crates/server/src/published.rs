//! What is behind the secret address of a feed: a calendar file, for any program that subscribes to such.
//!
//! Nobody signs in here: the address is the key. It is in no log and no metric, an address that opens nothing tells nothing,
//! and one that was revoked says that it is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use concord_engine::feeds::{self, Behind};
use concord_ical::{Entry, Frame};
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::app::App;
use crate::extract::Path;
use crate::problem::{Problem, Result};

/// Who made the file.
const PRODUCT: &str = "-//Concord//Concord//EN";
/// How often subscribers should look again.
const REFRESH_MINUTES: u32 = 15;
/// So often a minute a feed is given.
const PER_MINUTE: u32 = 30;

/// How often feeds were asked for in the current minute.
#[derive(Default)]
pub(crate) struct Asked(Mutex<(i64, BTreeMap<Uuid, u32>)>);

impl Asked {
    /// Counts a look. Returns how long to wait, where there were too many.
    fn wait(&self, feed: Uuid, now: Timestamp) -> Option<u32> {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = now.as_second().div_euclid(60);
        if asked.0 != minute {
            *asked = (minute, BTreeMap::new());
        }
        let times = asked.1.entry(feed).or_default();
        *times += 1;
        let left = 60 - now.as_second().rem_euclid(60);
        (*times > PER_MINUTE).then(|| u32::try_from(left).unwrap_or(60))
    }
}

/// The file behind an address.
pub(crate) async fn file(
    State(app): State<App>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    let nothing = || Problem::not_found("feed");
    let secret = file.strip_suffix(".ics").ok_or_else(nothing)?;
    let feed = match feeds::behind(&app.engine, secret).await? {
        Behind::Feed(feed) => feed,
        Behind::Revoked => {
            return Err(Problem::new(
                StatusCode::GONE,
                "revoked",
                "this feed was revoked; ask for a new address",
            ));
        }
        Behind::Nothing => return Err(nothing()),
    };
    if let Some(seconds) = app.asked.wait(feed.id, app.engine.now()) {
        return Err(Problem::too_many("this feed is fetched too often", seconds));
    }
    let published = feeds::published(&app.engine, &feed, &concord_ical::capabilities()).await?;
    let mut names = BTreeSet::new();
    // One name for two events would be one event for whoever reads it.
    let named: Vec<(String, &feeds::Published)> = published
        .iter()
        .enumerate()
        .map(|(n, one)| match names.insert(&one.uid) {
            true => (one.uid.clone(), one),
            false => (format!("{n}-{}", one.uid), one),
        })
        .collect();
    let entries = named.iter().map(|(uid, one)| Entry {
        uid,
        view: &one.view,
        stamp: one.made_at,
        sequence: 0,
        marks: &[],
    });
    let frame =
        Frame { name: Some(&feed.name), refresh_minutes: Some(REFRESH_MINUTES), ..Frame::new(PRODUCT) };
    let body = concord_ical::export(entries, &frame);
    let hash: String = Sha256::digest(&body)[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    let etag = format!("\"{hash}\"");
    let known = headers.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok()).unwrap_or_default();
    // A proxy that packs answers may have marked it as weak.
    let is_known = known.split(',').any(|known| known.trim().trim_start_matches("W/") == etag);
    let always = [
        (header::ETAG, etag.as_str()),
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, always).into_response());
    }
    let own = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "inline; filename=\"calendar.ics\""),
    ];
    Ok((always, own, body).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_is_given_so_often_a_minute_and_another_one_is_another_matter() {
        let asked = Asked::default();
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for _ in 0..PER_MINUTE {
            assert_eq!(asked.wait(one, at(10)), None);
        }
        assert_eq!(asked.wait(one, at(20)), Some(40));
        assert_eq!(asked.wait(other, at(20)), None);
        assert_eq!(asked.wait(one, at(60)), None);
    }
}
