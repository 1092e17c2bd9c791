//! The answer to somebody else's invitation, by mail (PR-5): a person says what they answer, sees whom it would be told to,
//! and only their word sends it (BE-7).
//!
//! An answer that is not sent stays here: the time is free or busy by it, and nobody is told. What the organiser knows
//! already is not told again. The letter holds the answer and what it answers, and nothing else of the person's calendar.

use concord_model::event::{Event, Origin};
use concord_model::observed::PartStart;
use concord_model::people::{Address, Answer, Attendee, Organiser};
use concord_model::recurrence;
use concord_model::view::{Override, Patch, Status, Timing, Value};
use concord_model::{EventId, Field, OccurrenceKey, View, WorkspaceId};
use concord_store::events::{self, Actor};
use concord_store::invitations::{self as letters, About, Letter, LetterState, Says};
use concord_store::received::{self as rows, Received};
use concord_store::{Tx, letterboxes, users};
use jiff::Timestamp;
use secrecy::ExposeSecret;

use crate::error::{Error, Result};
use crate::invitations::{Mail, fingerprint};
use crate::received::{answer_of, by_name, named, set_answer, start_of};
use crate::{Engine, edit};

/// The answers that can be given.
pub const ANSWERS: [Answer; 3] = [Answer::Accepted, Answer::Tentative, Answer::Declined];

/// What an answer has to say.
pub struct Wording<'a> {
    /// Which letter, in the world.
    pub id: uuid::Uuid,
    /// What the organiser calls the event.
    pub uid: &'a str,
    /// Which occurrence is answered, if only one is: on the clock of `time`.
    pub part: Option<OccurrenceKey>,
    /// When it is.
    pub time: &'a Timing,
    /// What it is called.
    pub title: &'a str,
    /// Whom the answer goes to.
    pub organiser: &'a Organiser,
    /// Who answers, and what.
    pub guest: &'a Attendee,
    /// Who answers, by name.
    pub name: &'a str,
    /// The word of the secret address, where that is who is invited.
    pub word: Option<&'a str>,
    /// Which revision is answered.
    pub sequence: u32,
    /// When it is written.
    pub at: Timestamp,
}

/// How it stands with somebody else's invitation.
#[derive(Clone, PartialEq)]
pub struct Standing {
    /// Who invites, and would be told.
    pub organiser: Organiser,
    /// What the person answered, as far as is known here.
    pub answer: Answer,
    /// What the organiser was last told from here.
    pub told: Option<Answer>,
    /// For each answer that would be news to the organiser, the word for exactly that letter.
    pub consent: Vec<(Answer, String)>,
    /// Why it cannot be answered from here, if so.
    pub hindered: Option<String>,
    /// The last letter to the organiser.
    pub letter: Option<Letter>,
}

/// Says how it stands with an invitation, or with one occurrence of it, and what an answer would send to whom.
pub async fn look(
    engine: &Engine,
    workspace: WorkspaceId,
    id: EventId,
    of: Option<OccurrenceKey>,
) -> Result<Standing> {
    let mut tx = engine.store.read().await?;
    let event = events::get(&mut tx, workspace, id).await.map_err(|_| Error::NotFound("event"))?;
    Ok(Desk::at(engine, &mut tx, event, of).await?.standing())
}

/// Notes an answer here. With the word for the letter that was shown, the organiser is told, and nobody else.
pub async fn answer(
    engine: &Engine,
    workspace: WorkspaceId,
    id: EventId,
    of: Option<OccurrenceKey>,
    answer: Answer,
    send: Option<(&str, &dyn Mail)>,
    by: Actor,
) -> Result<Standing> {
    if !ANSWERS.contains(&answer) {
        let why = "say accepted, tentative or declined".to_owned();
        return Err(Error::Invalid { field: "answer", why });
    }
    let mut tx = engine.store.begin().await?;
    let event = edit::held(&mut tx, workspace, id).await?;
    let desk = Desk::at(engine, &mut tx, event, of).await?;
    let (None, Some(guest)) = (&desk.hindered, &desk.row.guest) else {
        return Err(Error::ReadOnly(desk.hindered.unwrap_or_default()));
    };
    let mut row = desk.row.clone();
    if let Some((consent, mail)) = send {
        if desk.consent(answer).as_deref() != Some(consent) {
            return Err(Error::Changed);
        }
        row.told = Some(answer);
        rows::save(&mut tx, &row).await?;
        let letter = desk.letter(engine, &mut tx, &row, guest, answer, mail).await?;
        letters::add_letter(&mut tx, &letter).await.map_err(|error| match error {
            // Somebody else has just answered.
            concord_store::Error::Taken { .. } => Error::Changed,
            other => other.into(),
        })?;
    } else {
        rows::save(&mut tx, &row).await?;
    }
    let mut after = desk.event.clone();
    answer_here(&mut after.content, of, guest, answer)?;
    edit::check(&mut after.content)?;
    if after != desk.event {
        edit::store(engine, &mut tx, &desk.event, &mut after, by, engine.now()).await?;
    }
    let standing = Desk::at(engine, &mut tx, after, of).await?.standing();
    tx.commit().await?;
    Ok(standing)
}

/// The answer in the person's own calendar. One to the whole series is one to each of its occurrences.
fn answer_here(content: &mut View, of: Option<OccurrenceKey>, guest: &Address, answer: Answer) -> Result<()> {
    if let Some(key) = of {
        let Some(mut one) = content.occurrence(key) else { return Err(no_occurrence()) };
        set_answer(&mut one, guest, answer);
        let patch: Patch = [Value::Attendees(one.attendees), Value::Availability(one.availability)]
            .map(|value| (value.field(), value))
            .into();
        *content = recurrence::edit_this(content, key, &patch).map_err(|_| no_occurrence())?;
        return Ok(());
    }
    set_answer(content, guest, answer);
    let availability = content.availability;
    for change in content.overrides.values_mut() {
        let Override::Changed(patch) = change else { continue };
        if let Some(Value::Attendees(guests)) = patch.get_mut(&Field::Attendees) {
            guests.iter_mut().filter(|one| one.address == *guest).for_each(|one| one.answer = answer);
        }
        if let Some(value) = patch.get_mut(&Field::Availability) {
            *value = Value::Availability(availability);
        }
    }
    content.normalise();
    Ok(())
}

fn no_occurrence() -> Error {
    let why = "the event has no such occurrence".to_owned();
    Error::Invalid { field: "occurrence", why }
}

/// Somebody else's invitation, or one occurrence of it.
struct Desk {
    event: Event,
    /// What was told of it; of an occurrence that no letter was about, what was told of the whole.
    row: Received,
    /// When it is, and who is invited.
    shown: View,
    letters: Vec<Letter>,
    hindered: Option<String>,
}

impl Desk {
    async fn at(engine: &Engine, tx: &mut Tx, event: Event, of: Option<OccurrenceKey>) -> Result<Desk> {
        let known = match event.origin {
            Origin::Mail => rows::of_event(tx, event.workspace, event.id).await?,
            Origin::Platform | Origin::Link(_) => Vec::new(),
        };
        // An occurrence whose series is not known stands alone, and is the whole event here.
        let whole = known.iter().find(|row| row.part.is_empty() || !event.content.is_series());
        let whole = whole.ok_or(Error::NotFound("invitation"))?;
        let (row, shown) =
            match of {
                None => (whole.clone(), event.content.clone()),
                Some(key) => {
                    let occurs = recurrence::occurs(&event.content.time, key).unwrap_or(false);
                    let there =
                        event.content.is_series() && (occurs || event.content.overrides.contains_key(&key));
                    let shown = event.content.occurrence(key).filter(|_| there).ok_or_else(no_occurrence)?;
                    let part = named(start_of(key, &event.content.time.span));
                    let row = known.iter().find(|row| row.part == part).cloned().unwrap_or_else(|| {
                        Received { id: engine.id(), part, created_at: engine.now(), ..whole.clone() }
                    });
                    (row, shown)
                }
            };
        let letters = letters::replies_to(tx, event.workspace, row.id).await?;
        let is_guest = row.guest.as_ref().is_some_and(|guest| answer_of(&shown.attendees, guest).is_some());
        let hindered = if row.ended || shown.status == Status::Cancelled {
            Some("its organiser called it off; there is nothing to answer")
        } else if event.deleted_at.is_some() {
            Some("it was taken out of the calendar; put it back first")
        } else if !is_guest {
            Some("none of your addresses is on its guest list; answer from where you were invited")
        } else {
            None
        };
        Ok(Desk { event, row, shown, letters, hindered: hindered.map(str::to_owned) })
    }

    fn standing(self) -> Standing {
        let of_guest = |guest: &Address| answer_of(&self.shown.attendees, guest);
        Standing {
            answer: self.row.guest.as_ref().and_then(of_guest).unwrap_or_default(),
            told: self.row.told,
            consent: ANSWERS.into_iter().filter_map(|answer| Some((answer, self.consent(answer)?))).collect(),
            organiser: self.organiser(),
            hindered: self.hindered,
            letter: self.letters.into_iter().next_back(),
        }
    }

    fn organiser(&self) -> Organiser {
        let named = self.shown.organiser.clone().filter(|one| one.address == self.row.organiser);
        named.unwrap_or_else(|| Organiser { address: self.row.organiser.clone(), name: String::new() })
    }

    /// The word for exactly the letter that tells that answer; none where it would be no news, or cannot be sent.
    fn consent(&self, answer: Answer) -> Option<String> {
        let lost = self
            .letters
            .last()
            .is_some_and(|last| matches!(last.state, LetterState::Refused | LetterState::Unknown));
        if self.hindered.is_some() || (self.row.told == Some(answer) && !lost) {
            return None;
        }
        let row = &self.row;
        let what = (answer, &row.organiser, &row.guest, &row.uid, &row.part, row.sequence, &self.shown.time);
        Some(fingerprint(&(what, self.letters.len())))
    }

    async fn letter(
        &self,
        engine: &Engine,
        tx: &mut Tx,
        row: &Received,
        guest: &Address,
        answer: Answer,
        mail: &dyn Mail,
    ) -> Result<Letter> {
        let (now, workspace) = (engine.now(), row.workspace);
        let user = users::get(tx, workspace, row.user).await?;
        let secret = match row.by_word {
            true => {
                let letterbox = letterboxes::get(tx, workspace, row.letterbox).await?;
                Some(letterboxes::word(tx, &engine.vault, &letterbox).await?)
            }
            false => None,
        };
        let invited = self.shown.attendees.iter().find(|one| one.address == *guest);
        let guest = Attendee {
            address: guest.clone(),
            name: user.name.clone(),
            answer,
            role: invited.map(|one| one.role).unwrap_or_default(),
        };
        let part = by_name(&row.part).map(|start: PartStart| start.key(&self.shown.time.span));
        let id: uuid::Uuid = engine.id();
        let organiser = self.organiser();
        let wording = Wording {
            id,
            uid: &row.uid,
            part,
            time: &self.shown.time,
            title: &self.shown.title,
            organiser: &organiser,
            guest: &guest,
            name: &user.name,
            word: secret.as_ref().map(ExposeSecret::expose_secret),
            sequence: row.sequence,
            at: now,
        };
        let message = mail.reply(&wording).map_err(|why| Error::Invalid { field: "organiser", why })?;
        Ok(Letter {
            id,
            workspace,
            about: About::Received(row.id),
            sequence: self.letters.last().map_or(0, |last| last.sequence + 1),
            says: Says::Reply,
            recipient: organiser.address,
            message,
            state: LetterState::Waiting,
            attempts: 0,
            due_at: now,
            note: None,
            created_at: now,
            tried_at: None,
        })
    }
}
