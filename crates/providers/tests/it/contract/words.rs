//! Words for tests: what is made, changed and read, in a line each.

use std::collections::BTreeMap;

use concord_model::capability::Series;
use concord_model::observed::{Item, Observation, Reading, State, Theirs};
use concord_model::privacy::Privacy;
use concord_model::recurrence::Recurrence;
use concord_model::view::{Availability, Colour, Override, Reminder, Reminders, Status};
use concord_model::{
    Cursor, EventId, ExternalId, Field, FieldSet, Generation, LinkId, Mark, Moment, OccurrenceKey, Span,
    View, Zone,
};
use concord_providers::Answer;
use concord_providers::provider::{Mail, Next, Write, Written};
use uuid::Uuid;

use super::World;

pub(crate) fn at(start: &str, end: &str) -> Span {
    let moment = |wall: &str| Moment::new(wall.parse().unwrap(), Zone::new("Europe/Berlin").unwrap());
    Span::timed(moment(start), moment(end)).unwrap()
}

pub(crate) fn coaching(title: &str) -> View {
    View::new(at("2026-11-24T10:00:00", "2026-11-24T11:00:00"), title)
}

pub(crate) fn class(title: &str) -> View {
    let mut view = coaching(title);
    let (recurrence, _) = Recurrence::parse(&["RRULE:FREQ=WEEKLY;COUNT=10"], &view.time.span).unwrap();
    view.time.recurrence = Some(recurrence);
    view
}

pub(crate) fn key(text: &str) -> OccurrenceKey {
    text.parse().unwrap()
}

/// A series, where the calendar can hold one.
pub(crate) fn repeating(world: &dyn World, title: &str) -> View {
    match world.provider().capabilities().series {
        Series::Rules => class(title),
        Series::Occurrences => coaching(title),
    }
}

/// The series with one occurrence changed.
pub(crate) fn but(series: &View, occurrence: &str, change: impl FnOnce(&mut View)) -> View {
    let mut series = series.clone();
    let mut one = series.occurrence(key(occurrence)).unwrap();
    change(&mut one);
    let change = View { overrides: BTreeMap::new(), ..series.clone() }.override_for(key(occurrence), &one);
    match change {
        Some(change) => drop(series.overrides.insert(key(occurrence), change)),
        None => drop(series.overrides.remove(&key(occurrence))),
    }
    series
}

/// The series without one occurrence.
pub(crate) fn without(series: &View, occurrence: &str) -> View {
    let mut series = series.clone();
    series.overrides.insert(key(occurrence), Override::Cancelled);
    series
}

pub(crate) fn mark(n: u128) -> Mark {
    Mark { event: EventId(Uuid::from_u128(n)), link: LinkId(Uuid::from_u128(99)) }
}

pub(crate) fn create(world: &dyn World, n: u128, view: View) -> Write {
    let mark = mark(n);
    let id = world.provider().id_for(mark.event, mark.link, Generation(0), None);
    let fields = world.provider().capabilities().fields;
    Write::Create {
        id,
        uid: format!("event-{n}@concord.test"),
        mark,
        view: Box::new(view),
        fields,
        was: None,
    }
}

pub(crate) fn update(world: &dyn World, id: &ExternalId, theirs: &Theirs, after: View) -> Write {
    Write::Update {
        id: id.clone(),
        versions: theirs.versions.clone(),
        before: Box::new(theirs.view.clone()),
        after: Box::new(after),
        fields: world.provider().capabilities().fields,
    }
}

pub(crate) async fn write(world: &dyn World, write: Write) -> Result<Written, Answer> {
    world.provider().write(&world.access(), &world.calendar(), &[write], Mail::Nobody).await.remove(0)
}

/// What a write made of what was known.
pub(crate) fn made(written: Written, known: Option<&Theirs>) -> Theirs {
    let Written::There(items) = written else { panic!("it should be there") };
    let mut seen = Observation::default();
    for item in items {
        seen.add(item, "2026-11-20T10:00:00Z".parse().unwrap());
    }
    seen.complete |= known.is_none();
    seen.over(known).expect("a write tells what is there")
}

/// Makes an event and returns its id, which may be another than was asked for, with what came of it.
pub(crate) async fn make(world: &dyn World, n: u128, view: View) -> (ExternalId, Theirs) {
    let create = create(world, n, view);
    let Write::Create { id, .. } = &create else { unreachable!("it is a create") };
    let asked = id.clone();
    let written = write(world, create).await.unwrap();
    (id_of(&written, &asked), made(written, None))
}

/// What the provider calls what was made under a name of ours.
pub(super) fn id_of(written: &Written, asked: &ExternalId) -> ExternalId {
    let Written::There(items) = written else { panic!("it should be there") };
    let whole = items.iter().find(|item| item.part.is_none()).expect("what was made is told");
    if whole.id != *asked {
        assert_eq!(whole.made_as.as_ref(), Some(asked), "another name is told together with ours");
    }
    whole.id.clone()
}

/// Changes what is there, and returns what came of it.
pub(crate) async fn change(world: &dyn World, id: &ExternalId, known: &Theirs, after: View) -> Theirs {
    let known_after = Theirs { view: after.clone(), ..known.clone() };
    made(write(world, update(world, id, known, after)).await.unwrap(), Some(&known_after))
}

pub(crate) async fn reading(world: &dyn World, id: &ExternalId) -> Reading {
    let ids = [id.clone()];
    world.provider().read(&world.access(), &world.calendar(), &ids).await.remove(0).unwrap()
}

/// What is there now, read directly.
pub(crate) async fn theirs(world: &dyn World, id: &ExternalId) -> Theirs {
    let Reading::Present(items) = reading(world, id).await else { panic!("it should be there") };
    Observation::read(items, "2026-11-20T10:00:00Z".parse().unwrap()).over(None).unwrap()
}

/// All pages from a cursor on.
pub(crate) async fn listing(world: &dyn World, from: Option<Cursor>) -> (Vec<Item>, Cursor) {
    let mut items = Vec::new();
    let mut cursor = from;
    for _ in 0..100 {
        let page =
            world.provider().changes(&world.access(), &world.calendar(), cursor.as_ref()).await.unwrap();
        for item in page.items {
            match item.state {
                // What is only named is read by whoever does not know that version.
                State::Unread => match reading(world, &item.id).await {
                    Reading::Present(read) => items.extend(read),
                    other => panic!("{other:?}"),
                },
                _ => items.push(item),
            }
        }
        match page.next {
            Next::More(next) => cursor = Some(next),
            Next::Done(next) => return (items, next),
            Next::Everything => panic!("it was to tell what changed"),
        }
    }
    panic!("a listing without end");
}

/// What a lens would show of it: what only the provider can write is not compared.
pub(crate) fn comparable(world: &dyn World, view: &View) -> View {
    let mut view = view.clone();
    let plain = View::new(view.time.clone(), "");
    // A calendar's own words are other ones after every write.
    let fields = world.provider().capabilities().fields.without(Field::Original);
    for field in FieldSet::ALL.minus(fields).iter() {
        view.take(field, &plain);
    }
    view
}

pub(crate) fn same(world: &dyn World, there: &View, meant: &View) {
    assert_eq!(comparable(world, there), comparable(world, meant));
}

/// An event with something in every field that can be compared without people.
pub(crate) fn full() -> View {
    let mut view = coaching("Coaching <b>now</b> & ☕");
    view.description = "Bring shoes\n\n  and <i>water</i> &amp; see https://example.com/?a=1&b=2".to_owned();
    view.location = "Studio A".to_owned();
    view.status = Status::Tentative;
    view.availability = Availability::Free;
    view.privacy = Privacy::Private;
    view.colour = Some(Colour::Basil);
    view.reminders = Reminders::Own(vec![Reminder { minutes_before: 25, by: Default::default() }]);
    view
}
