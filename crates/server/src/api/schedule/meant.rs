//! Which account or calendar is meant, where a body names one.

use concord_model::{AccountId, LinkId, ProviderId};
use concord_providers::called::{self, SET_UP, Titled};
use concord_store::Tx;
use concord_store::accounts::{self, Account, AccountState};
use concord_store::links::{self, Link, LinkState};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::problem::{Problem, Result};
use crate::signin::Caller;

/// A linked calendar, by its link, or by its provider where one has only one there.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct WhichLink {
    /// Which link.
    pub(super) link_id: Option<Uuid>,
    /// At which provider: your own link there. Where you have several, the answer is 409 with their ids.
    #[schema(example = "google")]
    pub(super) provider: Option<String>,
}

/// A provider that can be called.
pub(super) fn provider(app: &App, name: &str) -> Result<ProviderId> {
    let id = called::meant(name);
    if app.engine.providers.contains_key(&id) {
        return Ok(id);
    }
    if SET_UP.contains(&id.as_str()) {
        return Err(Problem::invalid("provider", super::providers::missing(&id)));
    }
    let mut known: Vec<&str> = SET_UP.to_vec();
    known.extend(app.engine.providers.keys().map(ProviderId::as_str).filter(|id| !SET_UP.contains(id)));
    let known = known.join(", ");
    Err(Problem::invalid("provider", format!("is none of the providers here; there is {known}")))
}

/// Whether a link is there and whoever asks may know of it.
pub(super) fn is_theirs(caller: &Caller, link: &Link) -> bool {
    caller.owns(link.user) && !matches!(link.state, LinkState::Removed { .. })
}

/// All links that whoever asks may know of.
pub(super) async fn all_links(tx: &mut Tx, caller: &Caller) -> Result<Vec<Link>> {
    let mut all = links::list(tx, caller.workspace()).await?;
    all.retain(|link| is_theirs(caller, link));
    Ok(all)
}

/// The link of that id, if whoever asks may know of it.
pub(super) async fn link(tx: &mut Tx, caller: &Caller, id: Uuid) -> Result<Option<Link>> {
    match links::get(tx, caller.workspace(), LinkId(id)).await {
        Ok(link) => Ok(Some(link).filter(|link| is_theirs(caller, link))),
        Err(concord_store::Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The account of that id, if whoever asks may know of it.
pub(super) async fn account(tx: &mut Tx, caller: &Caller, id: Uuid) -> Result<Option<Account>> {
    match accounts::get(tx, caller.workspace(), AccountId(id)).await {
        Ok(account) => Ok(Some(account).filter(|a| caller.owns(a.user) && a.state != AccountState::Removed)),
        Err(concord_store::Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The account that a body names by its id.
pub(super) async fn account_in_body(tx: &mut Tx, caller: &Caller, id: Uuid) -> Result<Account> {
    let found = account(tx, caller, id).await?;
    found.ok_or_else(|| Problem::invalid("accountId", "is none of your connected accounts"))
}

/// The link that a body names by its id.
pub(super) async fn link_in_body(tx: &mut Tx, caller: &Caller, id: Uuid) -> Result<Link> {
    let found = link(tx, caller, id).await?;
    found.ok_or_else(|| Problem::invalid("linkId", "is none of your linked calendars"))
}

/// The one link that a body names.
pub(super) async fn one_link(
    tx: &mut Tx,
    caller: &Caller,
    id: Option<Uuid>,
    provider: Option<&str>,
) -> Result<Link> {
    let provider = provider.map(called::meant);
    if let Some(id) = id {
        let found = link_in_body(tx, caller, id).await?;
        if provider.is_some_and(|provider| provider != found.provider) {
            return Err(Problem::invalid("provider", "is not where this link's calendar is"));
        }
        return Ok(found);
    }
    let Some(provider) = provider else {
        return Err(Problem::invalid("linkId", "is missing: say which linked calendar is meant"));
    };
    let mut own = links::list_user(tx, caller.workspace(), caller.user.id).await?;
    own.retain(|link| link.provider == provider && is_theirs(caller, link));
    match own.len() {
        1 => Ok(own.remove(0)),
        0 => {
            Err(Problem::invalid("provider", format!("you have linked no calendar at {}", provider.title())))
        }
        _ => Err(Problem::choose(
            "linkId",
            format!("you have several calendars at {}; say which by linkId", provider.title()),
            own.iter().map(|link| link.id.to_string()).collect(),
        )),
    }
}

/// One's own account at a provider, where there is only one.
pub(super) async fn own_account(tx: &mut Tx, caller: &Caller, provider: &str) -> Result<Account> {
    let provider = called::meant(provider);
    let mut own = accounts::list_user(tx, caller.workspace(), caller.user.id).await?;
    own.retain(|account| account.provider == provider && account.state != AccountState::Removed);
    match own.len() {
        1 => Ok(own.remove(0)),
        0 => Err(Problem::invalid("provider", format!("you have no account at {}", provider.title()))),
        _ => Err(Problem::choose(
            "accountId",
            format!("you have several accounts at {}; say which by accountId", provider.title()),
            own.iter().map(|account| account.id.to_string()).collect(),
        )),
    }
}
