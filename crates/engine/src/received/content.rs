//! What of a letter becomes content: what the event is, and nothing that belongs to the guest. Pure.

use std::collections::{BTreeMap, BTreeSet};

use concord_model::people::{Address, Answer, Attendee};
use concord_model::view::{Availability, Override, Patch, Value};
use concord_model::{Field, FieldSet, OccurrenceKey, View};

/// The most guests of a meeting that are kept.
const GUESTS: usize = 300;
/// What an organiser has a say in. Reminders, colour and busy or free are the guest's own.
const THEIRS: [Field; 9] = [
    Field::Time,
    Field::Title,
    Field::Location,
    Field::Description,
    Field::Conference,
    Field::Status,
    Field::Privacy,
    Field::Organiser,
    Field::Attendees,
];

/// The event without a secret address in it: the person's own gives way to that of this installation, those of others are
/// left out, and no text tells a word.
pub(super) fn masked(letter: &View, secret: &BTreeMap<Address, String>, word: &str, home: &Address) -> View {
    let guests = |guests: &mut Vec<Attendee>| {
        guests.retain_mut(|guest| match secret.get(&guest.address) {
            None => true,
            Some(of) if of == word => {
                guest.address = home.clone();
                true
            }
            Some(_) => false,
        });
    };
    let text = |text: &mut String| {
        for word in secret.values().map(String::as_str).chain([word]) {
            if text.contains(word) {
                *text = text.replace(word, "…");
            }
        }
    };
    let mut view = letter.clone();
    guests(&mut view.attendees);
    [&mut view.title, &mut view.location, &mut view.description, &mut view.conference]
        .into_iter()
        .for_each(text);
    for change in view.overrides.values_mut() {
        let Override::Changed(patch) = change else { continue };
        for value in patch.values_mut() {
            match value {
                Value::Attendees(list) => guests(list),
                Value::Title(t) | Value::Location(t) | Value::Description(t) | Value::Conference(t) => {
                    text(t);
                }
                _ => {}
            }
        }
    }
    view.normalise();
    view
}

/// What a letter says of an event, as far as its organiser has a say in it.
pub(super) fn fitted(letter: &View, guest: Option<&Address>) -> View {
    let mut view = View::new(letter.time.clone(), "");
    THEIRS.iter().for_each(|field| view.take(*field, letter));
    view.overrides = letter.overrides.clone();
    for change in view.overrides.values_mut() {
        let Override::Changed(patch) = change else { continue };
        patch.retain(|field, _| THEIRS.contains(field));
        for value in patch.values_mut() {
            match value {
                Value::Conference(address) => joined(address),
                Value::Attendees(guests) => shorten(guests, guest),
                _ => {}
            }
        }
    }
    joined(&mut view.conference);
    shorten(&mut view.attendees, guest);
    view.normalise();
    view
}

/// Only what a browser opens safely is an address to join by.
fn joined(address: &mut String) {
    if !address.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://")) {
        address.clear();
    }
}

/// So many guests at most, and always the person themselves.
fn shorten(guests: &mut Vec<Attendee>, own: Option<&Address>) {
    let mut left = GUESTS;
    guests.retain(|guest| {
        let is_own = own == Some(&guest.address);
        left = left.saturating_sub(usize::from(!is_own));
        is_own || left > 0
    });
}

/// What one guest answered, if they are among the guests.
pub(crate) fn answer_of(guests: &[Attendee], guest: &Address) -> Option<Answer> {
    guests.iter().find(|one| one.address == *guest).map(|one| one.answer)
}

/// Sets the answer of a guest whose calendar it is: who does not come is free. Whoever comes after all is busy again.
pub(crate) fn set_answer(view: &mut View, guest: &Address, answer: Answer) {
    let before = answer_of(&view.attendees, guest);
    answer_in(&mut view.attendees, guest, answer);
    match (before, answer) {
        (_, Answer::Declined) => view.availability = Availability::Free,
        (Some(Answer::Declined), _) => view.availability = Availability::Busy,
        _ => {}
    }
}

fn answer_in(guests: &mut [Attendee], guest: &Address, answer: Answer) {
    guests.iter_mut().filter(|one| one.address == *guest).for_each(|one| one.answer = answer);
}

/// An event as a newer letter tells it. What is the guest's own stays: reminders, colour, busy or free, and the answer,
/// unless it was given to something else (`anew`). What letters of their own told of single occurrences stands as long
/// as the series keeps its times.
pub(super) fn renewed(
    before: &View,
    letter: View,
    guest: Option<&Address>,
    told_apart: &BTreeSet<OccurrenceKey>,
    retimed: bool,
    anew: bool,
) -> View {
    let mut after = letter;
    for field in FieldSet::PERSONAL.iter() {
        after.take(field, before);
    }
    if let Some(guest) = guest {
        let known = answer_of(&before.attendees, guest).unwrap_or_default();
        // Set as it was first, so that a refusal that no longer counts makes the time busy again.
        answer_in(&mut after.attendees, guest, known);
        let answer = if anew { Answer::Awaited } else { known };
        set_answer(&mut after, guest, answer);
        for (key, change) in &mut after.overrides {
            let Override::Changed(patch) = change else { continue };
            let known = before.occurrence(*key).and_then(|one| answer_of(&one.attendees, guest));
            let answer = if anew { Answer::Awaited } else { known.unwrap_or(answer) };
            if let Some(Value::Attendees(guests)) = patch.get_mut(&Field::Attendees) {
                answer_in(guests, guest, answer);
            }
        }
    }
    if !retimed {
        keep_apart(before, &mut after, told_apart);
    }
    after.normalise();
    after
}

/// What occurrences have of their own beside what the letter says.
fn keep_apart(before: &View, after: &mut View, told_apart: &BTreeSet<OccurrenceKey>) {
    for (key, change) in &before.overrides {
        if told_apart.contains(key) {
            after.overrides.entry(*key).or_insert_with(|| change.clone());
        }
        let Override::Changed(patch) = change else { continue };
        let own: Patch = patch
            .iter()
            .filter(|(field, _)| FieldSet::PERSONAL.has(**field))
            .map(|(field, value)| (*field, value.clone()))
            .collect();
        match after.overrides.get_mut(key) {
            _ if own.is_empty() => {}
            Some(Override::Changed(patch)) => {
                own.into_iter().for_each(|(field, value)| _ = patch.entry(field).or_insert(value));
            }
            Some(Override::Cancelled) => {}
            None => drop(after.overrides.insert(*key, Override::Changed(own))),
        }
    }
}

/// One occurrence as a letter of its own tells it, and whether it has to be answered anew: its time is another one.
pub(super) fn occurrence(
    series: &View,
    key: OccurrenceKey,
    letter: View,
    guest: Option<&Address>,
) -> (Option<Override>, bool) {
    let before = series.occurrence(key);
    let mut after = View { overrides: Default::default(), ..letter };
    after.time.recurrence = None;
    let stays = before.as_ref().is_some_and(|before| before.time.span.coincides(&after.time.span));
    for field in FieldSet::PERSONAL.iter() {
        after.take(field, before.as_ref().unwrap_or(series));
    }
    if let Some(guest) = guest {
        let known =
            before.as_ref().and_then(|before| answer_of(&before.attendees, guest)).unwrap_or_default();
        answer_in(&mut after.attendees, guest, known);
        set_answer(&mut after, guest, if stays { known } else { Answer::Awaited });
    }
    after.normalise();
    (series.override_for(key, &after), !stays)
}
