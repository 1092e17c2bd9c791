//! Invitations of others that came in by mail: what was last told of an event, or of one occurrence of it, by whom, and what
//! was answered.

use concord_model::people::{Address, Answer};
use concord_model::{EventId, UserId, WorkspaceId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::column::quiet;
use crate::db::{One, Record, Row, Tx};
use crate::error::Error;
use crate::form;

/// What was told of an event, or of one occurrence.
#[derive(Clone, PartialEq, Eq)]
pub struct Received {
    /// Its name here.
    pub id: Uuid,
    /// Behind whose walls it is.
    pub workspace: WorkspaceId,
    /// Who is invited.
    pub user: UserId,
    /// The address that the last letter came to.
    pub letterbox: Uuid,
    /// The event that it is here.
    pub event: EventId,
    /// What its organiser calls it.
    pub uid: String,
    /// Which occurrence of a series, if it tells of one: in UTC where it has a zone, so that all who name it do it alike.
    /// Empty for the whole.
    pub part: String,
    /// Who invited. Nobody else can change anything.
    pub organiser: Address,
    /// As whom the person is invited, where that is known.
    pub guest: Option<Address>,
    /// Whether that is the secret address itself.
    pub by_word: bool,
    /// The organiser's count of what was last told.
    pub sequence: u32,
    /// When that was written, by the organiser's clock.
    pub stamp: Option<Timestamp>,
    /// When the letter was written that last told another time of the whole.
    pub retimed: Option<Timestamp>,
    /// Whether it was cancelled.
    pub ended: bool,
    /// What the organiser was last answered.
    pub told: Option<Answer>,
    /// When it came in.
    pub created_at: Timestamp,
}
quiet! { Received }

impl Record for Received {
    fn read(row: &Row) -> Result<Self, Error> {
        let told: Option<String> = row.col("told")?;
        Ok(Received {
            id: row.col("id")?,
            workspace: row.col("workspace_id")?,
            user: row.col("user_id")?,
            letterbox: row.col("letterbox_id")?,
            event: row.col("event_id")?,
            uid: row.col("uid")?,
            part: row.col("part")?,
            organiser: row.col("organiser")?,
            guest: row.col("guest")?,
            by_word: row.col("by_word")?,
            sequence: u32::try_from(row.col::<i64>("sequence")?).unwrap_or(u32::MAX),
            stamp: row.col("stamp")?,
            retimed: row.col("retimed")?,
            ended: row.col("ended")?,
            told: told.map(|told| form::read(&told)).transpose().map_err(Error::broken)?,
            created_at: row.col("created_at")?,
        })
    }
}

/// Returns what a person was told under that name, of the whole and of occurrences.
pub async fn of_uid(tx: &mut Tx, user: UserId, uid: &str) -> Result<Vec<Received>, Error> {
    tx.sql("SELECT * FROM received WHERE user_id = $1 AND uid = $2 ORDER BY part")
        .bind(user)
        .bind(uid)
        .all()
        .await
}

/// Returns what was told of an event.
pub async fn of_event(tx: &mut Tx, workspace: WorkspaceId, event: EventId) -> Result<Vec<Received>, Error> {
    tx.sql("SELECT * FROM received WHERE event_id = $1 AND workspace_id = $2 ORDER BY part")
        .bind(event)
        .bind(workspace)
        .all()
        .await
}

/// Returns how much came in for a person since then.
pub async fn count_since(tx: &mut Tx, user: UserId, since: Timestamp) -> Result<i64, Error> {
    let One(count) = tx
        .sql("SELECT COUNT(*) FROM received WHERE user_id = $1 AND created_at > $2")
        .bind(user)
        .bind(since)
        .one::<One<i64>>()
        .await?;
    Ok(count)
}

/// Saves one, a new one too.
pub async fn save(tx: &mut Tx, one: &Received) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO received (id, workspace_id, user_id, letterbox_id, event_id, uid, part, organiser, guest, by_word,
                               sequence, stamp, retimed, ended, told, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
         ON CONFLICT (id) DO UPDATE
         SET letterbox_id = excluded.letterbox_id, event_id = excluded.event_id, guest = excluded.guest,
             by_word = excluded.by_word, sequence = excluded.sequence, stamp = excluded.stamp,
             retimed = excluded.retimed, ended = excluded.ended, told = excluded.told",
    )
    .bind(one.id)
    .bind(one.workspace)
    .bind(one.user)
    .bind(one.letterbox)
    .bind(one.event)
    .bind(&one.uid)
    .bind(&one.part)
    .bind(&one.organiser)
    .bind(&one.guest)
    .bind(one.by_word)
    .bind(i64::from(one.sequence))
    .bind(one.stamp)
    .bind(one.retimed)
    .bind(one.ended)
    .bind(one.told.map(|told| form::write(&told)))
    .bind(one.created_at)
    .run()
    .await
    .map(drop)
}

/// Forgets what was told of single occurrences of an event: the whole was told anew, at another time.
pub async fn forget_parts(tx: &mut Tx, event: EventId) -> Result<(), Error> {
    tx.sql("DELETE FROM received WHERE event_id = $1 AND part <> ''").bind(event).run().await.map(drop)
}
