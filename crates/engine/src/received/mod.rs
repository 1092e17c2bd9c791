//! Invitations of others that come in by mail (PR-5): a letter to a person's secret address becomes an event of theirs, of
//! which they are a guest, or changes one that a letter made.
//!
//! ```text
//!   take ─▶ whose address is it? ─▶ is it from whoever invited, and newer than what was told? ─▶ the event is made,
//!           changed, or called off, and reaches the person's calendars as a plain copy
//! ```
//!
//! What a letter says of its sender can be forged, so nothing is concluded from it: the word in the address is what counts.
//! Under one name only the organiser of the first letter can change anything. Letters come late, doubled and in any
//! order: the organiser's own count and the time of writing say which is newer, and an older one changes nothing. A
//! cancellation of what is not known is remembered, so that the invitation behind it makes no ghost.
//!
//! Nothing is ever sent because a letter came. An answer is a person's word ([`crate::reply`]).

mod content;
mod desk;

use std::collections::BTreeMap;

use concord_model::observed::PartStart;
use concord_model::people::Address;
use concord_model::{Moment, OccurrenceKey, Span, View, Zone};
use concord_store::letterboxes::{self, Letterbox};
use concord_store::{Tx, accounts, users};
use jiff::Timestamp;

use self::desk::Desk;
use crate::error::{Error, Result};
use crate::invitations::Taken;
use crate::{Engine, letterbox};

pub(crate) use content::{answer_of, set_answer};

/// The most addresses of ours that one letter is taken in for.
const ADDRESSES: usize = 20;

/// What a letter tells of an event of somebody else's.
pub struct Told {
    /// The words of the addresses of ours that it came to.
    pub words: Vec<String>,
    /// The addresses in it that have a word of ours, and which: they are secrets, and kept nowhere.
    pub secret: BTreeMap<Address, String>,
    /// The address of this installation, without a word: it stands for whoever was invited at their secret one.
    pub home: Address,
    /// What it asks for.
    pub asks: Asks,
    /// What its organiser calls the event.
    pub uid: String,
    /// The event with its changed occurrences, or occurrences that came alone.
    pub parts: Vec<Part>,
}

/// What a letter asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asks {
    /// To come, or to come at another time.
    Request,
    /// Not to come: it does not take place, or not with you.
    Cancel,
}

/// An event in a letter, or an occurrence alone.
pub struct Part {
    /// Which occurrence it is, if it came alone.
    pub of: Option<PartStart>,
    /// What it is.
    pub view: View,
    /// The organiser's count.
    pub sequence: u32,
    /// When it was written, by the organiser's clock.
    pub stamp: Option<Timestamp>,
}

/// Takes in a letter for everybody here whose address it came to. Says what became of it for the first of them.
pub async fn take(engine: &Engine, told: &Told) -> Result<Taken> {
    let mut became = None;
    for word in told.words.iter().take(ADDRESSES) {
        let mut tx = engine.store.begin().await?;
        let Some(letterbox) = letterbox::behind(&mut tx, word).await? else { continue };
        letterboxes::used(&mut tx, letterbox.id, engine.now()).await?;
        let taken = match take_for(engine, &mut tx, &letterbox, word, told).await {
            Ok(taken) => {
                tx.commit().await?;
                taken
            }
            // No event can be made of it: nothing of it is kept.
            Err(Error::Invalid { .. }) => Taken::Unfit,
            Err(other) => return Err(other),
        };
        became.get_or_insert(taken);
    }
    Ok(became.unwrap_or(Taken::NoAddress))
}

async fn take_for(
    engine: &Engine,
    tx: &mut Tx,
    letterbox: &Letterbox,
    word: &str,
    told: &Told,
) -> Result<Taken> {
    let desk = Desk {
        engine,
        letterbox,
        word,
        own: own_addresses(engine, tx, letterbox).await?,
        told,
        now: engine.now(),
    };
    let mut became = None;
    let (whole, alone): (Vec<&Part>, Vec<&Part>) = told.parts.iter().partition(|part| part.of.is_none());
    for part in whole.into_iter().chain(alone) {
        let view = content::masked(&part.view, &told.secret, word, &told.home);
        let taken = desk.take(tx, &Part { view, ..*part }).await?;
        // Of many occurrences, those that were known already say nothing of the letter.
        if became.is_none_or(|before| before == Taken::Old) {
            became = Some(taken);
        }
    }
    Ok(became.unwrap_or(Taken::Unfit))
}

/// The addresses that are a person's for sure: what the workspace knows, and where they have signed in at a service that
/// gives addresses. What somebody typed as a name at a server of their own proves nothing.
async fn own_addresses(engine: &Engine, tx: &mut Tx, letterbox: &Letterbox) -> Result<Vec<Address>> {
    let user = users::get(tx, letterbox.workspace, letterbox.user).await?;
    let mut own: Vec<Address> = user.address.into_iter().collect();
    for account in accounts::list_user(tx, letterbox.workspace, letterbox.user).await? {
        let vouched =
            engine.provider(&account.provider).is_ok_and(|provider| provider.vouches_for_addresses());
        if vouched && account.name.contains('@') {
            own.push(Address::from(account.name.as_str()));
        }
    }
    Ok(own)
}

/// The name of an occurrence, whoever names it: in UTC where it has a zone.
pub(crate) fn named(part: PartStart) -> String {
    match part {
        PartStart::Key(key) => key.to_string(),
        PartStart::Instant(at) => format!("{}Z", OccurrenceKey::Time(Zone::utc().wall(at))),
    }
}

/// An occurrence by that name.
pub(crate) fn by_name(name: &str) -> Option<PartStart> {
    match name.strip_suffix('Z') {
        None => name.parse().ok().map(PartStart::Key),
        Some(utc) => match utc.parse().ok()? {
            OccurrenceKey::Time(wall) => Some(PartStart::Instant(Moment::new(wall, Zone::utc()).instant())),
            OccurrenceKey::Date(_) => None,
        },
    }
}

/// The start of an occurrence that is named on the clock of that span.
pub fn start_of(key: OccurrenceKey, span: &Span) -> PartStart {
    match (key, span) {
        (OccurrenceKey::Time(wall), Span::Timed(timed)) => {
            PartStart::Instant(Moment::new(wall, timed.start().zone().clone()).instant())
        }
        (key, _) => PartStart::Key(key),
    }
}
