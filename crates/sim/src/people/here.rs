//! What people do here, as the API does it for them.

use concord_engine::edit::{self, Change, New, Scope};
use concord_engine::{Error, undo};
use concord_model::event::Booking;
use concord_model::people::Attendee;
use concord_model::privacy::Privacy;
use concord_model::recurrence::{self, Recurrence, Rule};
use concord_model::view::{Availability, Colour, Patch, Status, Timing, Value};
use concord_model::{Event, Field, OccurrenceKey, View};
use concord_store::Actor;
use jiff::SignedDuration;

use super::{among, backups, comes_back, interesting, minutes, rule, settings, span, when};
use crate::history::{Where, Written};
use crate::plan::WORD;
use crate::script::{Deed, Here};
use crate::world::{Stop, World, broken, zone};

/// A person does it, if it can be done.
pub(crate) async fn here(world: &mut World, deed: Deed<Here>) -> Result<(), Stop> {
    let Deed { what, pick, how } = deed;
    let done = match what {
        Here::Make | Here::MakeSeries | Here::Book => make(world, what, pick, how).await,
        Here::EditTitle => edit_text(world, pick, Field::Title, Whole).await,
        Here::EditDescription => edit_text(world, pick, Field::Description, Whole).await,
        Here::EditLocation => edit_text(world, pick, Field::Location, Whole).await,
        Here::EditOther => edit_other(world, pick, how).await,
        Here::Move => move_it(world, pick, how, Whole).await,
        Here::Recur => recur(world, pick, how).await,
        Here::EditOne => edit_text(world, pick, text_field(how), One(how)).await,
        Here::MoveOne => move_it(world, pick, how, One(how)).await,
        Here::Split => edit_text(world, pick, text_field(how), Following(how)).await,
        Here::CancelOne => delete(world, pick, One(how)).await,
        Here::CutShort => delete(world, pick, Following(how)).await,
        Here::Share => share(world, pick, how).await,
        Here::Invite => invite(world, pick).await,
        Here::Delete => delete(world, pick, Whole).await,
        Here::Sweep => sweep(world, how).await,
        Here::Undo => take_back(world, pick).await,
        Here::Backup if world.plan.bold => return backups::make(world).await,
        Here::Restore if world.plan.bold => return backups::restore(world).await,
        _ => return settings::act(world, deed).await,
    };
    refused(world, &format!("{what:?}"), done)
}

/// What the API refuses is told and harms nothing; what the database cannot do stops the world.
pub(super) fn refused(world: &mut World, what: &str, done: Result<(), Error>) -> Result<(), Stop> {
    match done {
        Ok(()) => Ok(()),
        Err(Error::Store(error)) => Err(broken(what, &error)),
        Err(error) => {
            world.tell(format!("{what} was refused: {error}"));
            Ok(())
        }
    }
}

/// What of a series is meant.
#[derive(Clone, Copy)]
enum Part {
    Whole,
    One(u32),
    Following(u32),
}
use Part::{Following, One, Whole};

fn text_field(how: u32) -> Field {
    [Field::Title, Field::Description, Field::Location][(how / 3 % 3) as usize]
}

fn word(field: Field) -> &'static str {
    match field {
        Field::Title => "Title",
        Field::Description => "Note",
        _ => "Room",
    }
}

fn value(field: Field, text: String) -> Value {
    match field {
        Field::Title => Value::Title(text),
        Field::Description => Value::Description(text),
        _ => Value::Location(text),
    }
}

fn is_secret(event: &View) -> bool {
    event.privacy.is_private()
}

async fn make(world: &mut World, what: Here, pick: u32, how: u32) -> Result<(), Error> {
    let owner = among(&world.users, pick).ok_or(Error::NotFound("person"))?;
    let (title, description, start) = {
        let mut past = world.past();
        let word = if how.is_multiple_of(5) { WORD } else { "Title" };
        (past.text(word), past.text("Note"), past.number())
    };
    let all_day = what == Here::Make && how % 9 == 1;
    let mut content = View::new(span(when(start, how), minutes(how), all_day), title.1.as_str());
    content.description = description.1;
    if how % 7 == 2 {
        content.privacy = if how.is_multiple_of(2) { Privacy::Private } else { Privacy::Confidential };
    }
    if how % 13 == 3 {
        content.status = Status::Tentative;
    }
    if what == Here::MakeSeries {
        let rule = Rule::parse(rule(how), &content.time.span).expect("the rules fit any start");
        content.time.recurrence = Some(Recurrence::from(rule));
    }
    let mut booking = Booking::default();
    if what == Here::Book {
        booking.session_type = Some("one_on_one".to_owned());
        booking.notes = world.past().text("Private").1;
    }
    if world.users.len() > 1 && how % 4 == 1 {
        booking.participants =
            among(&world.users, pick / 16).into_iter().filter(|user| *user != owner).collect();
    }
    let secret = is_secret(&content);
    let made =
        edit::create(&world.engine, world.workspace, New { owner, content, booking, uid: None }).await?;
    let at = Where::Here(made.id);
    if secret {
        world.past().private.insert(made.id);
    }
    wrote(world, title.0, &at, Field::Title, false, secret);
    wrote(world, description.0, &at, Field::Description, false, secret);
    if !all_day {
        wrote(world, start, &at, Field::Time, false, secret);
    }
    world.tell(format!("{what:?} here: {} ({})", made.content.title, made.content.time.span.key()));
    Ok(())
}

fn wrote(world: &World, number: u32, at: &Where, field: Field, part: bool, secret: bool) {
    let step = world.step;
    world.past().wrote(number, Written { at: at.clone(), field, part, step, secret, gone: false });
}

async fn one(world: &World, pick: u32) -> Result<Event, Error> {
    let mut events = world.events().await?;
    if comes_back(world, pick) {
        let hot = interesting(world, pick).await?;
        if events.iter().any(|event| hot.contains(&event.id)) {
            events.retain(|event| hot.contains(&event.id));
        }
    }
    let pick = if world.plan.bold { pick / 16 } else { pick };
    let one = among(&events, pick).ok_or(Error::NotFound("event"))?;
    world.past().touched(Where::Here(one.id));
    Ok(one)
}

/// One of the occurrences that take place.
fn nth(event: &Event, how: u32) -> Option<OccurrenceKey> {
    let from =
        event.content.time.span.start_instant(&zone()).saturating_sub(SignedDuration::from_hours(24 * 90));
    let until =
        event.content.time.span.start_instant(&zone()).saturating_add(SignedDuration::from_hours(24 * 400));
    let all =
        recurrence::expand(&event.content.time, &event.content.overrides, (from.ok()?, until.ok()?), &zone());
    among(&all.ok()?, how).map(|occurrence| occurrence.key)
}

fn scope(event: &Event, part: Part) -> Result<Scope, Error> {
    let none = Error::NotFound("occurrence");
    Ok(match part {
        Whole => Scope::All,
        _ if !event.content.is_series() => return Err(none),
        One(how) => Scope::This(nth(event, how).ok_or(none)?),
        Following(how) => Scope::Following(nth(event, how).ok_or(none)?),
    })
}

async fn change(
    world: &mut World,
    event: &Event,
    scope: Scope,
    patch: Patch,
) -> Result<(Event, Option<Event>), Error> {
    let change = Change { patch, ..Change::default() };
    let by = Actor::User(event.owner);
    edit::change(&world.engine, world.workspace, event.id, scope, change, by).await
}

async fn edit_text(world: &mut World, pick: u32, field: Field, part: Part) -> Result<(), Error> {
    let event = one(world, pick).await?;
    let scope = scope(&event, part)?;
    let (number, text) = world.past().text(word(field));
    let mut patch: Patch = [(field, value(field, text.clone()))].into();
    // Now and then one occurrence is nobody else's business.
    let hides = world.plan.bold && matches!(part, One(how) if how.is_multiple_of(4));
    if hides {
        patch.insert(Field::Privacy, Value::Privacy(Privacy::Private));
        world.past().private.insert(event.id);
    }
    let (after, tail) = change(world, &event, scope, patch).await?;
    if let Some(tail) = tail.as_ref().filter(|tail| is_secret(&tail.content)) {
        world.past().private.insert(tail.id);
    }
    let (at, in_part) = match (&tail, scope) {
        (Some(tail), _) => (Where::Here(tail.id), false),
        (None, Scope::This(_)) => (Where::Here(event.id), true),
        _ => (Where::Here(event.id), false),
    };
    if tail.is_some() || matches!(scope, Scope::Following(_)) {
        reshaped(world, &event);
    }
    wrote(world, number, &at, field, in_part, hides || is_secret(&after.content));
    world.tell(format!("{} here: {field} of {scope:?} becomes {text}", event.content.title));
    Ok(())
}

fn reshaped(world: &World, event: &Event) {
    let mut past = world.past();
    let last = past.last();
    past.reshaped.insert(Where::Here(event.id), last);
}

async fn edit_other(world: &mut World, pick: u32, how: u32) -> Result<(), Error> {
    let event = one(world, pick).await?;
    let value = match how % 5 {
        0 => Value::Colour(Some(Colour::ALL[(how / 5 % 11) as usize])),
        1 => Value::Availability(match event.content.availability {
            Availability::Busy => Availability::Free,
            Availability::Free => Availability::Busy,
        }),
        2 => Value::Privacy(match event.content.privacy {
            Privacy::Default => Privacy::Private,
            _ => Privacy::Default,
        }),
        3 => Value::Status(match event.content.status {
            Status::Tentative => Status::Confirmed,
            _ => Status::Tentative,
        }),
        _ => Value::Privacy(Privacy::Private),
    };
    world.tell(format!("{} here: {} becomes {value:?}", event.content.title, value.field()));
    match value {
        Value::Privacy(Privacy::Default) => world.past().reveal(&event),
        Value::Privacy(_) => drop(world.past().private.insert(event.id)),
        Value::Status(_) if event.content.status == Status::Cancelled => {
            world.past().brought_back.insert(event.id);
        }
        _ => {}
    }
    change(world, &event, Scope::All, [(value.field(), value)].into()).await?;
    Ok(())
}

async fn move_it(world: &mut World, pick: u32, how: u32, part: Part) -> Result<(), Error> {
    let event = one(world, pick).await?;
    let scope = scope(&event, part)?;
    let number = world.past().number();
    let all_day = event.content.time.span.is_all_day();
    let to = span(when(number, how), minutes(how), all_day);
    let recurrence = match scope {
        Scope::This(_) => None,
        _ => event.content.time.recurrence.clone(),
    };
    let time = Value::Time(Timing { span: to.clone(), recurrence });
    change(world, &event, scope, [(Field::Time, time)].into()).await?;
    reshaped(world, &event);
    if !all_day {
        let at = Where::Here(event.id);
        wrote(world, number, &at, Field::Time, matches!(scope, Scope::This(_)), is_secret(&event.content));
    }
    world.tell(format!("{} here: {scope:?} moves to {}", event.content.title, to.key()));
    Ok(())
}

async fn recur(world: &mut World, pick: u32, how: u32) -> Result<(), Error> {
    let event = one(world, pick).await?;
    let span = event.content.time.span.clone();
    let recurrence = match event.content.time.recurrence {
        Some(_) if how.is_multiple_of(2) => None,
        _ => Some(Recurrence::from(Rule::parse(rule(how), &span).expect("the rules fit any start"))),
    };
    let repeats = recurrence.is_some();
    let time = Value::Time(Timing { span, recurrence });
    change(world, &event, Scope::All, [(Field::Time, time)].into()).await?;
    reshaped(world, &event);
    world.tell(format!("{} here: repeats = {repeats}", event.content.title));
    Ok(())
}

/// Somebody joins, or is left out again.
async fn share(world: &mut World, pick: u32, how: u32) -> Result<(), Error> {
    let event = one(world, pick).await?;
    let other = among(&world.users, how).filter(|user| *user != event.owner);
    let other = other.ok_or(Error::NotFound("person"))?;
    let mut booking = event.booking.clone();
    let left_out = booking.participants.contains(&other);
    match left_out {
        true => booking.participants.retain(|user| *user != other),
        false => booking.participants.push(other),
    }
    let change = Change { booking: Some(booking), ..Change::default() };
    let by = Actor::User(event.owner);
    edit::change(&world.engine, world.workspace, event.id, Scope::All, change, by).await?;
    let does = if left_out { "is left out" } else { "joins" };
    world.tell(format!("{} here: person {} {does}", event.content.title, how as usize % world.users.len()));
    Ok(())
}

/// Somebody who lives elsewhere is invited.
async fn invite(world: &mut World, pick: u32) -> Result<(), Error> {
    let event = one(world, pick).await?;
    let number = world.past().number();
    let mut guests = event.content.attendees.clone();
    let (name, answer, role) = (String::new(), Default::default(), Default::default());
    guests.push(Attendee { address: format!("guest{number}@elsewhere.test").into(), name, answer, role });
    change(world, &event, Scope::All, [(Field::Attendees, Value::Attendees(guests))].into()).await?;
    world.tell(format!("{} here: guest {number} is invited", event.content.title));
    Ok(())
}

/// A person clears the table: most of what is here is deleted at once.
async fn sweep(world: &mut World, how: u32) -> Result<(), Error> {
    let mut count = 0;
    for (nth, event) in world.events().await?.into_iter().enumerate() {
        let by = Actor::User(event.owner);
        if nth % 4 != how as usize % 4
            && edit::delete(&world.engine, world.workspace, event.id, Scope::All, None, by).await.is_ok()
        {
            world.past().deleted.insert(Where::Here(event.id));
            count += 1;
        }
    }
    world.tell(format!("{count} events are deleted here at once"));
    Ok(())
}

async fn delete(world: &mut World, pick: u32, part: Part) -> Result<(), Error> {
    let event = one(world, pick).await?;
    let scope = scope(&event, part)?;
    let by = Actor::User(event.owner);
    // Noted first: whoever sees it gone may ask who did it.
    let after = edit::delete(&world.engine, world.workspace, event.id, scope, None, by).await?;
    if after.deleted_at.is_some() || after.content.status == Status::Cancelled {
        world.past().deleted.insert(Where::Here(event.id));
    }
    // A booking that was called off before may lose a part of itself all the same.
    if scope != Scope::All {
        reshaped(world, &event);
    }
    world.tell(format!("{} here: {scope:?} is deleted", event.content.title));
    Ok(())
}

/// Also what was deleted is taken back: it is looked for among what was ever written.
async fn take_back(world: &mut World, pick: u32) -> Result<(), Error> {
    let mut known: Vec<_> = world
        .past()
        .written
        .values()
        .filter_map(|written| match &written.at {
            Where::Here(event) => Some(*event),
            Where::There { .. } => None,
        })
        .collect();
    known.sort();
    known.dedup();
    known.extend(world.events().await?.iter().map(|event| event.id));
    let id = among(&known, pick).ok_or(Error::NotFound("event"))?;
    let by = among(&world.users, pick).ok_or(Error::NotFound("person"))?;
    let after = undo::undo(&world.engine, world.workspace, id, None, by).await?;
    let mut past = world.past();
    let last = past.last();
    past.undone.insert(id, last);
    past.reveal(&after);
    drop(past);
    world.tell(format!("{} here: the last change is taken back", after.content.title));
    Ok(())
}
