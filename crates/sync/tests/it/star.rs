//! One event in several calendars at once: each is looked at in turn, until nobody has anything to do.

use concord_model::link::Settings;
use concord_model::view::{Field, Patch, Value};
use concord_model::{Capabilities, Event, FieldSet, UserId, recurrence};
use concord_sync::Decision;
use concord_sync::conflict::{About, Verdict};
use concord_sync::decide::{Copy, Here, There};
use concord_sync::lens::Eyes;
use jiff::SignedDuration;

use crate::laws_lens::as_held;
use crate::odd::{self, Edit};
use crate::pair::{Crash, Keeps, Pair};

/// How often everybody may be looked at before it has to be quiet.
pub(crate) const ROUNDS: usize = 20;

/// What happens to an event or to one of its copies.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// A person changes the event.
    Here(Vec<Edit>),
    /// A person changes a copy.
    There(usize, Vec<Edit>),
    /// The same change is made on both sides.
    Both(usize, Vec<Edit>),
    /// The event is deleted.
    EndHere,
    /// A copy is deleted.
    EndThere(usize),
    /// The series is divided at one of its occurrences; what follows gets another title.
    Split(usize),
    /// A link gets other settings.
    Set(usize, Box<Settings>),
    /// A calendar is able to hold more, or less.
    Able(usize, Box<Capabilities>),
    /// A person switches the event off in a calendar.
    Off(usize),
}

/// An event and its copies.
#[derive(Clone)]
pub(crate) struct Star {
    pub event: Event,
    pub copies: Vec<Pair>,
}

/// What decisions told of.
#[derive(Clone, Default)]
pub(crate) struct Told {
    pub fields: FieldSet,
    pub parts: bool,
    /// Whether anything was decided against somebody.
    pub clashed: bool,
    /// Whether a person is asked.
    pub asked: bool,
}

impl Star {
    /// An event that all these calendars agree on.
    pub(crate) fn agreed(
        event: Event,
        calendars: Vec<(Capabilities, Settings, (Eyes, UserId), Keeps)>,
    ) -> Star {
        let copy =
            |(able, settings, look, keeps)| Pair { able, settings, look, keeps, ..Pair::of(event.clone()) };
        let mut star = Star { copies: calendars.into_iter().map(copy).collect(), event };
        // What makes them agree for the first time can change the event: each has to have seen the last of it.
        star.settle(&star.order()).expect("they agree in the end");
        star
    }

    /// The order in which the copies were added.
    pub(crate) fn order(&self) -> Vec<usize> {
        (0..self.copies.len()).collect()
    }

    /// Makes a change. Returns what follows a division, a star of its own.
    pub(crate) fn change(&mut self, change: &Change) -> Option<Star> {
        let count = self.copies.len();
        match change {
            Change::Here(edits) => self.here(edits),
            Change::There(n, edits) => self.copies[n % count].edit_there(edits),
            Change::Both(n, edits) => {
                self.here(edits);
                self.copies[n % count].edit_there(edits);
            }
            Change::EndHere => self.event.deleted_at = Some(odd::now()),
            Change::EndThere(n) => self.copies[n % count].there = None,
            Change::Split(n) => return self.split(*n),
            Change::Set(n, settings) => self.copies[n % count].settings = (**settings).clone(),
            Change::Able(n, able) => {
                let copy = &mut self.copies[n % count];
                copy.able = (**able).clone();
                copy.there = copy.there.take().map(|view| as_held(&copy.lens(), &view));
            }
            Change::Off(n) => self.copies[n % count].enabled = false,
        }
        None
    }

    /// Some time goes by: what each calendar tells was changed then, one after the other.
    pub(crate) fn later(&mut self) {
        for (n, copy) in self.copies.iter_mut().enumerate() {
            let after = SignedDuration::from_secs(10 * (1 + i64::try_from(n).unwrap_or(0)));
            copy.stamp = Some(copy.now + after);
            copy.now += SignedDuration::from_mins(1);
        }
    }

    fn here(&mut self, edits: &[Edit]) {
        let owner = &mut self.copies[0];
        let look = std::mem::replace(&mut owner.look, (Eyes::Owner, odd::OWNER));
        owner.event = self.event.clone();
        owner.edit_here(edits);
        owner.look = look;
        self.event = owner.event.clone();
    }

    fn split(&mut self, n: usize) -> Option<Star> {
        let keys = odd::keys(&self.event.content);
        let key = keys.get(n % keys.len().max(1))?;
        let patch = Patch::from([(Field::Title, Value::Title("From now on".to_owned()))]);
        let split = recurrence::edit_following(&self.event.content, *key, &patch).ok()?;
        let Some(head) = split.head else {
            self.event.content = split.tail;
            return None;
        };
        self.event.content = head;
        let event = Event { content: split.tail, uid: "101@example.org".to_owned(), ..self.event.clone() };
        let fresh = |copy: &Pair| Pair {
            event: event.clone(),
            base: None,
            copy: Copy::None,
            there: None,
            stamp: None,
            ..copy.clone()
        };
        Some(Star { copies: self.copies.iter().map(fresh).collect(), event })
    }

    /// Looks at one copy. Whether there was anything to do.
    fn look(&mut self, n: usize, told: &mut Told) -> bool {
        let copy = &mut self.copies[n];
        copy.event = self.event.clone();
        let decision = copy.decide();
        copy.carry_out(&decision, Crash::Never);
        let before = std::mem::replace(&mut self.event, copy.event.clone());
        for field in before.content.differing(&self.event.content).iter() {
            self.event.accepted.insert(field, copy.stamp.unwrap_or(copy.now));
        }
        let idle = matches!(decision.there, There::Nothing | There::End | There::Forget);
        let busy = decision.here != Here::Nothing || !idle;
        told.add(&decision);
        busy
    }

    /// Looks at all in that order, again and again, until a whole round is quiet.
    pub(crate) fn settle(&mut self, order: &[usize]) -> Result<Told, String> {
        let mut told = Told::default();
        for _ in 0..ROUNDS {
            told.asked = false;
            let mut busy = false;
            for n in order {
                busy |= self.look(*n, &mut told);
            }
            if !busy {
                return Ok(told);
            }
        }
        Err(format!("it is not quiet after {ROUNDS} rounds"))
    }
}

impl Told {
    fn add(&mut self, decision: &Decision) {
        let settled = decision.clashes.iter().any(|clash| clash.verdict != Verdict::Asked);
        self.clashed |= settled || !decision.put_back.is_empty();
        self.asked |= decision.ask.is_some();
        for about in decision.clashes.iter().map(|clash| clash.about).chain(decision.put_back.iter().copied())
        {
            match about {
                About::Field(field) => self.fields = self.fields.with(field),
                About::Occurrence(..) => self.parts = true,
            }
        }
    }
}
