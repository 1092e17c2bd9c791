//! A mapping as it lies in its row.

use concord_model::agreed::{Base, Intent, Known};
use concord_model::observed::Observation;
use concord_model::{
    EventId, ExternalId, Generation, LinkId, MappingId, Mark, OccurrenceKey, Rev, WorkspaceId,
};
use jiff::Timestamp;

use crate::column::{Form, quiet, words};
use crate::db::{Record, Row};
use crate::error::Error;

/// One event on one link, or one occurrence of it where the calendar has no series.
#[derive(Clone, PartialEq)]
pub struct Mapping {
    /// Its name here.
    pub id: MappingId,
    /// Behind whose walls it is.
    pub workspace: WorkspaceId,
    /// On which link.
    pub link: LinkId,
    /// Which event; `None` for what was seen there and is not one of ours (yet).
    pub event: Option<EventId>,
    /// Which occurrence, where the calendar has no series.
    pub part: Option<OccurrenceKey>,
    /// What the provider calls it.
    pub external_id: Option<ExternalId>,
    /// Its name in the world.
    pub uid: Option<String>,
    /// The mark it was seen with.
    pub mark: Option<Mark>,
    /// How often it was made anew.
    pub generation: Generation,
    /// Whether the event came in by it.
    pub origin: bool,
    /// What both sides last agreed on.
    pub base: Option<Base>,
    /// What is known of the other side.
    pub known: Known,
    /// What was seen there since.
    pub observation: Option<Observation>,
    /// What is about to be done there.
    pub intent: Option<Intent>,
    /// The event's revision that both sides agreed on.
    pub synced_rev: Rev,
    /// How it stands.
    pub state: MappingState,
    /// Whether its person wants this one synced.
    pub enabled: bool,
    /// How often it was tried in vain.
    pub attempts: i64,
    /// When to try again.
    pub retry_at: Option<Timestamp>,
    /// What is wrong.
    pub error: Option<MappingError>,
    /// The number of the whole listing that last showed it; [`Mapping::UNSEEN`] for what has not been seen since its
    /// calendar was connected again.
    pub listed_in: i64,
    /// When it begins, in their view: for what lies outside the window.
    pub starts_at: Option<Timestamp>,
    /// When both sides last agreed.
    pub last_synced_at: Option<Timestamp>,
    /// When the copy was gone for good. The row stays as a tombstone.
    pub ended_at: Option<Timestamp>,
    /// The revision of the settings under which it was reconciled.
    pub settled: i64,
    /// How often someone other than a run made it pending. Kept by the store: [`super::save`] compares it and never
    /// writes it.
    pub touched: i64,
}
quiet! { Mapping }

words! {
    /// How a mapping stands.
    pub enum MappingState {
        /// Both sides agree.
        Synced = "synced",
        /// It is work.
        Pending = "pending",
        /// It was tried in vain.
        Error = "error",
        /// A person is asked.
        Conflict = "conflict",
    }
}

/// What is wrong with a mapping.
#[derive(Clone, PartialEq, Eq)]
pub struct MappingError {
    /// A stable word for it.
    pub code: String,
    /// What happened, in words.
    pub text: String,
    /// Whether it is not tried again by itself.
    pub parked: bool,
}

/// How an event, or one occurrence of it, stands on one link: what a list of events shows of a mapping, without the
/// large documents.
#[derive(Clone, PartialEq, Eq)]
pub struct Standing {
    /// Which event.
    pub event: EventId,
    /// On which link.
    pub link: LinkId,
    /// Which occurrence, where the calendar has no series.
    pub part: Option<OccurrenceKey>,
    /// What the provider calls it.
    pub external_id: Option<ExternalId>,
    /// How it stands.
    pub state: MappingState,
    /// Whether its person wants this one synced.
    pub enabled: bool,
    /// Whether the event came in by it.
    pub origin: bool,
    /// When both sides last agreed.
    pub last_synced_at: Option<Timestamp>,
    /// When to try again.
    pub retry_at: Option<Timestamp>,
    /// What is wrong, in words.
    pub error: Option<String>,
    /// Where its provider shows it to people.
    pub page: Option<String>,
}

impl Record for Standing {
    fn read(row: &Row) -> Result<Self, Error> {
        let Form(known): Form<Known> = row.col("known")?;
        Ok(Standing {
            event: row.col("event_id")?,
            link: row.col("link_id")?,
            part: part(row)?,
            external_id: row.col("external_id")?,
            state: row.col("state")?,
            enabled: row.col("enabled")?,
            origin: row.col("origin")?,
            last_synced_at: row.col("last_synced_at")?,
            retry_at: row.col("retry_at")?,
            error: row.col("error_text")?,
            page: known.page,
        })
    }
}

impl std::fmt::Debug for MappingError {
    /// The text may tell of the event: only the code is printed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MappingError({}{})", self.code, if self.parked { ", parked" } else { "" })
    }
}

impl Mapping {
    /// In no listing since the calendar was connected again (`rules.md` 18).
    pub const UNSEEN: i64 = -1;

    /// Whether it was known before its calendar was connected again, and has not been seen there since.
    pub fn is_unseen(&self) -> bool {
        self.listed_in == Mapping::UNSEEN
    }

    /// Whether there is a copy, or was asked for.
    pub fn is_copy(&self) -> bool {
        self.ended_at.is_none() && self.external_id.is_some()
    }

    /// The copy is gone for good, at that instant unless it was before. What stays is a tombstone: identifiers and
    /// versions, by which it is known if it comes back, and no text (`rules.md` 22).
    pub fn end(&mut self, at: Timestamp) {
        self.ended_at = Some(self.ended_at.unwrap_or(at));
        (self.base, self.observation, self.intent) = (None, None, None);
        (self.uid, self.error, self.retry_at) = (None, None, None);
        self.state = MappingState::Synced;
    }

    /// The same, of what is gone there: it can be put back there as it was.
    pub fn end_gone(&mut self, at: Timestamp) {
        self.end(at);
        self.known.gone = true;
    }

    /// A new, pending one of nothing yet.
    pub fn new(id: MappingId, workspace: WorkspaceId, link: LinkId) -> Mapping {
        Mapping {
            id,
            workspace,
            link,
            event: None,
            part: None,
            external_id: None,
            uid: None,
            mark: None,
            generation: Generation(0),
            origin: false,
            base: None,
            known: Known::default(),
            observation: None,
            intent: None,
            synced_rev: Rev(0),
            state: MappingState::Pending,
            enabled: true,
            attempts: 0,
            retry_at: None,
            error: None,
            listed_in: 0,
            starts_at: None,
            last_synced_at: None,
            ended_at: None,
            settled: 0,
            touched: 0,
        }
    }
}

impl Record for Mapping {
    fn read(row: &Row) -> Result<Self, Error> {
        let base: Option<Form<Base>> = row.col("base")?;
        let Form(known) = row.col("known")?;
        let observation: Option<Form<Observation>> = row.col("observation")?;
        let intent: Option<Form<Intent>> = row.col("intent")?;
        let code: Option<String> = row.col("error_code")?;
        let error = match code {
            None => None,
            Some(code) => Some(MappingError {
                code,
                text: row.col::<Option<String>>("error_text")?.unwrap_or_default(),
                parked: row.col("parked")?,
            }),
        };
        Ok(Mapping {
            id: row.col("id")?,
            workspace: row.col("workspace_id")?,
            link: row.col("link_id")?,
            event: row.col("event_id")?,
            part: part(row)?,
            external_id: row.col("external_id")?,
            uid: row.col("uid")?,
            mark: row.col("mark")?,
            generation: row.col("generation")?,
            origin: row.col("origin")?,
            base: base.map(|Form(base)| base),
            known,
            observation: observation.map(|Form(observation)| observation),
            intent: intent.map(|Form(intent)| intent),
            synced_rev: row.col("synced_rev")?,
            state: row.col("state")?,
            enabled: row.col("enabled")?,
            attempts: row.col("attempts")?,
            retry_at: row.col("retry_at")?,
            error,
            listed_in: row.col("listed_in")?,
            starts_at: row.col("starts_at")?,
            last_synced_at: row.col("last_synced_at")?,
            ended_at: row.col("ended_at")?,
            settled: row.col("settled")?,
            touched: row.col("touched")?,
        })
    }
}

fn part(row: &Row) -> Result<Option<OccurrenceKey>, Error> {
    match row.col::<String>("part")?.as_str() {
        "" => Ok(None),
        part => {
            part.parse().map(Some).map_err(|_| Error::broken("column part: the text is not an occurrence"))
        }
    }
}
