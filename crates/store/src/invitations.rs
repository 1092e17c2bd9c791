//! Invitations by mail: who was told what of an event, and the letters that tell it. Answers to invitations of others are
//! letters, too, and go out in the same way.
//!
//! A letter is an intent before it is an effect: it is kept whole before it goes out, taken by one worker, and what became
//! of it is noted. One whose worker is gone may or may not have gone out; it is not sent again by itself.

use concord_model::people::Address;
use concord_model::{EventId, WorkspaceId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::column::{quiet, words};
use crate::db::{One, Record, Row, Tx};
use crate::error::Error;

/// Somebody who was invited to an event by mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its name here.
    pub id: Uuid,
    /// Behind whose walls it is.
    pub workspace: WorkspaceId,
    /// To which event.
    pub event: EventId,
    /// Who.
    pub address: Address,
    /// What answers come back with. It opens nothing but this answer.
    pub token: String,
    /// The number of the last letter.
    pub sequence: u32,
    /// The number of the letter that last told another time: answers to earlier ones are about another time.
    pub timed: u32,
    /// The fingerprint of what was last told.
    pub told: String,
    /// The fingerprint of the time that was last told.
    pub told_time: String,
    /// Whether it was withdrawn.
    pub ended: bool,
    /// When the last answer was made, by the clock of whoever made it.
    pub answered_at: Option<Timestamp>,
    /// When they were first invited.
    pub created_at: Timestamp,
}
quiet! { Invitation }

/// A letter, out or on its way.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its name here, and in the world.
    pub id: Uuid,
    /// Behind whose walls it is.
    pub workspace: WorkspaceId,
    /// What it is about.
    pub about: About,
    /// Which letter to that person it is.
    pub sequence: u32,
    /// What it says.
    pub says: Says,
    /// Whom it goes to.
    pub recipient: Address,
    /// The whole of it, as it goes out.
    pub message: String,
    /// How it stands.
    pub state: LetterState,
    /// How often it was tried.
    pub attempts: i64,
    /// When to try it, or to try it again.
    pub due_at: Timestamp,
    /// What went wrong, in words.
    pub note: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was last tried.
    pub tried_at: Option<Timestamp>,
}
quiet! { Letter }

/// What a letter is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum About {
    /// An invitation of ours.
    Invitation(Uuid),
    /// An invitation of somebody else's, which it answers ([`crate::received`]).
    Received(Uuid),
}

words! {
    /// What a letter says.
    pub enum Says {
        /// Come, or come at another time.
        Request = "request",
        /// It does not take place, or not with you.
        Cancel = "cancel",
        /// Somebody here comes, or does not.
        Reply = "reply",
    }
}

words! {
    /// How a letter stands.
    pub enum LetterState {
        /// It will go out.
        Waiting = "waiting",
        /// A worker is at it.
        Sending = "sending",
        /// The mail server has taken it.
        Sent = "sent",
        /// The mail server refused it for good.
        Refused = "refused",
        /// It may or may not have gone out. It is not sent again by itself.
        Unknown = "unknown",
    }
}

fn number(row: &Row, column: &str) -> Result<u32, Error> {
    Ok(u32::try_from(row.col::<i64>(column)?).unwrap_or(u32::MAX))
}

impl Record for Invitation {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Invitation {
            id: row.col("id")?,
            workspace: row.col("workspace_id")?,
            event: row.col("event_id")?,
            address: row.col("address")?,
            token: row.col("token")?,
            sequence: number(row, "sequence")?,
            timed: number(row, "timed")?,
            told: row.col("told")?,
            told_time: row.col("told_time")?,
            ended: row.col("ended")?,
            answered_at: row.col("answered_at")?,
            created_at: row.col("created_at")?,
        })
    }
}

impl Record for Letter {
    fn read(row: &Row) -> Result<Self, Error> {
        let about = match (row.col("invitation_id")?, row.col("received_id")?) {
            (Some(invitation), _) => About::Invitation(invitation),
            (None, Some(received)) => About::Received(received),
            (None, None) => return Err(Error::broken("a letter is about nothing")),
        };
        Ok(Letter {
            id: row.col("id")?,
            workspace: row.col("workspace_id")?,
            about,
            sequence: number(row, "sequence")?,
            says: row.col("says")?,
            recipient: row.col("recipient")?,
            message: row.col("message")?,
            state: row.col("state")?,
            attempts: row.col("attempts")?,
            due_at: row.col("due_at")?,
            note: row.col("note")?,
            created_at: row.col("created_at")?,
            tried_at: row.col("tried_at")?,
        })
    }
}

/// Returns an event's invitations, by address, the withdrawn ones too.
pub async fn of_event(tx: &mut Tx, workspace: WorkspaceId, event: EventId) -> Result<Vec<Invitation>, Error> {
    tx.sql("SELECT * FROM invitations WHERE event_id = $1 AND workspace_id = $2 ORDER BY address")
        .bind(event)
        .bind(workspace)
        .all()
        .await
}

/// Returns the invitation that is answered with that token.
pub async fn by_token(tx: &mut Tx, token: &str) -> Result<Option<Invitation>, Error> {
    tx.sql("SELECT * FROM invitations WHERE token = $1").bind(token).opt().await
}

/// Saves an invitation, a new one too.
pub async fn save(tx: &mut Tx, one: &Invitation) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO invitations (id, workspace_id, event_id, address, token, sequence, timed, told, told_time, ended,
                                  answered_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (id) DO UPDATE
         SET sequence = excluded.sequence, timed = excluded.timed, told = excluded.told,
             told_time = excluded.told_time, ended = excluded.ended, answered_at = excluded.answered_at",
    )
    .bind(one.id)
    .bind(one.workspace)
    .bind(one.event)
    .bind(&one.address)
    .bind(&one.token)
    .bind(i64::from(one.sequence))
    .bind(i64::from(one.timed))
    .bind(&one.told)
    .bind(&one.told_time)
    .bind(one.ended)
    .bind(one.answered_at)
    .bind(one.created_at)
    .run()
    .await
    .map(drop)
}

/// Adds a letter. [`Error::Taken`] when there is one of that number to that person (I-37).
pub async fn add_letter(tx: &mut Tx, letter: &Letter) -> Result<(), Error> {
    let (invitation, received) = match letter.about {
        About::Invitation(id) => (Some(id), None),
        About::Received(id) => (None, Some(id)),
    };
    tx.sql(
        "INSERT INTO letters (id, workspace_id, invitation_id, received_id, sequence, says, recipient, message, state,
                              attempts, due_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(letter.id)
    .bind(letter.workspace)
    .bind(invitation)
    .bind(received)
    .bind(i64::from(letter.sequence))
    .bind(letter.says)
    .bind(&letter.recipient)
    .bind(&letter.message)
    .bind(letter.state)
    .bind(letter.attempts)
    .bind(letter.due_at)
    .bind(letter.created_at)
    .run()
    .await
    .map(drop)
}

/// Returns the letters of an event's invitations, the oldest first.
pub async fn letters_of(tx: &mut Tx, workspace: WorkspaceId, event: EventId) -> Result<Vec<Letter>, Error> {
    tx.sql(
        "SELECT l.* FROM letters l JOIN invitations i ON i.id = l.invitation_id
         WHERE i.event_id = $1 AND i.workspace_id = $2 ORDER BY l.created_at, l.id",
    )
    .bind(event)
    .bind(workspace)
    .all()
    .await
}

/// Returns the letters that answer an invitation of somebody else's, the oldest first.
pub async fn replies_to(tx: &mut Tx, workspace: WorkspaceId, received: Uuid) -> Result<Vec<Letter>, Error> {
    tx.sql("SELECT * FROM letters WHERE received_id = $1 AND workspace_id = $2 ORDER BY sequence")
        .bind(received)
        .bind(workspace)
        .all()
        .await
}

/// Whether there is a letter to take, or one whose worker took it before `since`.
pub async fn is_work(tx: &mut Tx, now: Timestamp, since: Timestamp) -> Result<bool, Error> {
    let One(count) = tx
        .sql(
            "SELECT COUNT(*) FROM letters
             WHERE (state = 'waiting' AND due_at <= $1) OR (state = 'sending' AND tried_at < $2)",
        )
        .bind(now)
        .bind(since)
        .one::<One<i64>>()
        .await?;
    Ok(count > 0)
}

/// Takes the letter that has been due longest: no other worker gets it.
pub async fn take(tx: &mut Tx, now: Timestamp) -> Result<Option<Letter>, Error> {
    tx.sql(
        "UPDATE letters SET state = 'sending', attempts = attempts + 1, tried_at = $1
         WHERE state = 'waiting' AND id = (SELECT id FROM letters WHERE state = 'waiting' AND due_at <= $1
                                           ORDER BY due_at, id LIMIT 1)
         RETURNING *",
    )
    .bind(now)
    .opt()
    .await
}

/// Notes what became of a letter that was taken. A later due time means that it is tried again.
pub async fn settle(
    tx: &mut Tx,
    id: Uuid,
    state: LetterState,
    due_at: Timestamp,
    note: Option<&str>,
) -> Result<(), Error> {
    tx.sql("UPDATE letters SET state = $2, due_at = $3, note = $4 WHERE id = $1 AND state = 'sending'")
        .bind(id)
        .bind(state)
        .bind(due_at)
        .bind(note.map(ToOwned::to_owned))
        .run()
        .await
        .map(drop)
}

/// What has not come back since then may or may not have gone out. Returns how many letters that are.
pub async fn give_up_since(tx: &mut Tx, since: Timestamp, note: &str) -> Result<u64, Error> {
    tx.sql("UPDATE letters SET state = 'unknown', note = $2 WHERE state = 'sending' AND tried_at < $1")
        .bind(since)
        .bind(note.to_owned())
        .run()
        .await
}
