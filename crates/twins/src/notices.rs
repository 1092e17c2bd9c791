//! Notices on their way to the outside: values in an outbox, until someone delivers them.
//!
//! A twin opens no connection. The program (or the simulator) takes what is due, sends it, and reports what it was
//! answered; the twin then retries, forgets, or gives the channel up, as its provider would.

use std::borrow::Cow;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One request that a provider would send.
#[derive(Debug)]
pub struct Notice {
    /// The number to report its answer under.
    pub id: u64,
    /// What to send, and where.
    pub request: http::Request<Bytes>,
}

/// What a notice was answered.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The status; 0 stands for no answer at all.
    pub status: u16,
    /// The kind of its content.
    pub content_type: String,
    /// The body.
    pub body: Bytes,
}

impl From<u16> for Answer {
    fn from(status: u16) -> Answer {
        Answer { status, ..Answer::default() }
    }
}

/// A notice that waits, or that was taken and not answered yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pending {
    /// Its number.
    pub id: u64,
    /// The channel it belongs to.
    pub channel: String,
    /// Not before.
    pub due: Timestamp,
    /// How often it was tried.
    pub tries: u32,
    /// Whether it was taken. One that was not answered before the twin was kept is sent again.
    #[serde(skip)]
    pub taken: bool,
    /// The address.
    pub address: String,
    /// The headers.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// The body.
    #[serde(serialize_with = "write_body", deserialize_with = "read_body")]
    pub body: Bytes,
}

fn write_body<S: Serializer>(body: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    body.as_ref().serialize(serializer)
}

fn read_body<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    Vec::<u8>::deserialize(deserializer).map(Bytes::from)
}

/// What to do after an answer to a notice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answered {
    /// It arrived.
    Delivered,
    /// It did not; it will be tried again.
    Again,
    /// It did not, and will not.
    Given,
}

/// Everything that waits.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Outbox {
    waiting: Vec<Pending>,
    last: u64,
}

/// How often a notice is tried in all.
const TRIES: u32 = 4;

impl Outbox {
    /// Puts a notice in, and returns its number.
    pub fn put(
        &mut self,
        channel: &str,
        address: &str,
        due: Timestamp,
        headers: Vec<(&'static str, String)>,
        body: Bytes,
    ) -> u64 {
        self.last += 1;
        let (channel, address) = (channel.to_owned(), address.to_owned());
        self.waiting.push(Pending {
            id: self.last,
            channel,
            due,
            tries: 0,
            taken: false,
            address,
            headers: headers.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)).collect(),
            body,
        });
        self.last
    }

    /// Takes what is due. Addresses that are none are dropped.
    pub fn take(&mut self, now: Timestamp) -> Vec<Notice> {
        let mut notices = Vec::new();
        self.waiting.retain_mut(|pending| {
            if pending.taken || pending.due > now {
                return true;
            }
            let mut request = http::Request::builder().method("POST").uri(&pending.address);
            for (name, value) in &pending.headers {
                request = request.header(name.as_ref(), value);
            }
            pending.taken = true;
            pending.tries += 1;
            match request.body(pending.body.clone()) {
                Ok(request) => {
                    notices.push(Notice { id: pending.id, request });
                    true
                }
                Err(_) => false,
            }
        });
        notices
    }

    /// When the next notice will be due.
    pub fn next(&self) -> Option<Timestamp> {
        self.waiting.iter().filter(|pending| !pending.taken).map(|pending| pending.due).min()
    }

    /// Notes the answer to a notice: 0 stands for none at all. Returns its channel and what became of it.
    pub fn answered(&mut self, id: u64, status: u16, now: Timestamp) -> Option<(String, Answered)> {
        let outcome = match status {
            102 | 200 | 201 | 202 | 204 => Answered::Delivered,
            0 | 500 | 502 | 503 | 504 => Answered::Again,
            _ => Answered::Given,
        };
        self.settled(id, outcome, TRIES, now)
    }

    /// Notes what is to become of a notice that was taken. It is tried again so often at most, after longer and longer
    /// waits.
    pub fn settled(
        &mut self,
        id: u64,
        outcome: Answered,
        tries: u32,
        now: Timestamp,
    ) -> Option<(String, Answered)> {
        let at = self.waiting.iter().position(|pending| pending.id == id && pending.taken)?;
        let pending = &mut self.waiting[at];
        let channel = pending.channel.clone();
        let outcome =
            if outcome == Answered::Again && pending.tries >= tries { Answered::Given } else { outcome };
        if outcome == Answered::Again {
            let wait = SignedDuration::from_secs(1 << pending.tries.min(30));
            pending.due = now.checked_add(wait).unwrap_or(now);
            pending.taken = false;
        } else {
            self.waiting.remove(at);
        }
        Some((channel, outcome))
    }

    /// Forgets what waits for a channel.
    pub fn forget(&mut self, channel: &str) {
        self.waiting.retain(|pending| pending.channel != channel);
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_that_fails_is_tried_again_later_and_then_given_up() {
        let now = Timestamp::UNIX_EPOCH;
        let mut outbox = Outbox::default();
        outbox.put("c", "https://there/hook", now, Vec::new(), Bytes::new());
        let id = outbox.take(now)[0].id;
        assert_eq!(outbox.answered(id, 503, now), Some(("c".into(), Answered::Again)));
        assert!(outbox.take(now).is_empty());
        let later = outbox.next().unwrap();
        assert_eq!(outbox.take(later).len(), 1);
        assert_eq!(outbox.answered(id, 410, later), Some(("c".into(), Answered::Given)));
        assert!(outbox.is_empty());
    }
}
