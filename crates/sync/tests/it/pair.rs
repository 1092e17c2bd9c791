//! Two sides in miniature: an event here, its copy in a calendar there, and decisions carried out between them the way
//! the engine does it.

use std::collections::BTreeSet;

use concord_model::agreed::Base;
use concord_model::capability::Series;
use concord_model::event::Event;
use concord_model::link::Settings;
use concord_model::observed::{Hold, Theirs, Versions};
use concord_model::people::Address;
use concord_model::view::{Override, Value};
use concord_model::{Capabilities, FieldSet, OccurrenceKey, UserId, View, Zone};
use concord_sync::decide::{Copy, Question, Side, Situation, after_write};
use concord_sync::decide::{Here, There};
use concord_sync::lens::{Eyes, HiddenText, Seen, Shown};
use concord_sync::{Decision, Lens, decide};
use jiff::Timestamp;

use crate::odd::{self, Edit};

/// What a provider makes of a text that it is given.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Keeps {
    /// Itself.
    Exactly,
    /// One with single spaces (BM-130).
    Tidily,
}

/// When a crash comes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Crash {
    /// Never.
    Never,
    /// After the intent was stored, before the provider heard of it.
    BeforeEffect,
    /// After the provider had done it, before its answer was stored.
    AfterEffect,
}

/// An event and its copy.
#[derive(Clone)]
pub(crate) struct Pair {
    pub able: Capabilities,
    pub settings: Settings,
    pub look: (Eyes, UserId),
    pub zone: Zone,
    pub hidden: Vec<HiddenText>,
    pub event: Event,
    pub part: Option<OccurrenceKey>,
    pub base: Option<Base>,
    pub copy: Copy,
    /// What is there; nothing after it was deleted.
    pub there: Option<View>,
    /// When it was last changed there.
    pub stamp: Option<Timestamp>,
    pub hold: Hold,
    pub home_hold: Hold,
    pub writable: bool,
    pub enabled: bool,
    pub in_window: bool,
    pub own: Vec<Address>,
    pub question: Option<Question>,
    pub now: Timestamp,
    pub keeps: Keeps,
    pub deleted_here: bool,
}

impl Pair {
    /// An event of the platform, not yet anywhere.
    pub(crate) fn of(event: Event) -> Pair {
        Pair {
            able: Capabilities::everything(),
            settings: Settings::default(),
            look: (Eyes::Owner, odd::OWNER),
            zone: odd::zone("Europe/Berlin"),
            hidden: Vec::new(),
            event,
            part: None,
            base: None,
            copy: Copy::None,
            there: None,
            stamp: None,
            hold: Hold::Free,
            home_hold: Hold::Free,
            writable: true,
            enabled: true,
            in_window: true,
            own: vec![odd::ME.into()],
            question: None,
            now: odd::now(),
            keeps: Keeps::Exactly,
            deleted_here: false,
        }
    }

    pub(crate) fn lens(&self) -> Lens<'_> {
        Lens {
            able: &self.able,
            settings: &self.settings,
            person: self.look.1,
            eyes: self.look.0,
            zone: &self.zone,
            hidden: &self.hidden,
        }
    }

    pub(crate) fn seen(&self) -> Option<Seen> {
        match self.lens().show_part(&self.event, self.part, self.now) {
            Shown::As(seen) => Some(*seen),
            Shown::Not(_) => None,
        }
    }

    pub(crate) fn decide(&self) -> Decision {
        let theirs = self.there.clone().map(|view| Theirs {
            view,
            versions: Versions::default(),
            stamp: self.stamp,
            hold: self.hold,
            page: None,
            left_out: Default::default(),
        });
        let side = match (&theirs, self.copy) {
            (Some(theirs), _) => Side::Seen(theirs),
            (None, Copy::None) => Side::Nothing,
            (None, _) => Side::Gone,
        };
        decide(&Situation {
            lens: &self.lens(),
            event: &self.event,
            part: self.part,
            base: self.base.as_ref(),
            copy: self.copy,
            theirs: side,
            home_hold: self.home_hold,
            writable: self.writable,
            enabled: self.enabled,
            in_window: self.in_window,
            own: &self.own,
            question: self.question,
            now: self.now,
        })
    }

    /// Carries a decision out. `false` where a crash came in between.
    pub(crate) fn carry_out(&mut self, decision: &Decision, crash: Crash) -> bool {
        match &decision.here {
            Here::Nothing => {}
            Here::Change(event) => self.event = (**event).clone(),
            Here::Delete => {
                self.event.deleted_at = Some(self.now);
                self.deleted_here = true;
            }
        }
        match &decision.there {
            There::Nothing => {
                if let Some(base) = &decision.base {
                    self.base = Some(base.clone());
                }
            }
            There::End => self.copy = Copy::Ended,
            There::Forget => self.copy = Copy::None,
            There::Create(view) | There::Recreate(view) => {
                let made = self.made(view);
                let agreed = Base::of((**view).clone(), (**view).clone());
                self.base = Some(after_write(&agreed, None, view, &made));
                self.there = Some(made);
                self.copy = Copy::Living;
            }
            There::Update { before, after } => {
                let agreed = decision.base.clone().expect("what is changed is agreed on");
                self.base.clone_from(&decision.meanwhile);
                if crash == Crash::BeforeEffect {
                    return false;
                }
                let made = self.written(before, after);
                self.there = Some(made.clone());
                if crash == Crash::AfterEffect {
                    return false;
                }
                self.base = Some(after_write(&agreed, Some(before), after, &made));
            }
            There::Delete => {
                self.there = None;
                self.copy = Copy::Ended;
            }
        }
        true
    }

    /// Goes on until there is nothing to do. Returns the decisions that did something, and the last, quiet one.
    pub(crate) fn settle(&mut self) -> (Vec<Decision>, Decision) {
        let mut did = Vec::new();
        loop {
            let decision = self.decide();
            let quiet = decision.here == Here::Nothing && matches!(decision.there, There::Nothing);
            let over = matches!(decision.there, There::End | There::Forget) && decision.here == Here::Nothing;
            self.carry_out(&decision, Crash::Never);
            if quiet || over {
                return (did, decision);
            }
            did.push(decision);
            assert!(did.len() <= 8, "it never ends: {did:#?}");
        }
    }

    fn made(&self, view: &View) -> View {
        let mut made = view.clone();
        if self.keeps == Keeps::Tidily {
            for text in [&mut made.title, &mut made.description, &mut made.location] {
                *text = tidy(text);
            }
            for change in made.overrides.values_mut() {
                let Override::Changed(patch) = change else { continue };
                for value in patch.values_mut() {
                    if let Value::Title(text) | Value::Description(text) | Value::Location(text) = value {
                        *text = tidy(text);
                    }
                }
            }
        }
        made.normalise();
        made
    }

    /// What is there after a write that touched only what it changed.
    fn written(&self, before: &View, after: &View) -> View {
        let mut there = self.there.clone().expect("what is changed is there");
        let made = self.made(after);
        for field in before.differing(after).iter() {
            there.take(field, &made);
        }
        let keys: Vec<_> = before.overrides.keys().chain(after.overrides.keys()).copied().collect();
        for key in keys.into_iter().filter(|key| before.overrides.get(key) != after.overrides.get(key)) {
            match made.overrides.get(&key) {
                Some(change) => there.overrides.insert(key, change.clone()),
                None => there.overrides.remove(&key),
            };
        }
        there.normalise();
        there
    }

    /// A person changes the copy.
    pub(crate) fn edit_there(&mut self, edits: &[Edit]) {
        let Some(mut view) = self.there.clone() else { return };
        for edit in edits {
            odd::edit(&mut view, edit);
        }
        if self.part.is_some() || self.able.series == Series::Occurrences {
            view.time.recurrence = None;
            view.normalise();
        }
        self.there = Some(crate::laws_lens::as_held(&self.lens(), &view));
    }

    /// A person changes the event.
    pub(crate) fn edit_here(&mut self, edits: &[Edit]) {
        let was = self.event.content.clone();
        for edit in edits {
            match edit {
                Edit::Set(value) if self.look.1 != self.event.owner => {
                    let own = self.event.personal.entry(self.look.1).or_default();
                    match value {
                        Value::Reminders(_) => {
                            let mut view = View::new(was.time.clone(), "");
                            view.set(value.clone());
                            view.normalise();
                            own.reminders = view.reminders;
                        }
                        Value::Colour(colour) => own.colour = *colour,
                        _ => odd::edit(&mut self.event.content, edit),
                    }
                }
                Edit::Set(Value::Description(text)) if text.contains("Anna") => {
                    self.event.booking.notes.clone_from(text);
                }
                _ => odd::edit(&mut self.event.content, edit),
            }
        }
        for field in was.differing(&self.event.content).iter() {
            self.event.accepted.insert(field, self.now);
        }
    }

    /// Where the copy is not what the provider makes of what the lens shows: "title", or "20261021T100000 title".
    pub(crate) fn differing(&self) -> Vec<String> {
        let (Some(seen), Some(there)) = (self.seen(), &self.there) else { return Vec::new() };
        let (ours, there) = (self.made(&seen.view), self.made(there));
        let held = seen.fields.minus(self.able.read_only);
        let apart = |a: &View, b: &View, fields: FieldSet| a.differing(b).and(fields);
        let mut found: Vec<String> = apart(&ours, &there, held).iter().map(|f| f.to_string()).collect();
        let keys: BTreeSet<OccurrenceKey> =
            ours.overrides.keys().chain(there.overrides.keys()).copied().collect();
        for key in keys {
            match (ours.occurrence(key), there.occurrence(key)) {
                (None, None) => {}
                (Some(a), Some(b)) => {
                    found.extend(apart(&a, &b, held.and(seen.parts)).iter().map(|f| format!("{key} {f}")));
                }
                (a, _) => found.push(format!("{key} is only {}", if a.is_some() { "here" } else { "there" })),
            }
        }
        found
    }
}

fn tidy(text: &str) -> String {
    let lines: Vec<String> =
        text.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    lines.join("\n").trim().to_owned()
}
