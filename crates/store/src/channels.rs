//! Channels: push subscriptions at providers.
//!
//! A channel is written down before the provider is asked to open it, so that none is ever open that is not known
//! here (I-32).

use std::collections::BTreeMap;

use concord_model::{ChannelId, EventId, LinkId, WorkspaceId};
use jiff::Timestamp;
use secrecy::SecretString;

use crate::column::words;
use crate::db::{CHUNK, One, Record, Row, Tx, expect_one};
use crate::error::Error;
use crate::vault::{Place, Sealer, Vault};

/// A push subscription at a provider.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Channel {
    /// Its name here.
    pub id: ChannelId,
    /// Behind whose walls it is.
    pub workspace: WorkspaceId,
    /// For which link.
    pub link: LinkId,
    /// What the provider calls it: the name that notices carry.
    pub external: String,
    /// What the provider calls what it watches.
    pub resource: Option<String>,
    /// How it stands.
    pub state: ChannelState,
    /// When it ends by itself.
    pub ends_at: Option<Timestamp>,
    /// When it was written down.
    pub opened_at: Timestamp,
    /// When it last told something.
    pub last_notice_at: Option<Timestamp>,
    /// How often it did.
    pub notices: i64,
    /// Why there is none: what the provider said.
    pub why: Option<String>,
    /// How often something was found since the last notice of which it, or one that it came after, had not told.
    pub missed: i64,
    /// When something was last found of which it had not told itself.
    pub missed_at: Option<Timestamp>,
    /// The event by which it is tested at the moment.
    pub trial: Option<EventId>,
}

impl Channel {
    /// Whether it is, or may be, open at the provider.
    pub fn is_living(&self) -> bool {
        matches!(self.state, ChannelState::Opening | ChannelState::Open | ChannelState::Closing)
    }
}

words! {
    /// How a channel stands.
    pub enum ChannelState {
        /// The provider is being asked.
        Opening = "opening",
        /// It tells of changes.
        Open = "open",
        /// The provider is being asked to stop.
        Closing = "closing",
        /// It is over.
        Closed = "closed",
        /// A person wants none until they say otherwise.
        Stopped = "stopped",
    }
}

impl Record for Channel {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Channel {
            id: row.col("id")?,
            workspace: row.col("workspace_id")?,
            link: row.col("link_id")?,
            external: row.col("external")?,
            resource: row.col("resource")?,
            state: row.col("state")?,
            ends_at: row.col("ends_at")?,
            opened_at: row.col("opened_at")?,
            last_notice_at: row.col("last_notice_at")?,
            notices: row.col("notices")?,
            why: row.col("why")?,
            missed: row.col("missed")?,
            missed_at: row.col("missed_at")?,
            trial: row.col("trial")?,
        })
    }
}

fn place<'a>(channel: &Channel, row: &'a str) -> Place<'a> {
    Place { table: "channels", column: "secret", row, workspace: channel.workspace }
}

/// Writes a channel down, with the secret by which its notices are known. [`Error::Taken`] when its name is in use.
pub async fn insert(
    tx: &mut Tx,
    sealer: &mut Sealer<'_>,
    channel: &Channel,
    secret: &SecretString,
) -> Result<(), Error> {
    let secret = sealer.seal(&place(channel, &channel.id.to_string()), secret);
    tx.sql(
        "INSERT INTO channels (id, workspace_id, link_id, external, resource, secret, state, ends_at, opened_at,
                               last_notice_at, notices, why, missed, missed_at, trial)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(channel.id)
    .bind(channel.workspace)
    .bind(channel.link)
    .bind(&channel.external)
    .bind(&channel.resource)
    .bind(secret)
    .bind(channel.state)
    .bind(channel.ends_at)
    .bind(channel.opened_at)
    .bind(channel.last_notice_at)
    .bind(channel.notices)
    .bind(&channel.why)
    .bind(channel.missed)
    .bind(channel.missed_at)
    .bind(channel.trial)
    .run()
    .await?;
    Ok(())
}

/// Saves all that can change but what notices count: not the secret, not what named it at the start but for the provider's name, which some
/// providers give only when they answer.
///
/// Returns whether it was saved: what somebody has closed, or is closing, is not opened again by an answer that comes
/// late.
pub async fn save(tx: &mut Tx, channel: &Channel) -> Result<bool, Error> {
    let changed = tx
        .sql(
            "UPDATE channels SET external = $3, resource = $4, state = $5, ends_at = $6, opened_at = $7,
                                 last_notice_at = $8, notices = $9, why = $10
             WHERE id = $1 AND workspace_id = $2
               AND (state NOT IN ('closing', 'closed') OR $5 IN ('closing', 'closed'))",
        )
        .bind(channel.id)
        .bind(channel.workspace)
        .bind(&channel.external)
        .bind(&channel.resource)
        .bind(channel.state)
        .bind(channel.ends_at)
        .bind(channel.opened_at)
        .bind(channel.last_notice_at)
        .bind(channel.notices)
        .bind(&channel.why)
        .run()
        .await?;
    Ok(changed == 1)
}

/// Notes why a channel that was asked for is not open, unless somebody has opened or closed it meanwhile, who knows better.
/// Returns whether it was given up by somebody.
pub async fn not_opened(tx: &mut Tx, channel: &Channel) -> Result<bool, Error> {
    let changed = tx
        .sql(
            "UPDATE channels SET state = $3, ends_at = $4, why = $5
             WHERE id = $1 AND workspace_id = $2 AND state = 'opening'",
        )
        .bind(channel.id)
        .bind(channel.workspace)
        .bind(channel.state)
        .bind(channel.ends_at)
        .bind(&channel.why)
        .run()
        .await?;
    if changed == 1 {
        return Ok(false);
    }
    Ok(matches!(
        by_external(tx, &channel.external).await?.state,
        ChannelState::Closing | ChannelState::Closed
    ))
}

/// Counts a notice. Whatever a channel did not tell of before, it tells again.
pub async fn noticed(tx: &mut Tx, id: ChannelId, at: Timestamp) -> Result<(), Error> {
    let changed = tx
        .sql("UPDATE channels SET notices = notices + 1, last_notice_at = $2, missed = 0, missed_at = NULL WHERE id = $1")
        .bind(id)
        .bind(at)
        .run()
        .await?;
    expect_one(changed, Error::NotFound)
}

/// Counts what was found now though the open channels of a link, as old as that, have told nothing since. Returns of how
/// many.
pub async fn untold(tx: &mut Tx, link: LinkId, since: Timestamp, now: Timestamp) -> Result<u64, Error> {
    tx.sql(
        "UPDATE channels SET missed = missed + 1, missed_at = $3
         WHERE link_id = $1 AND state = 'open' AND opened_at < $2 AND COALESCE(last_notice_at, opened_at) < $2",
    )
    .bind(link)
    .bind(since)
    .bind(now)
    .run()
    .await
}

/// Notes by which event a channel is tested, or that it is not any more. Returns whether that was news: nobody else
/// began, or ended, the test meanwhile.
pub async fn set_trial(tx: &mut Tx, id: ChannelId, trial: Option<EventId>) -> Result<bool, Error> {
    let changed = tx
        .sql("UPDATE channels SET trial = $2 WHERE id = $1 AND (trial IS NULL) = $3")
        .bind(id)
        .bind(trial)
        .bind(trial.is_some())
        .run()
        .await?;
    Ok(changed == 1)
}

/// Opens the secret by which a channel's notices are known.
pub async fn secret(tx: &mut Tx, vault: &Vault, channel: &Channel) -> Result<SecretString, Error> {
    let One(cell) =
        tx.sql("SELECT secret FROM channels WHERE id = $1").bind(channel.id).one::<One<Vec<u8>>>().await?;
    vault.open(&place(channel, &channel.id.to_string()), &cell).map_err(|e| Error::Broken(Box::new(e)))
}

/// Returns the channel that a notice names: providers know no workspaces, and the secret is checked next.
pub async fn by_external(tx: &mut Tx, external: &str) -> Result<Channel, Error> {
    tx.sql("SELECT * FROM channels WHERE external = $1").bind(external).one().await
}

/// Returns a link's channels, the oldest first.
pub async fn of_link(tx: &mut Tx, link: LinkId) -> Result<Vec<Channel>, Error> {
    tx.sql("SELECT * FROM channels WHERE link_id = $1 ORDER BY opened_at, id").bind(link).all().await
}

/// Returns when a link was last told of something.
pub async fn last_notice(tx: &mut Tx, link: LinkId) -> Result<Option<Timestamp>, Error> {
    let One(at) =
        tx.sql("SELECT MAX(last_notice_at) FROM channels WHERE link_id = $1").bind(link).one().await?;
    Ok(at)
}

/// Returns the channels of links, each link's oldest first.
pub async fn of_links(tx: &mut Tx, links: &[LinkId]) -> Result<BTreeMap<LinkId, Vec<Channel>>, Error> {
    let mut found: BTreeMap<LinkId, Vec<Channel>> = BTreeMap::new();
    for chunk in links.chunks(CHUNK) {
        let channels: Vec<Channel> = tx
            .sql("SELECT * FROM channels WHERE link_id {in_ids $1} ORDER BY opened_at, id")
            .bind_ids(chunk.iter().map(|id| id.0))
            .all()
            .await?;
        for channel in channels {
            found.entry(channel.link).or_default().push(channel);
        }
    }
    Ok(found)
}

/// Returns all channels that stand so, those that end first first.
pub async fn in_state(tx: &mut Tx, state: ChannelState) -> Result<Vec<Channel>, Error> {
    tx.sql("SELECT * FROM channels WHERE state = $1 ORDER BY ends_at NULLS LAST, id").bind(state).all().await
}

/// Forgets channels that have been closed and whose time was over before that instant. Returns how many.
pub async fn forget_closed_before(tx: &mut Tx, before: Timestamp) -> Result<u64, Error> {
    tx.sql("DELETE FROM channels WHERE state = 'closed' AND COALESCE(ends_at, opened_at) < $1")
        .bind(before)
        .run()
        .await
}
