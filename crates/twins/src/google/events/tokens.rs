//! Sync tokens and page tokens: opaque outside, sealed against being made up.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::message::{Call, pairs};

/// Where a reader stands in a calendar's changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::google) struct SyncToken {
    /// What it was given for.
    pub(in crate::google) of: String,
    pub(in crate::google) user: String,
    pub(in crate::google) epoch: (u64, u64),
    pub(in crate::google) number: u64,
    /// The parameters that must stay the same.
    pub(in crate::google) bound: String,
}

impl SyncToken {
    pub(in crate::google) fn seal(&self) -> String {
        let (first, second) = self.epoch;
        let numbers = [first.to_string(), second.to_string(), self.number.to_string()];
        let parts = [&self.of, &self.user, &numbers[0], &numbers[1], &numbers[2], &self.bound];
        seal('s', &parts.map(String::as_str))
    }

    pub(in crate::google) fn open(text: &str) -> Option<SyncToken> {
        let parts = open('s', text)?;
        let [of, user, first, second, number, bound] = parts.try_into().ok()?;
        let epoch = (first.parse().ok()?, second.parse().ok()?);
        Some(SyncToken { of, user, epoch, number: number.parse().ok()?, bound })
    }
}

/// Where a reader stands in the pages of one listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::google) struct PageToken {
    /// The change that the listing shows.
    pub(in crate::google) upto: u64,
    /// The place of the last row that was shown; empty before the first.
    pub(in crate::google) after: String,
    /// Every parameter of the listing.
    pub(in crate::google) bound: String,
}

impl PageToken {
    pub(in crate::google) fn seal(&self) -> String {
        seal('p', &[&self.upto.to_string(), &self.after, &digest(&self.bound)])
    }

    /// Reads a token; `bound` are the parameters of the call it came with.
    pub(in crate::google) fn open(text: &str, bound: &str) -> Result<PageToken, Misfit> {
        let [upto, after, held] =
            open('p', text).and_then(|parts| parts.try_into().ok()).ok_or(Misfit::Malformed)?;
        if held != digest(bound) {
            return Err(Misfit::OtherParameters);
        }
        let upto = upto.parse().map_err(|_| Misfit::Malformed)?;
        Ok(PageToken { upto, after, bound: bound.to_owned() })
    }
}

/// Why a page token does not fit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::google) enum Misfit {
    Malformed,
    OtherParameters,
}

/// Parameters that say nothing about which events are meant.
const FORM: [&str; 10] = [
    "pageToken",
    "fields",
    "prettyPrint",
    "quotaUser",
    "key",
    "alt",
    "access_token",
    "userIp",
    "alwaysIncludeEmail",
    "$.xgafv",
];

/// Parameters that the first pass may have and the later ones may not.
pub(in crate::google) const FIRST_PASS_ONLY: [&str; 8] = [
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
];

/// The parameters that all pages of a listing share.
pub(in crate::google) fn bound_to_pages(call: &Call) -> String {
    canonical(call, &[])
}

/// The parameters that a delta shares with its first pass.
pub(in crate::google) fn bound_to_sync(call: &Call) -> String {
    let mut free = vec!["syncToken", "showDeleted"];
    free.extend(FIRST_PASS_ONLY);
    canonical(call, &free)
}

fn canonical(call: &Call, free: &[&str]) -> String {
    let mut bound = pairs(&call.query);
    bound.retain(|(key, _)| !FORM.contains(&key.as_str()) && !free.contains(&key.as_str()));
    // What is said is the same as what is meant when nothing is said.
    bound.retain(|(key, value)| {
        !matches!((key.as_str(), value.as_str()), ("singleEvents" | "showHiddenInvitations", "false"))
    });
    bound.sort();
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(bound).finish()
}

fn seal(kind: char, parts: &[&str]) -> String {
    let text = format!("{kind}\u{1f}{}", parts.join("\u{1f}"));
    URL_SAFE_NO_PAD.encode(format!("{text}\u{1f}{}", digest(&text)))
}

fn open(kind: char, text: &str) -> Option<Vec<String>> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (body, held) = text.rsplit_once('\u{1f}')?;
    if held != digest(body) {
        return None;
    }
    let mut parts = body.split('\u{1f}').map(ToOwned::to_owned);
    (parts.next()? == kind.to_string()).then(|| parts.collect())
}

/// A short fingerprint (FNV-1a): tokens are opaque, not secret.
pub(in crate::google) fn digest(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_back_as_they_were_and_cannot_be_made_up() {
        let token = SyncToken {
            of: "a@twin.test".into(),
            user: "alice".into(),
            epoch: (1, 2),
            number: 7,
            bound: "eventTypes=default".into(),
        };
        assert_eq!(SyncToken::open(&token.seal()), Some(token.clone()));
        let mut forged = token.seal();
        forged.replace_range(8..9, if forged[8..9] == *"A" { "B" } else { "A" });
        assert_eq!(SyncToken::open(&forged), None);
        assert_eq!(PageToken::open(&token.seal(), ""), Err(Misfit::Malformed));
    }

    #[test]
    fn a_page_token_is_bound_to_its_parameters() {
        let token = PageToken { upto: 3, after: "k".into(), bound: "maxResults=2".into() };
        assert_eq!(PageToken::open(&token.seal(), "maxResults=2"), Ok(token.clone()));
        assert_eq!(PageToken::open(&token.seal(), "maxResults=3"), Err(Misfit::OtherParameters));
    }
}
