//! A class of five days in a row that a calendar and we agree on: what can be done to it, at which links, and what is then
//! decided, in words.

use concord_model::link::{DeletionPolicy, Direction, Policy};
use concord_model::observed::Hold;
use concord_model::people::{Answer, Attendee};
use concord_model::view::{Override, Patch, Value};
use concord_model::{Field, OccurrenceKey, Span, View};
use concord_sync::conflict::Piece;
use concord_sync::decide::{Here, There};
use concord_sync::lens::Eyes;
use jiff::ToSpan;

use crate::odd;
use crate::pair::Pair;

/// Five days in a row from the 21st, with this about them, agreed on. Occurrences are called by their day.
pub(crate) fn agreed(class: Change) -> Pair {
    let mut content = View::new(daily("10:00"), "Class");
    class(&mut content);
    let mut pair = Pair::of(odd::event(content));
    pair.settings.sight.guests = true;
    pair.settle();
    pair
}

pub(crate) fn daily(at: &str) -> concord_model::view::Timing {
    odd::timed(&format!("2026-10-21 {at}"), 60, Some("FREQ=DAILY;COUNT=5"))
}

/// The occurrence of a day, by the name that it has in this view.
pub(crate) fn on(view: &View, day: i8) -> OccurrenceKey {
    let Span::Timed(span) = &view.time.span else { panic!("the class has its hour") };
    OccurrenceKey::Time(span.start().wall() + i64::from(day - 21).days())
}

pub(crate) fn set(view: &mut View, day: i8, value: Value) {
    let key = on(view, day);
    let mut own = match view.overrides.remove(&key) {
        Some(Override::Changed(own)) => own,
        _ => Patch::new(),
    };
    own.insert(value.field(), value);
    view.overrides.insert(key, Override::Changed(own));
}

/// "10:00, 22 'Ours', 23 off": the hour of the series, and what is special about single days.
pub(crate) fn told(view: &View) -> String {
    let Span::Timed(span) = &view.time.span else { panic!("the class has its hour") };
    let mut said = vec![span.start().wall().strftime("%H:%M").to_string()];
    for (key, change) in &view.overrides {
        let OccurrenceKey::Time(at) = key else { panic!("the class has its hour") };
        let at = at.strftime("%d@%H").to_string();
        let at = at.trim_end_matches(&format!("@{}", span.start().wall().strftime("%H")));
        said.push(format!("{at} {}", special(change)));
    }
    said.join(", ")
}

pub(crate) fn special(change: &Override) -> String {
    let Override::Changed(own) = change else { return "off".to_owned() };
    let value = |value: &Value| match value {
        Value::Title(title) => format!("'{title}'"),
        Value::Location(place) => format!("in {place}"),
        Value::Attendees(guests) => {
            let guest = |guest: &Attendee| {
                let name = guest.address.as_str().split('@').next().unwrap_or_default().to_owned();
                match guest.answer {
                    Answer::Accepted => name + "+",
                    Answer::Declined => name + "-",
                    Answer::Tentative => name + "?",
                    Answer::Awaited => name,
                }
            };
            format!("with {}", guests.iter().map(guest).collect::<Vec<_>>().join(" and "))
        }
        other => format!("{}", other.field()),
    };
    own.values().map(value).collect::<Vec<_>>().join(" ")
}

/// What is decided, in words.
pub(crate) fn decided(pair: &Pair) -> String {
    let decision = pair.decide();
    let mut said = Vec::new();
    match &decision.here {
        Here::Nothing => {}
        Here::Change(event) => said.push(format!("here {}", told(&event.content))),
        Here::Delete => said.push("here nothing".to_owned()),
    }
    match &decision.there {
        There::Nothing => {}
        There::Update { after, .. } => said.push(format!("there {}", told(after))),
        other => said.push(format!("{other:?}")),
    }
    for clash in &decision.clashes {
        let piece = |piece: &Option<Piece>| match piece {
            Some(Piece::Occurrence(change)) => special(change),
            Some(Piece::Value(value)) => special(&Override::Changed([(value.field(), value.clone())].into())),
            Some(Piece::Gone) => "gone".to_owned(),
            None => "as usual".to_owned(),
        };
        let (about, verdict) = (clash.about, clash.verdict);
        let about = about.to_string().replace(" of the occurrence of 2026-10-", " of ");
        let about = about.replace("the occurrence of 2026-10-", "");
        said.push(format!("{about}: {} or {}, {verdict:?}", piece(&clash.ours), piece(&clash.theirs)));
    }
    for about in &decision.put_back {
        let about = about.to_string().replace(" of the occurrence of 2026-10-", " of ");
        said.push(format!("put back: {}", about.replace("the occurrence of 2026-10-", "")));
    }
    said.join("; ")
}

pub(crate) fn at(view: &mut View, hour: &str) {
    let on = |key: &OccurrenceKey| match key {
        OccurrenceKey::Time(at) => at.day(),
        OccurrenceKey::Date(day) => day.day(),
    };
    let special: Vec<(i8, Override)> =
        std::mem::take(&mut view.overrides).iter().map(|(key, own)| (on(key), own.clone())).collect();
    view.time = daily(hour);
    for (day, own) in special {
        view.overrides.insert(self::on(view, day), own);
    }
}

/// How a link is set, and whose eyes it has.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Link {
    Usual,
    Asks,
    KeepsOurs,
    KeepsTheirs,
    /// What is later stands, and they were.
    Later,
    OnlySends,
    OnlyBringsIn,
    Restores,
    AsksAboutEndings,
    Participates,
    ReadsOnly,
}
use Link::*;

pub(crate) const ALL: [Link; 11] = [
    Usual,
    Asks,
    KeepsOurs,
    KeepsTheirs,
    Later,
    OnlySends,
    OnlyBringsIn,
    Restores,
    AsksAboutEndings,
    Participates,
    ReadsOnly,
];

pub(crate) fn all_but(these: &[Link]) -> Vec<Link> {
    ALL.into_iter().filter(|link| !these.contains(link)).collect()
}

impl Link {
    fn set(self, pair: &mut Pair) {
        let settings = &mut pair.settings;
        match self {
            Usual => {}
            Asks => (settings.conflicts, settings.booking_time) = (Policy::Ask, Policy::Ask),
            KeepsOurs => settings.conflicts = Policy::KeepPlatform,
            KeepsTheirs => settings.conflicts = Policy::KeepExternal,
            Later => {
                settings.conflicts = Policy::LastWriteWins;
                pair.stamp = Some(pair.now);
                pair.event.accepted = Field::ALL.iter().map(|field| (*field, pair.now - 1.hours())).collect();
            }
            OnlySends => settings.direction = Direction::Push,
            OnlyBringsIn => settings.direction = Direction::Pull,
            Restores => settings.deletion = DeletionPolicy::Restore,
            AsksAboutEndings => settings.deletion = DeletionPolicy::Ask,
            Participates => pair.look = (Eyes::Participant, odd::CLIENT),
            ReadsOnly => pair.hold = Hold::ReadOnly,
        }
    }
}

pub(crate) fn nothing(_: &mut View) {}
pub(crate) fn off(view: &mut View) {
    view.overrides.insert(on(view, 22), Override::Cancelled);
}
pub(crate) fn plain(view: &mut View) {
    view.overrides.clear();
}
pub(crate) fn ours(view: &mut View) {
    set(view, 22, Value::Title("Ours".to_owned()));
}
pub(crate) fn theirs(view: &mut View) {
    set(view, 22, Value::Title("Theirs".to_owned()));
}
pub(crate) fn placed(view: &mut View) {
    set(view, 22, Value::Location("Theirs".to_owned()));
}
/// The whole series is called what the other side called an occurrence.
pub(crate) fn said_of_all(view: &mut View) {
    view.title = "Ours".to_owned();
}
pub(crate) fn moved(view: &mut View) {
    at(view, "11:00");
}
pub(crate) fn moved_later(view: &mut View) {
    at(view, "12:00");
}
pub(crate) fn moved_and_ours(view: &mut View) {
    moved(view);
    ours(view);
}
pub(crate) fn moved_and_theirs(view: &mut View) {
    moved(view);
    theirs(view);
}
pub(crate) fn moved_and_another(view: &mut View) {
    moved(view);
    set(view, 23, Value::Title("Theirs".to_owned()));
}
pub(crate) fn moved_and_off(view: &mut View) {
    moved(view);
    off(view);
}
/// Moved, and to take place once.
pub(crate) fn shortened(view: &mut View) {
    view.overrides.clear();
    view.time = odd::timed("2026-10-21 11:00", 60, Some("FREQ=DAILY;COUNT=1"));
}

pub(crate) fn guests(names: &[(&str, Answer)]) -> Vec<Attendee> {
    let guest = |(name, answer): &(&str, Answer)| Attendee {
        address: format!("{name}@example.org").into(),
        name: String::new(),
        answer: *answer,
        role: Default::default(),
    };
    names.iter().map(guest).collect()
}
pub(crate) fn accepts(view: &mut View) {
    set(view, 22, Value::Attendees(guests(&[("lee", Answer::Awaited), ("me", Answer::Accepted)])));
}
pub(crate) fn declines(view: &mut View) {
    set(view, 22, Value::Attendees(guests(&[("lee", Answer::Awaited), ("me", Answer::Declined)])));
}
pub(crate) fn invites(view: &mut View) {
    set(
        view,
        22,
        Value::Attendees(guests(&[
            ("kim", Answer::Awaited),
            ("lee", Answer::Awaited),
            ("me", Answer::Awaited),
        ])),
    );
}
pub(crate) fn invites_all(view: &mut View) {
    view.attendees = guests(&[("kim", Answer::Awaited), ("lee", Answer::Awaited), ("me", Answer::Accepted)]);
}
pub(crate) fn nobody(view: &mut View) {
    set(view, 22, Value::Attendees(Vec::new()));
}

/// Which class it is before it is agreed on.
pub(crate) fn usual(_: &mut View) {}
pub(crate) fn off_on_the_22nd(view: &mut View) {
    off(view);
}
pub(crate) fn invited(view: &mut View) {
    view.attendees = guests(&[("lee", Answer::Awaited), ("me", Answer::Awaited)]);
}
pub(crate) fn named_on_the_22nd(view: &mut View) {
    set(view, 22, Value::Title("Own".to_owned()));
}

pub(crate) type Change = fn(&mut View);

/// What is decided at these links after a class was changed here and there.
#[track_caller]
pub(crate) fn check(class: Change, links: &[Link], here: Change, there: Change, expected: &str) {
    for link in links {
        let mut pair = agreed(class);
        link.set(&mut pair);
        here(&mut pair.event.content);
        there(pair.there.as_mut().expect("the class is there"));
        assert_eq!(decided(&pair), expected, "{link:?}");
    }
}
