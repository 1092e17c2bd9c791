//! Where an account is and what its server can do: found when it is connected, kept with it, handed to each call.
//!
//! What is kept are facts about the server and the names of places; the password is not among them. Where a service
//! moves its accounts from host to host, only the address that the person gave stays true: the rest is found anew.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::answer::Answer;

const VERSION: u32 = 1;

/// Where an account is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Site {
    #[serde(rename = "v")]
    pub(super) version: u32,
    /// Where the search began that found it: it is repeated from here.
    pub(super) base: Url,
    /// Whether the operator gave that address, so that it may be an internal one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) trusted: bool,
    /// The name to sign in with.
    pub(super) user: String,
    /// The name that the person gave, where the server wants another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) given: Option<String>,
    /// Who the person is there.
    pub(super) principal: Url,
    /// Where calendars lie.
    pub(super) homes: Vec<Url>,
    /// Addresses that mean the person, lower case, without `mailto:`.
    #[serde(default)]
    pub(super) addresses: Vec<String>,
    /// What the server can do.
    #[serde(default)]
    pub(super) able: Able,
}

/// What a server was found to be able to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Able {
    /// How changes are told.
    pub(super) changes: Changes,
    /// Whether writes on an old version are refused. Where they are not, what is there is read again before each.
    pub(super) conditions: Conditions,
    /// How calendars can be made.
    pub(super) makes: Makes,
    /// Whether the server itself tells guests by mail of what is written (RFC 6638).
    pub(super) invites: bool,
}

/// How a server tells what changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) enum Changes {
    /// Since a token (RFC 6578).
    Tokens,
    /// Only that there is something new.
    Tags,
    /// Not at all: everything is listed, and compared by version.
    Nothing,
    /// There was no calendar to try it on: each is believed what it says of itself.
    #[default]
    Untried,
}

/// Whether conditions are kept to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) enum Conditions {
    /// A write on an old version was refused.
    Kept,
    /// It was not, or would not have been.
    Ignored,
    /// There was no calendar to try it on that may be written.
    #[default]
    Untried,
}

/// How calendars are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) enum Makes {
    /// By `MKCALENDAR`.
    Calendar,
    /// By extended `MKCOL` (RFC 5689).
    Collection,
    /// The server did not say.
    #[default]
    Unsaid,
}

impl Site {
    /// A place as it was just found.
    pub(super) fn found(base: Url, trusted: bool, user: String, principal: Url, homes: Vec<Url>) -> Site {
        let (addresses, able) = (Vec::new(), Able::default());
        Site { version: VERSION, base, trusted, user, given: None, principal, homes, addresses, able }
    }

    /// What the person calls themselves.
    pub(super) fn called(&self) -> &str {
        self.given.as_ref().unwrap_or(&self.user)
    }

    /// Whether the calendars are at another host than the address: such a service may move them to yet another one.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.homes.iter().any(|home| home.host() != self.base.host())
    }

    /// Reads what is kept with an account.
    pub(super) fn read(kept: Option<&str>) -> Result<Site, Answer> {
        let site: Option<Site> = kept.and_then(|kept| serde_json::from_str(kept).ok());
        site.filter(|site| site.version == VERSION && !site.homes.is_empty()).ok_or_else(|| {
            let why = "where this account is was not noted, or by another version: connect it again";
            Answer::AccessRevoked { why: why.to_owned() }
        })
    }

    /// The form in which it is kept.
    pub(super) fn kept(&self) -> String {
        serde_json::to_string(self).expect("texts, addresses and words are JSON")
    }

    /// What was found, in words for people.
    pub(super) fn told(&self) -> Vec<String> {
        let able = self.able;
        let changes = match able.changes {
            Changes::Tokens => "tells what changed since the last look (sync-collection)",
            Changes::Tags => {
                "tells only whether something changed (ctag): then all of the calendar is listed"
            }
            Changes::Nothing => "does not tell what changed: all of the calendar is listed at each look",
            Changes::Untried => "has no calendar yet, so it was not tried how changes are told",
        };
        let conditions = match able.conditions {
            Conditions::Kept => "refuses a change on an old version (If-Match)",
            Conditions::Ignored => {
                "does not refuse a change on an old version: what is there is read again right before each change"
            }
            Conditions::Untried => {
                "has no calendar that may be written, so conditional changes were not tried"
            }
        };
        let makes = match able.makes {
            Makes::Calendar => "makes calendars (MKCALENDAR)",
            Makes::Collection => "makes calendars (extended MKCOL)",
            Makes::Unsaid => "does not say whether it makes calendars",
        };
        let invites = match able.invites {
            true => {
                "tells guests by mail of what their organiser writes: Concord leaves such events to be changed there"
            }
            false => "sends no mail to guests",
        };
        [changes, conditions, makes, invites].map(str::to_owned).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_kept_and_read_again() {
        let url = |text: &str| Url::parse(text).unwrap();
        let mut site = Site::found(
            url("https://dav.example/"),
            true,
            "alice@example.org".to_owned(),
            url("https://dav.example/alice/"),
            vec![url("https://dav.example/alice/calendars/")],
        );
        site.addresses.push("al@example.org".to_owned());
        site.able = Able {
            changes: Changes::Tags,
            conditions: Conditions::Ignored,
            makes: Makes::Collection,
            invites: true,
        };
        assert_eq!(Site::read(Some(&site.kept())), Ok(site.clone()));
        for broken in [None, Some("{}"), Some(""), Some(r#"{"v":2}"#)] {
            assert!(matches!(Site::read(broken), Err(Answer::AccessRevoked { .. })), "{broken:?}");
        }
    }
}
