//! Feeds out: what a person publishes of their events behind a secret address, seen through the same lens as any calendar
//! (PR-5, PV-2).
//!
//! The secret is shown once; what is kept opens nothing. Whoever is told the address sees what the feed's settings let
//! through and not a byte more: what differs only in what is hidden gives the same feed (I-35), so it tells neither how
//! often nor when an event was changed.

use concord_model::link::Settings;
use concord_model::view::Override;
use concord_model::{Capabilities, Field, UserId, View, WorkspaceId};
use concord_store::feeds::{self, Feed};
use concord_store::vault::hashed;
use concord_store::{clients, events, users};
use concord_sync::lens::{Eyes, Lens, Seen, Shown};
use jiff::{SignedDuration, Timestamp};

use crate::error::{Error, Result};
use crate::{Engine, whose};

/// How many events are looked at together.
const CHUNK: u32 = 200;
/// The most events of a feed. Of more, those that were made first are shown.
pub const MOST: usize = 10_000;
/// The most living feeds of one person.
const MANY: usize = 100;
/// How exactly the last use is noted: not every look is a write.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// What is behind an address.
pub enum Behind {
    /// This.
    Feed(Box<Feed>),
    /// A feed that was revoked.
    Revoked,
    /// Nothing, as far as anybody is told.
    Nothing,
}

/// An event as a feed shows it.
pub struct Published {
    /// Its name in the world: the same here, in mail and in every calendar (BM-019).
    pub uid: String,
    /// How it looks.
    pub view: View,
    /// When it was made. Later changes may be of what is hidden.
    pub made_at: Timestamp,
}

/// Makes a feed. Returns what is kept, and its secret, which nobody can tell again.
pub async fn add(
    engine: &Engine,
    workspace: WorkspaceId,
    user: UserId,
    name: String,
    settings: Settings,
) -> Result<(Feed, String)> {
    let secret = engine.secret::<32>();
    let feed = Feed {
        id: engine.id(),
        workspace,
        user,
        name,
        hash: hashed(&secret),
        settings,
        created_at: engine.now(),
        used_at: None,
        revoked_at: None,
    };
    let mut tx = engine.store.begin().await?;
    let living = feeds::list(&mut tx, workspace).await?;
    let own = living.iter().filter(|feed| feed.user == user && feed.revoked_at.is_none()).count();
    if own >= MANY {
        let why = format!("there are {MANY} feeds already; revoke one that nobody uses");
        return Err(Error::Invalid { field: "userId", why });
    }
    feeds::add(&mut tx, &feed).await?;
    tx.commit().await?;
    Ok((feed, secret))
}

/// Finds out what a secret opens, and notes that it was asked for.
pub async fn behind(engine: &Engine, secret: &str) -> Result<Behind> {
    let mut tx = engine.store.read().await?;
    let Some(feed) = feeds::find(&mut tx, &hashed(secret)).await? else { return Ok(Behind::Nothing) };
    drop(tx);
    if feed.revoked_at.is_some() {
        return Ok(Behind::Revoked);
    }
    let now = engine.now();
    if feed.used_at.is_none_or(|at| now.duration_since(at) >= TOLERANCE) {
        let mut tx = engine.store.begin().await?;
        feeds::used(&mut tx, feed.id, now).await?;
        tx.commit().await?;
    }
    Ok(Behind::Feed(Box::new(feed)))
}

/// The events of a feed, as it shows them: those of its person that lie in its window and pass its filter.
pub async fn published(engine: &Engine, feed: &Feed, able: &Capabilities) -> Result<Vec<Published>> {
    let (workspace, person, settings) = (feed.workspace, feed.user, &feed.settings);
    let now = engine.now();
    let window = (now - settings.window.back(), now + settings.window.ahead());
    let mut tx = engine.store.read().await?;
    let zone = users::get(&mut tx, workspace, person).await?.zone;
    let (mut shown, mut after) = (Vec::new(), None);
    loop {
        let page = events::concerning(&mut tx, workspace, person, window, after, CHUNK).await?;
        let Some(last) = page.last() else { return Ok(shown) };
        after = Some(*last);
        let found = events::find(&mut tx, workspace, &page).await?;
        let booked: Vec<_> = found.values().flat_map(|e| e.booking.clients.iter().copied()).collect();
        let known = clients::by_ids(&mut tx, workspace, &booked).await?;
        for event in found.values() {
            let eyes = if event.owner == person { Eyes::Owner } else { Eyes::Participant };
            let hidden = whose::hidden_from(event, eyes, person, &settings.sight, &known);
            let lens = Lens { able, settings, person, eyes, zone: &zone, hidden: &hidden };
            if let Shown::As(seen) = lens.show(event, now) {
                shown.push(Published {
                    uid: event.uid.clone(),
                    view: view(&seen),
                    made_at: event.created_at,
                });
            }
            if shown.len() >= MOST {
                return Ok(shown);
            }
        }
    }
}

/// What a lens shows, and nothing beside it.
fn view(seen: &Seen) -> View {
    let mut view = View::new(seen.view.time.clone(), "");
    seen.fields.iter().for_each(|field| view.take(field, &seen.view));
    view.overrides = seen.view.overrides.clone();
    for change in view.overrides.values_mut() {
        if let Override::Changed(patch) = change {
            patch.retain(|field, _| *field == Field::Time || seen.parts.has(*field));
        }
    }
    view.normalise();
    view
}
