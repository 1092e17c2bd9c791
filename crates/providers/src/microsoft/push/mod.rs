//! How writes become calls.
//!
//! What happens once is one call, and many go out together. A series is several: its master, and each special occurrence
//! under an id of its own that has to be looked up; all of them share one version that moves with every write, so they go
//! one after the other ([`series`]).
//!
//! Whoever writes to an event with guests makes Outlook mail them, and nothing can switch that off (trap 9). Unless the link
//! allows mail, such a write is refused before it is made, and says who would have been told.

mod series;

use concord_model::observed::{Item, Versions};
use concord_model::people::Attendee;
use concord_model::view::Override;
use concord_model::{Etag, ExternalId, Field, FieldSet, Mark, View};
use jiff::{SignedDuration, Timestamp};

use super::calls::{Call, Heard};
use super::pull::{Desk, Found, Sent};
use super::{answers, convert, wire};
use crate::answer::Answer;
use crate::provider::{Mail, Write, Written};

/// The fields that can be written at all. What Outlook has for a status is part of whether somebody is busy.
pub(super) const WRITABLE: FieldSet = FieldSet::ALL
    .without(Field::Status)
    .without(Field::Conference)
    .without(Field::Organiser)
    .without(Field::Attachments)
    .without(Field::Original);

/// So long after it made an event, Outlook may still be at work on it by itself.
const SETTLES: SignedDuration = SignedDuration::from_secs(5);

/// What is to be made.
#[derive(Clone, Copy)]
struct New<'a> {
    id: &'a ExternalId,
    uid: &'a str,
    mark: &'a Mark,
    view: &'a View,
    fields: FieldSet,
}

/// What is to be changed.
#[derive(Clone, Copy)]
struct Change<'a> {
    id: &'a ExternalId,
    versions: &'a Versions,
    before: &'a View,
    after: &'a View,
    fields: FieldSet,
}

/// How far a write is.
enum Stage {
    /// It is looked at first.
    Look(Call),
    /// It goes out.
    Go(Call),
    /// It goes by itself, after the others.
    Alone,
    /// It is over.
    Over(Result<Written, Answer>),
}

/// Carries out writes. One answer for each, in order.
pub(super) async fn write(desk: &Desk<'_>, writes: &[Write], mail: Mail) -> Vec<Result<Written, Answer>> {
    let mut stages: Vec<Stage> =
        writes.iter().map(|write| begin(desk, write, mail).unwrap_or_else(over)).collect();
    let mut looked = Vec::new();
    for (place, stage) in stages.iter().enumerate() {
        if let Stage::Look(call) = stage {
            looked.push((place, call.clone()));
        }
    }
    let calls: Vec<Call> = looked.iter().map(|(_, call)| call.clone()).collect();
    for ((place, _), heard) in looked.into_iter().zip(desk.line.ask_all(&calls).await) {
        let next = look(heard, desk).and_then(|there| go_on(desk, &writes[place], mail, &there));
        stages[place] = match (&writes[place], next) {
            (Write::Delete { .. }, Err(Answer::Gone)) => Stage::Over(Ok(Written::Gone)),
            (_, next) => next.unwrap_or_else(over),
        };
    }
    put_off(&mut stages);
    let going: Vec<(usize, Call)> = stages
        .iter()
        .enumerate()
        .filter_map(|(place, stage)| match stage {
            Stage::Go(call) => Some((place, call.clone())),
            _ => None,
        })
        .collect();
    let calls: Vec<Call> = going.iter().map(|(_, call)| call.clone()).collect();
    for ((place, _), heard) in going.into_iter().zip(desk.line.ask_all(&calls).await) {
        stages[place] = Stage::Over(done(desk, &writes[place], heard));
    }
    put_off(&mut stages);
    let mut answers = Vec::with_capacity(writes.len());
    let mut stop: Option<Answer> = None;
    for (write, stage) in writes.iter().zip(stages) {
        let answer = match (stage, &stop) {
            (Stage::Over(answer), _) => answer,
            (_, Some(stop)) => Err(stop.clone()),
            (_, None) => series::write(desk, write, mail).await,
        };
        stop = stop.or(answer.as_ref().err().and_then(Answer::of_account));
        answers.push(answer);
    }
    answers
}

/// What was answered that holds for all calls of the account holds for those that are still to be made (I-33).
fn put_off(stages: &mut [Stage]) {
    let refused = stages.iter().find_map(|stage| match stage {
        Stage::Over(Err(answer)) => answer.of_account(),
        _ => None,
    });
    if let Some(refused) = refused {
        let left = stages.iter_mut().filter(|stage| matches!(stage, Stage::Go(_) | Stage::Alone));
        left.for_each(|stage| *stage = over(refused.clone()));
    }
}

fn over(answer: Answer) -> Stage {
    Stage::Over(Err(answer))
}

fn begin(desk: &Desk<'_>, write: &Write, mail: Mail) -> Result<Stage, Answer> {
    match write {
        Write::Create { id, uid, mark, view, fields, .. } => {
            let new = New { id, uid, mark, view, fields: fields.and(WRITABLE) };
            firewall(mail, guests(view, new.fields))?;
            if convert::transaction(id).is_none() {
                // It was made before, and Graph has given it a name since.
                return Err(Answer::Exists);
            }
            Ok(if has_special(view) { Stage::Alone } else { Stage::Go(create(desk, new)?) })
        }
        Write::Update { id, versions, before, after, fields } => {
            let change = Change { id, versions, before, after, fields: fields.and(WRITABLE) };
            let version = version(versions)?;
            if before.is_series() || after.is_series() {
                return Ok(Stage::Alone);
            }
            let changed = before.differing(after).and(change.fields);
            if must_look(before, after, changed) {
                return Ok(Stage::Look(desk.calls.plain_event(desk.calendar, id.as_str())));
            }
            let patch = convert::change(before, after, changed, None).map_err(rejected)?;
            if patch.is_empty() {
                return Ok(Stage::Over(Ok(Written::There(Vec::new()))));
            }
            Ok(Stage::Go(desk.calls.patch(desk.calendar, id.as_str(), version, patch)))
        }
        Write::Delete { id, versions } => {
            let version = version(versions)?;
            Ok(match mail {
                Mail::Nobody => Stage::Look(desk.calls.plain_event(desk.calendar, id.as_str())),
                Mail::Guests => Stage::Go(desk.calls.delete(desk.calendar, id.as_str(), version)),
            })
        }
    }
}

/// Whether the event must be looked at before it is changed: where it has guests, for who they are and whose it is; where
/// a list can only be written whole; and where a meeting keeps something of its own in the text.
fn must_look(before: &View, after: &View, changed: FieldSet) -> bool {
    !before.attendees.is_empty()
        || !after.attendees.is_empty()
        || changed.has(Field::Colour)
        || (changed.has(Field::Description) && !before.conference.is_empty())
}

fn look(heard: Result<Heard, Answer>, desk: &Desk<'_>) -> Result<Sent, Answer> {
    Sent::read(&heard?, desk.now(), false)
}

/// What is to be done about what is there.
fn go_on(desk: &Desk<'_>, write: &Write, mail: Mail, there: &Sent) -> Result<Stage, Answer> {
    let current = |versions: &Versions| {
        let version = version(versions)?.clone();
        if there.event.etag.as_deref() == Some(version.as_str()) { Ok(version) } else { Err(Answer::Stale) }
    };
    match write {
        Write::Create { .. } => Err(answers::unreadable(false)),
        Write::Delete { id, versions } => {
            let version = current(versions)?;
            firewall(mail, who_hears(&there.event))?;
            Ok(Stage::Go(desk.calls.delete(desk.calendar, id.as_str(), &version)))
        }
        Write::Update { id, versions, before, after, fields } => {
            let version = current(versions)?;
            let changed = before.differing(after).and(fields.and(WRITABLE));
            if convert::is_guest(&there.event) {
                return as_guest(desk, id, &version, (before, after), changed, mail, &there.event);
            }
            firewall(mail, who_hears(&there.event) + guests(after, changed))?;
            let patch = convert::change(before, after, changed, Some(&there.event)).map_err(rejected)?;
            if patch.is_empty() {
                return Ok(Stage::Over(Ok(Written::There(Vec::new()))));
            }
            Ok(Stage::Go(desk.calls.patch(desk.calendar, id.as_str(), &version, patch)))
        }
    }
}

/// A guest's answer is said, not written, and nobody is told unless that is allowed; what is the guest's own is written.
fn as_guest(
    desk: &Desk<'_>,
    id: &ExternalId,
    version: &Etag,
    (before, after): (&View, &View),
    changed: FieldSet,
    mail: Mail,
    there: &wire::Event,
) -> Result<Stage, Answer> {
    if changed.has(Field::Attendees) {
        let answered = |guest: &&Attendee| {
            let known = before.attendees.iter().find(|known| known.address == guest.address);
            known.is_some_and(|known| known.answer != guest.answer)
        };
        let word = after.attendees.iter().find(answered).and_then(|guest| answer_word(guest));
        let Some(word) = word else {
            return Err(rejected("only the organiser can change who is invited".to_owned()));
        };
        return Ok(Stage::Go(desk.calls.respond(desk.calendar, id.as_str(), word, mail == Mail::Guests)));
    }
    let patch = convert::change(before, after, changed, Some(there)).map_err(rejected)?;
    if patch.is_empty() {
        return Ok(Stage::Over(Ok(Written::There(Vec::new()))));
    }
    Ok(Stage::Go(desk.calls.patch(desk.calendar, id.as_str(), version, patch)))
}

fn answer_word(guest: &Attendee) -> Option<&'static str> {
    use concord_model::people::Answer as Said;
    match guest.answer {
        Said::Accepted => Some("accept"),
        Said::Tentative => Some("tentativelyAccept"),
        Said::Declined => Some("decline"),
        // Nobody can take an answer back there.
        Said::Awaited => None,
    }
}

/// What came of a write that was one call.
fn done(desk: &Desk<'_>, write: &Write, heard: Result<Heard, Answer>) -> Result<Written, Answer> {
    match (write, heard) {
        (Write::Delete { .. }, Ok(_) | Err(Answer::Gone)) => Ok(Written::Gone),
        (_, Err(answer)) => Err(answer),
        (Write::Create { id, uid, mark, view, fields, .. }, Ok(heard)) => {
            let new = New { id, uid, mark, view, fields: fields.and(WRITABLE) };
            Ok(Written::There(vec![made(new, &Sent::read(&heard, desk.now(), true)?)?]))
        }
        // An answer to an invitation is taken without a word: what became of the event comes with the next changes.
        (Write::Update { .. }, Ok(heard)) if heard.body.is_empty() => {
            Err(Answer::Unknown("the answer was sent, and what became of it is not known yet".to_owned()))
        }
        (Write::Update { .. }, Ok(heard)) => {
            let sent = Sent::read(&heard, desk.now(), true)?;
            Ok(Written::There(vec![sent.item()]))
        }
    }
}

fn create(desk: &Desk<'_>, new: New<'_>) -> Result<Call, Answer> {
    let event = convert::new_event(new.id, new.uid, new.mark, new.view, new.fields).map_err(rejected)?;
    Ok(desk.calls.create(desk.calendar, event))
}

/// What was made, with our notes, which the answer does not tell.
///
/// A transaction that was carried out before is answered with the event that it made. One that somebody has changed since
/// is not what was asked for now: it is to be read.
fn made(new: New<'_>, sent: &Sent) -> Result<Item, Answer> {
    let there = convert::plain(&sent.event).map_err(|_| answers::unreadable(true))?;
    let told = |time: &Option<String>| time.as_deref().and_then(|time| time.parse::<Timestamp>().ok());
    let (created, modified) =
        (told(&sent.event.created_date_time), told(&sent.event.last_modified_date_time));
    let since =
        created.zip(modified).is_some_and(|(created, modified)| modified.duration_since(created) > SETTLES);
    if since || there.title != new.view.title || !there.time.span.coincides(&new.view.time.span) {
        return Err(Answer::Exists);
    }
    Ok(Item {
        made_as: Some(new.id.clone()),
        mark: Some(new.mark.clone()),
        uid: Some(new.uid.to_owned()),
        ..sent.item()
    })
}

// --- the invitation firewall

/// How many people a write to that event would tell.
fn who_hears(there: &wire::Event) -> usize {
    if convert::is_guest(there) {
        return 0;
    }
    there.attendees.as_ref().map_or(0, Vec::len)
}

fn guests(view: &View, fields: FieldSet) -> usize {
    if fields.has(Field::Attendees) { view.attendees.len() } else { 0 }
}

/// Refuses what would be told by mail where nobody may be (BE-7, I-37).
fn firewall(mail: Mail, hear: usize) -> Result<(), Answer> {
    if mail == Mail::Guests || hear == 0 {
        return Ok(());
    }
    let why = "Outlook would tell the event's guests by mail, which is not switched on for this calendar: change it in \
               Outlook, or allow mail to guests";
    Err(rejected(why.to_owned()))
}

fn rejected(why: String) -> Answer {
    Answer::Rejected { why, read_only: false }
}

fn version(versions: &Versions) -> Result<&Etag, Answer> {
    // Nothing is ever written blindly (I-16): without a version it must be read first.
    versions.whole.as_ref().ok_or(Answer::Stale)
}

fn has_special(view: &View) -> bool {
    view.overrides.values().any(|change| match change {
        Override::Cancelled => true,
        Override::Changed(patch) => !patch.is_empty(),
    })
}

/// The event as it is there now, whole.
async fn whole(desk: &Desk<'_>, id: &str) -> Result<Sent, Answer> {
    match desk.fetch(&[ExternalId(id.to_owned())]).await.pop() {
        Some(Ok(Found::There(sent))) => Ok(*sent),
        Some(Ok(Found::Missing)) | None => Err(Answer::Gone),
        Some(Err(answer)) => Err(answer),
    }
}
