//! What they lack, said in their words: conditional writes in batches, each under a stored intent.
//!
//! A write has three outcomes: done, refused, unknown. Done is stored with the new base. Refused closes the intent
//! and says why. Unknown leaves it open: the next look asks the provider before anything is written again.

use std::collections::BTreeSet;

use concord_model::agreed::Base;
use concord_model::observed::{Item, Observation, Reading, State, Theirs};
use concord_model::view::Override;
use concord_model::{OccurrenceKey, View};
use concord_points::{defect, point};
use concord_providers::Answer;
use concord_providers::provider::{Cost, Mail, Write, Written};
use concord_store::links;
use concord_store::mappings::{self, Mapping, MappingError, MappingState};
use concord_sync::decide::after_write;
use jiff::Timestamp;

use super::commit::Pending;
use super::named::Named;
use super::pull::own_items;
use super::recover::{LOOKS, PATIENCE, burn, looks, taken_away};
use super::{Run, Stop};
use crate::error::told;

/// How often a write may meet news before it waits a little.
const STALE: i64 = 4;
/// How often a write is tried whose rest is refused.
const HALVES: i64 = 3;

impl Run<'_> {
    /// Makes the writes. Returns whether something has to be decided again.
    pub(super) async fn push(&mut self, pending: Vec<Pending>) -> Result<bool, Stop> {
        let mut again = false;
        let mut rest = pending.into_iter().peekable();
        while rest.peek().is_some() {
            let least = self.provider.batch_size().max(1);
            let many = self.writes_at_once.clamp(least, self.provider.most_at_once().max(least));
            let batch: Vec<Pending> = rest.by_ref().take(many).collect();
            let (began, full) = (self.engine.now(), batch.len() == many);
            match self.push_batch(batch).await {
                Ok(stale) => {
                    again |= stale;
                    // As many as are answered well within the time of a call: the lease has to outlast them.
                    let took = self.engine.now().duration_since(began);
                    if took > self.engine.timing.call_limit / 4 {
                        self.writes_at_once = many / 2;
                    } else if full && took < self.engine.timing.call_limit / 16 {
                        self.writes_at_once = many * 2;
                    }
                }
                Err(stop) => {
                    self.withdraw(rest.collect(), Some(&stop)).await?;
                    return Err(stop);
                }
            }
            if !self.link.writable {
                self.withdraw(rest.by_ref().collect(), None).await?;
                return Ok(true);
            }
        }
        Ok(again)
    }

    async fn push_batch(&mut self, mut batch: Vec<Pending>) -> Result<bool, Stop> {
        let writes: Vec<Write> = batch.iter().map(|p| p.write.clone()).collect();
        let cost = if writes.iter().any(|w| matches!(w, Write::Update { .. })) {
            Cost::Update
        } else {
            Cost::Create
        };
        let access = match self.access_to_write(cost, writes.len()).await {
            Ok(access) => access,
            Err(stop) => {
                self.withdraw(batch, Some(&stop)).await?;
                return Err(stop);
            }
        };
        let mail = if self.link.settings.mail_guests { Mail::Guests } else { Mail::Nobody };
        let calendar = self.calendar();
        let answers = self.provider.write(&access, &calendar, &writes, mail).await;

        let (mut saved, mut stale, mut strange, mut doubtful) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut named, mut taken) = (Named::default(), BTreeSet::new());
        let mut whole: Option<Answer> = None;
        let mut read_only = false;
        for (mut pending, answer) in batch.drain(..).zip(answers) {
            if let Ok(Written::There(items)) = &answer {
                named.take(&mut pending.mapping, items);
            }
            match answer {
                Ok(written) => saved.push(self.done(pending, written)),
                Err(Answer::Stale) if defect!("a refused change is taken for done") => {
                    saved.push(self.done(pending, Written::There(Vec::new())));
                }
                Err(lost)
                    if lost.may_have_happened()
                        && defect!("a creation without an answer is made again elsewhere") =>
                {
                    let mut anew = pending;
                    anew.mapping.generation.0 += 1;
                    saved.push(closed(anew));
                }
                Err(lost) if lost.may_have_happened() => {
                    point!("push: the answer was lost");
                    doubtful.push(match refused_half_way(&lost) {
                        Some(why) if pending.mapping.attempts >= HALVES => self.parked(pending.mapping, why),
                        _ => self.put_off(pending.mapping, "unknown", &told(&lost)),
                    });
                    whole = whole.or(lost.of_calendar());
                }
                Err(answer) if answer.of_calendar().is_some() => {
                    saved.push(closed(pending));
                    whole = Some(answer);
                }
                // Made before, by a Concord that has forgotten it: what it looked like then is not known.
                Err(Answer::Exists) if !pending.again => {
                    point!("push: it is there already");
                    strange.push(Mapping { state: MappingState::Pending, ..pending.mapping });
                }
                Err(answer @ (Answer::Stale | Answer::Exists | Answer::Gone)) => {
                    point!("push: it was changed or gone meanwhile");
                    if answer == Answer::Exists {
                        taken.insert(pending.mapping.id);
                    }
                    let attempts = pending.mapping.attempts + 1;
                    let wait =
                        (attempts > STALE).then(|| self.engine.now() + self.engine.backoff(attempts - STALE));
                    stale.push(Mapping { attempts, retry_at: wait, ..pending.mapping });
                }
                Err(Answer::Rejected { read_only: true, .. }) => {
                    saved.push(closed(pending));
                    read_only = true;
                }
                Err(Answer::Rejected { why, read_only: false }) => saved.push(self.rejected(pending, &why)),
                Err(other) => {
                    let mapping = self.put_off(closed(pending), "transient", &told(&other));
                    self.report.waiting += 1;
                    saved.push(mapping);
                }
            }
        }
        saved.extend(doubtful.iter().cloned());
        let refused = whole.map(|answer| self.refused(answer));
        let mut tx = self.begin_to_keep().await?;
        self.make_room(&mut tx, &named).await?;
        mappings::save_many(&mut tx, &saved).await?;
        tx.commit().await?;
        let mut again = !stale.is_empty() || !strange.is_empty() || read_only;
        if read_only {
            self.turn_read_only().await?;
        }
        // Who is asked to wait looks at nothing more: the next run begins with what is open (I-33).
        if let Some(refused) = refused {
            refused?;
            again = true;
        }
        // Exists and stale are news, not errors: read, and decide again. An open intent is settled in the same way.
        let missing = self.look_after(stale).await?;
        self.give_up_names(missing.into_iter().filter(|m| taken.contains(&m.id)).collect()).await?;
        self.look_at(strange).await?;
        if !doubtful.is_empty() {
            self.look_after(doubtful).await?;
            again = true;
        }
        Ok(again)
    }

    /// A mapping whose write came to nothing that is known: it waits the longer the more often that happens (I-33).
    fn put_off(&self, mapping: Mapping, code: &str, why: &str) -> Mapping {
        let attempts = mapping.attempts + 1;
        let retry_at = Some(self.engine.now() + self.engine.backoff(attempts));
        let error = Some(MappingError { code: code.to_owned(), text: why.to_owned(), parked: false });
        Mapping { attempts, retry_at, error, ..mapping }
    }

    /// What was said once more, and of which the provider says both that it is there and that it is not: it is looked
    /// for a while longer than it could take to appear, then made under another name.
    async fn give_up_names(&mut self, missing: Vec<Mapping>) -> Result<(), Stop> {
        if missing.is_empty() {
            return Ok(());
        }
        let mut settled = missing;
        for mapping in &mut settled {
            if looks(mapping) < LOOKS {
                self.look_again(mapping, PATIENCE);
            } else {
                point!("push: the name is taken by nothing");
                mapping.intent = None;
                mapping.retry_at = None;
                taken_away(mapping);
            }
        }
        let mut tx = self.begin_to_keep().await?;
        mappings::save_many(&mut tx, &settled).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Reads what is there under our id without our knowing: it is adopted as it is, and what differs is asked. What is not
    /// seen, though it was said to be there, is looked for as any write is whose fate is not known.
    async fn look_at(&mut self, strange: Vec<Mapping>) -> Result<(), Stop> {
        if strange.is_empty() {
            return Ok(());
        }
        let readings = self.read(&strange).await?;
        let now = self.engine.now();
        let (mut seen, mut named) = (Vec::new(), Named::default());
        for (mut mapping, reading) in strange.into_iter().zip(readings) {
            match reading {
                Some(Reading::Present(items)) => {
                    (mapping.intent, mapping.mark) = (None, None);
                    named.take(&mut mapping, &items);
                    mapping.observation = Some(Observation::read(items, now));
                }
                Some(Reading::Deleted) => {
                    // The id is burnt (BM-140): the next generation has another.
                    point!("push: the id is burnt");
                    burn(&mut mapping);
                    (mapping.intent, mapping.mark, mapping.external_id) = (None, None, None);
                }
                Some(Reading::Missing) | None => {
                    mapping.attempts += 1;
                    mapping.retry_at = Some(now + self.engine.backoff(mapping.attempts));
                }
            }
            seen.push(mapping);
        }
        let mut tx = self.begin_to_keep().await?;
        self.make_room(&mut tx, &named).await?;
        mappings::save_many(&mut tx, &seen).await?;
        tx.commit().await?;
        Ok(())
    }

    /// It was done: the base is what we meant, and what the provider made of it.
    fn done(&mut self, pending: Pending, written: Written) -> Mapping {
        let Pending { mut mapping, write, agreed, after, theirs, asked, for_good, again } = pending;
        let now = self.engine.now();
        mapping.intent = None;
        mapping.attempts = 0;
        mapping.retry_at = None;
        mapping.error = None;
        mapping.last_synced_at = Some(now);
        match written {
            Written::Gone => {
                mapping.observation = None;
                mapping.state = MappingState::Synced;
                if for_good {
                    mapping.end_gone(now);
                } else {
                    // A setting took it away, and may let it in again.
                    taken_away(&mut mapping);
                }
                self.report.tally.deleted += 1;
            }
            Written::There(items) => {
                let items = match &mapping.external_id {
                    Some(id) => own_items(id, items),
                    None => items,
                };
                let made = Observation::read(items, now);
                let mut news = None;
                let was = theirs.as_ref().map(|t| t.view.clone());
                let before = match write {
                    Write::Create { .. } => None,
                    _ => theirs.map(|t| with_what_was_written(t, &after, &made)),
                };
                let whole = made.whole.as_ref().is_some_and(|item| item.complete);
                let made = Observation { complete: whole || before.is_none(), ..made };
                match made.over(before.as_ref()) {
                    Some(made_of_it) => {
                        let made_of =
                            if defect!("the base is what was sent") { &after } else { &made_of_it.view };
                        let base = after_write(&agreed, was.as_ref(), &after, made_of);
                        // What is different where nothing was written is news, or waits for an answer: kept as it is
                        // there now.
                        let seen_before = mapping.observation.take();
                        let known = Run::known_of(&made_of_it);
                        news = (made_of_it.view != *base.theirs())
                            .then(|| still_news(seen_before, &made, &known.theirs(&base), &made_of_it, now));
                        if !defect!("the base stays behind after a write") {
                            mapping.base = Some(base);
                        }
                        mapping.uid = made.whole.as_ref().and_then(|i| i.uid.clone()).or(mapping.uid);
                        mapping.known = known;
                    }
                    None => mapping.base = Some(Base::of(agreed.ours, after)),
                }
                mapping.state = match (asked, &news) {
                    (true, _) => MappingState::Conflict,
                    (false, Some(_)) => MappingState::Pending,
                    (false, None) => MappingState::Synced,
                };
                mapping.observation = news;
                if again {
                    // The event may have changed since that was meant.
                    mapping.state = MappingState::Pending;
                }
                self.report.tally.pushed += 1;
            }
        }
        mapping
    }

    fn rejected(&mut self, pending: Pending, why: &str) -> Mapping {
        let mapping = closed(Pending { again: false, ..pending });
        self.parked(mapping, why)
    }

    /// It is not tried again until it changes.
    fn parked(&mut self, mut mapping: Mapping, why: &str) -> Mapping {
        let id = mapping.external_id.clone();
        self.report.failed(mapping.event, id.as_ref(), "rejected", why);
        mapping.retry_at = None;
        mapping.state = MappingState::Error;
        mapping.error =
            Some(MappingError { code: "rejected".to_owned(), text: why.to_owned(), parked: true });
        mapping
    }

    /// The calendar may not be written: the link only brings in from now on, and says so once (BM-016).
    async fn turn_read_only(&mut self) -> Result<(), Stop> {
        if !self.link.writable {
            return Ok(());
        }
        let mut tx = self.begin_to_keep().await?;
        links::set_writable(&mut tx, self.link.id, false).await?;
        tx.commit().await?;
        self.link.writable = false;
        self.report.note(
            "this calendar may not be written by this account; from now on events only come in from it",
        );
        Ok(())
    }

    /// Takes back intents whose call was surely never made.
    async fn withdraw(&mut self, unsent: Vec<Pending>, stop: Option<&Stop>) -> Result<(), Stop> {
        if unsent.is_empty() || matches!(stop, Some(Stop::LeaseLost | Stop::Store(_))) {
            return Ok(());
        }
        point!("push: what was not sent is taken back");
        let closed: Vec<Mapping> = unsent.into_iter().map(closed).collect();
        let mut tx = self.begin_to_keep().await?;
        mappings::save_many(&mut tx, &closed).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Why the rest of a write was refused for good, of which a part was carried out.
fn refused_half_way(answer: &Answer) -> Option<&str> {
    match answer {
        Answer::InPart(cause) => match &**cause {
            Answer::Rejected { why, read_only: false } => Some(why),
            _ => None,
        },
        _ => None,
    }
}

/// A mapping whose write was surely not done: as before, and still to be done; what was to be made has no copy there.
/// An intent that was only repeated stays open, for its first try may have arrived.
fn closed(pending: Pending) -> Mapping {
    let Pending { mut mapping, write, again, .. } = pending;
    if !again {
        mapping.intent = None;
        if let Write::Create { .. } = write {
            mapping.external_id = None;
            mapping.mark = None;
        }
    }
    mapping.state = MappingState::Pending;
    mapping
}

/// What stays news after a write: what was seen before it, with the answer laid over it. Occurrences that are told apart stay
/// apart, for the next listing may tell of the series alone.
fn still_news(
    before: Option<Observation>,
    made: &Observation,
    known: &Theirs,
    now_there: &Theirs,
    now: Timestamp,
) -> Observation {
    let mut seen = before.unwrap_or_default();
    made.whole.iter().chain(made.parts.values()).for_each(|item| seen.add(item.clone(), now));
    if seen.over(Some(known)).is_some_and(|theirs| theirs.view == now_there.view) {
        return seen;
    }
    // A series that was moved calls its occurrences by other names: told as one, with what they are.
    let Some(whole) = made.whole.clone() else { return seen };
    let mut seen = Observation::default();
    seen.add(Item { state: State::Live(Box::new(now_there.view.clone())), ..whole }, now);
    seen
}

/// Their side as it would be by what was written alone. An occurrence that this write has taken away by the lines of its
/// series is told by nothing else: as soon as the lines do not, it is back (I-20).
fn with_what_was_written(theirs: Theirs, after: &View, made: &Observation) -> Theirs {
    let is_off = |view: &View, key: &OccurrenceKey| view.overrides.get(key) == Some(&Override::Cancelled);
    let lines = made.whole.as_ref().and_then(|item| match &item.state {
        State::Live(view) => Some(view),
        _ => None,
    });
    let by_lines = |key: &&OccurrenceKey| {
        is_off(after, key) && !is_off(&theirs.view, key) && lines.is_some_and(|view| is_off(view, key))
    };
    let left_out = theirs.left_out.iter().chain(after.overrides.keys().filter(by_lines)).copied().collect();
    Theirs { view: after.clone(), left_out, ..theirs }
}
