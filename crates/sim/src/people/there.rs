//! What people do on the other side.

use concord_model::agreed::Intent;
use concord_model::link::Direction;
use concord_model::{ExternalId, Field};
use concord_store::mappings;

use super::{among, comes_back, interesting_there, minutes, rule, when};
use crate::checks;
use crate::history::{Where, Written};
use crate::plan::WORD;
use crate::script::{Deed, There};
use crate::sides::{Fields, Thing};
use crate::world::{Stop, World, broken};

/// A person does it, if it can be done.
pub(crate) async fn there(world: &mut World, deed: Deed<There>) -> Result<(), Stop> {
    let Deed { what, pick, how } = deed;
    let Some(number) = among(&(0..world.links.len()).collect::<Vec<_>>(), pick) else { return Ok(()) };
    // A person needs a moment for it.
    world.time.pass(jiff::SignedDuration::from_secs(3));
    let (place, side) = (world.place(number), world.side(number));
    let mut living = side.living(&place.calendar);
    if comes_back(world, pick) {
        let hot = interesting_there(world, pick).await.map_err(|e| broken("what was touched", &e))?;
        if living.iter().any(|thing| hot.contains(&thing.id)) {
            living.retain(|thing| hot.contains(&thing.id));
        }
    }
    let thing: Option<Thing> = among(&living, pick / if world.plan.bold { 16 } else { 6 });
    let (field, word) = match what {
        There::EditDescription => (Field::Description, "Note"),
        There::EditLocation => (Field::Location, "Room"),
        There::Move | There::MoveOne | There::Recur => (Field::Time, ""),
        _ if what == There::EditOne && how.is_multiple_of(2) => (Field::Location, "Room"),
        _ if how.is_multiple_of(5) => (Field::Title, WORD),
        _ => (Field::Title, "Title"),
    };
    let (written, text) = match field {
        Field::Time => (world.past().number(), String::new()),
        _ => world.past().text(word),
    };
    let started = world.past().number();
    let mut fields = Fields::default();
    match field {
        Field::Title => fields.title = Some(text.clone()),
        // Some write over what is there, some above it.
        Field::Description if world.plan.bold && how.is_multiple_of(2) => {
            let below = thing.as_ref().map(|thing| thing.description.as_str()).unwrap_or_default();
            fields.description = Some(format!("{text}\n{below}").trim_end().to_owned());
        }
        Field::Description => fields.description = Some(text.clone()),
        Field::Location => fields.location = Some(text.clone()),
        _ => fields.start = Some((when(written, how), minutes(how))),
    }
    let mut noted: Vec<(u32, String, Field, bool)> = Vec::new();
    let at = |id: &str| Where::There { calendar: place.calendar.clone(), id: id.to_owned() };
    let id = thing.as_ref().map(|thing| thing.id.clone()).unwrap_or_default();
    let done = match what {
        There::Make | There::MakeSeries | There::Invite => {
            fields.start = Some((when(started, how), minutes(how)));
            fields.all_day = what == There::Make && how % 9 == 1;
            fields.rule = (what == There::MakeSeries).then(|| rule(how).to_owned());
            let about = (what == There::Invite && world.plan.bold).then(|| world.past().text("brings"));
            let said = || about.as_ref().map(|(_, text)| text.clone()).unwrap_or_default();
            fields.guest = (what == There::Invite).then(said);
            fields.private = (how % 11 == 4).then_some(true);
            let made = side.make(&place, &fields);
            if let Some(made) = &made {
                if let Some((number, _)) = about {
                    world.past().about_guests.insert(number, (place.calendar.clone(), made.clone()));
                }
                noted.push((written, made.clone(), field, false));
                if fields.private.is_some() {
                    world.past().hidden.insert(at(made));
                }
                if !fields.all_day {
                    noted.push((started, made.clone(), Field::Time, false));
                }
            }
            made.is_some()
        }
        _ if thing.is_none() => false,
        There::EditTitle | There::EditDescription | There::EditLocation => {
            noted.push((written, id.clone(), field, false));
            side.change(&place, &id, &fields)
        }
        There::EditOther => {
            let fields = match how % 3 {
                0 => Fields { colour: Some((how / 3 % 11) as u8), ..Fields::default() },
                1 => Fields { free: Some(how.is_multiple_of(2)), ..Fields::default() },
                _ => Fields { private: Some(true), ..Fields::default() },
            };
            if fields.private.is_some() {
                world.past().hidden.insert(at(&id));
            }
            side.change(&place, &id, &fields)
        }
        There::Move => {
            reshaped(world, at(&id));
            noted.push((written, id.clone(), Field::Time, false));
            side.change(&place, &id, &fields)
        }
        There::Recur => {
            reshaped(world, at(&id));
            let fields = Fields { rule: Some(rule(how).to_owned()), ..Fields::default() };
            side.change(&place, &id, &fields)
        }
        There::EditOne => {
            noted.push((written, id.clone(), field, true));
            side.change_one(&place, &id, how as usize, &fields).is_some()
        }
        There::MoveOne => {
            reshaped(world, at(&id));
            noted.push((written, id.clone(), Field::Time, true));
            side.change_one(&place, &id, how as usize, &fields).is_some()
        }
        There::CancelOne => {
            reshaped(world, at(&id));
            side.cancel_one(&place, &id, how as usize)
        }
        There::Split => {
            reshaped(world, at(&id));
            let made = side.split(&place, &id, how as usize, &fields);
            noted.extend(made.clone().map(|made| (written, made, field, false)));
            made.is_some()
        }
        There::Delete => {
            let unheard = may_be_unheard_of(world, &place.calendar, &id).await?;
            let done = side.delete(&place, &id);
            if done {
                world.past().deletes(at(&id));
                world.past().unheard.extend(unheard.then(|| at(&id)));
            }
            done
        }
        There::Sweep => {
            let mut count = 0;
            for thing in side.living(&place.calendar).into_iter().skip(how as usize % 3) {
                let unheard = may_be_unheard_of(world, &place.calendar, &thing.id).await?;
                if side.delete(&place, &thing.id) {
                    world.past().deletes(at(&thing.id));
                    world.past().unheard.extend(unheard.then(|| at(&thing.id)));
                    count += 1;
                }
            }
            count > 0
        }
        There::Copy => {
            let made = side.copy(&place, &id, &place.calendar, &fields);
            // What is copied of something hidden is as private as that, and so is what is copied of a block that hides it.
            let is_block = thing.as_ref().is_some_and(|thing| thing.text.starts_with("Busy"));
            let mut past = world.past();
            if let Some(made) = made.as_ref().filter(|_| is_block || past.hidden.contains(&at(&id))) {
                past.hidden.insert(at(made));
            }
            drop(past);
            noted.extend(made.clone().map(|made| (written, made, field, false)));
            made.is_some()
        }
        There::Relocate => {
            let calendars = side.calendars(place.person);
            match among(&calendars, how).filter(|to| *to != place.calendar) {
                Some(to) => {
                    let unheard = may_be_unheard_of(world, &place.calendar, &id).await?;
                    let done = side.relocate(&place, &id, &to);
                    if done {
                        world.past().moved.entry(at(&id)).or_default().insert(to.clone());
                        world.past().unheard.extend(unheard.then(|| at(&id)));
                        // What was written into it before anybody here had seen it is where nobody listens now.
                        if !is_listened_to(world, &to).await? {
                            world.past().takes_along(&at(&id));
                        }
                    }
                    done
                }
                None => false,
            }
        }
        There::Respond => side.respond(&place, &id, how.is_multiple_of(2)),
    };
    if !done {
        return Ok(());
    }
    let (from, until) = checks::window(world);
    if matches!(what, There::CancelOne | There::Split)
        && side.shown(&place, from, until).iter().all(|one| one.id != id)
    {
        // Whoever takes away the last occurrence takes away all of it (BM-053).
        world.past().deletes(at(&id));
    }
    for id in noted.iter().map(|(_, id, _, _)| id).chain(thing.as_ref().map(|thing| &thing.id)) {
        world.past().touched(at(id));
    }
    let step = world.step;
    for (number, id, field, part) in noted {
        let written = Written { at: at(&id), field, part, step, secret: false, gone: false };
        world.past().wrote(number, written);
    }
    let named =
        thing.map(|thing| thing.text.lines().next().unwrap_or_default().to_owned()).unwrap_or_default();
    world.tell(format!(
        "{what:?} in {}: {named} [{id}] {text}{}",
        place.calendar,
        match field {
            Field::Time => when(written, how).to_string(),
            _ => String::new(),
        }
    ));
    Ok(())
}

/// Whether what is in that calendar comes in.
async fn is_listened_to(world: &World, calendar: &str) -> Result<bool, Stop> {
    let links = world.link_rows().await.map_err(|e| broken("links", &e))?;
    Ok(links
        .iter()
        .any(|link| link.calendar.as_str() == calendar && link.settings.direction != Direction::Push))
}

/// Whether it is a copy that was made, and whose maker has not heard of that yet.
async fn may_be_unheard_of(world: &World, calendar: &str, id: &str) -> Result<bool, Stop> {
    let failed = |e| broken("what is under way", &e);
    let ids = [ExternalId(id.to_owned())];
    let links = world.link_rows().await.map_err(failed)?;
    for link in links.into_iter().filter(|link| link.calendar.as_str() == calendar) {
        let mut tx = world.engine.store.read().await.map_err(failed)?;
        let found = mappings::by_external(&mut tx, link.id, &ids).await.map_err(failed)?;
        if found.values().any(|mapping| matches!(mapping.intent, Some(Intent::Create(_)))) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn reshaped(world: &World, at: Where) {
    let mut past = world.past();
    let last = past.last();
    past.reshaped.insert(at, last);
}
