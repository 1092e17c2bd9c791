//! How much is called: so many calls of a mailbox at a time, so many in ten minutes, so many of an application in a second.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use http::header;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::answers::Refused;
use super::state::State;
use super::switches::RetryAfter;
use crate::message::Reply;

/// What is going on, and what went on lately.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Load {
    /// When the calls end that are being answered, by mailbox.
    #[serde(skip)]
    busy: BTreeMap<String, Vec<Timestamp>>,
    mailboxes: BTreeMap<String, VecDeque<Timestamp>>,
    apps: BTreeMap<String, VecDeque<Timestamp>>,
    /// Calls with good tokens, for those that are refused all the same.
    pub(super) calls: u64,
}

impl State {
    /// How many more calls of a mailbox can be answered at this moment.
    pub(super) fn free_slots(&mut self, mailbox: &str) -> usize {
        let now = self.core.now;
        let Some(busy) = self.load.busy.get_mut(mailbox) else { return self.quirks.load.concurrent };
        busy.retain(|end| *end > now);
        self.quirks.load.concurrent.saturating_sub(busy.len())
    }

    /// Counts a call, or refuses it because there are too many. A call that is refused counts as well.
    pub(super) fn metered(&mut self, mailbox: &str, app: &str) -> Result<(), Refused> {
        let now = self.core.now;
        let limits = self.quirks.load.clone();
        let ten = SignedDuration::from_mins(10);
        let second = SignedDuration::from_secs(1);
        let in_window = |window: &mut VecDeque<Timestamp>, length: SignedDuration| {
            window.retain(|at| *at <= now && now.duration_since(*at) < length);
            window.push_back(now);
            window.len() as u64
        };
        let of_mailbox = in_window(self.load.mailboxes.entry(mailbox.to_owned()).or_default(), ten);
        let of_app = in_window(self.load.apps.entry(app.to_owned()).or_default(), second);
        if of_mailbox > limits.per_ten_minutes {
            return Err(self.too_much(
                "ApplicationThrottled",
                "Application is over its RequestLimit limit.",
                60,
            ));
        }
        if of_app > limits.per_second {
            return Err(self.too_much("TooManyRequests", "Please retry again later.", 1));
        }
        if self.free_slots(mailbox) == 0 {
            let words = "Application is over its MailboxConcurrency limit.";
            return Err(self.too_much("ApplicationThrottled", words, 1));
        }
        Ok(())
    }

    fn too_much(&self, code: &str, words: &str, seconds: u32) -> Refused {
        let limits = &self.quirks.load;
        let refused = match limits.as_503 {
            true => Refused::of("ServiceUnavailable").saying(words),
            false => Refused::of(code).saying(words).with_status(429),
        };
        match limits.retry_after {
            RetryAfter::Whole => refused.with(header::RETRY_AFTER, seconds.to_string()),
            RetryAfter::Fraction => refused.with(header::RETRY_AFTER, format!("{seconds}.128")),
            RetryAfter::Absent => refused,
        }
    }

    /// Lets a call take its time: its mailbox is busy until the answer has arrived.
    pub(super) fn occupy(&mut self, mailbox: &str, slots: usize, mut reply: Reply) -> Reply {
        if reply.delay.is_none() && self.quirks.load.call_ms > 0 {
            reply.delay = Some(Duration::from_millis(self.quirks.load.call_ms));
        }
        let Some(delay) = reply.delay else { return reply };
        let Ok(delay) = SignedDuration::try_from(delay) else { return reply };
        let end = self.core.after(delay);
        let busy = self.load.busy.entry(mailbox.to_owned()).or_default();
        busy.extend(std::iter::repeat_n(end, slots));
        reply
    }
}
