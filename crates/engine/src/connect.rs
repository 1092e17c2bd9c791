//! Accounts: signing in, being handed a credential, letting go.

use concord_model::{AccountId, ProviderId, UserId, WorkspaceId};
use concord_providers::provider::{Entered, Grant, Login, SignInStart};
use concord_providers::{Access, Answer};
use concord_store::accounts::{self, Account, AccountState, GrantSecret};
use concord_store::links::{self, LinkState};
use concord_store::vault::hashed;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use url::Url;

use crate::error::{Error, Result};
use crate::{Engine, asking, links as own_links, tokens};

/// A sign-in that a person's browser is sent to.
pub struct Started {
    /// Where to go.
    pub url: Url,
    /// What comes back with the callback.
    pub state: String,
}

/// How long a person may take to sign in.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// Begins a sign-in. It is remembered until the callback, for ten minutes, for one use (I-29).
pub async fn begin(
    engine: &Engine,
    workspace: WorkspaceId,
    user: UserId,
    provider: &ProviderId,
    redirect: Url,
    session: &str,
) -> Result<Started> {
    let speaks = engine.provider(provider)?;
    let start = SignInStart {
        state: engine.secret::<32>(),
        verifier: SecretString::from(engine.secret::<32>()),
        redirect: redirect.clone(),
        hint: None,
    };
    let sign_in = speaks.sign_in(&start).map_err(|answer| refused(provider, answer))?;
    let now = engine.now();
    let pending = concord_store::sign_ins::SignIn {
        state_hash: hashed(&start.state),
        provider: provider.clone(),
        workspace,
        user,
        session: session.to_owned(),
        verifier: start.verifier.clone(),
        redirect: redirect.to_string(),
        expires_at: now + PATIENCE,
    };
    let mut tx = engine.store.begin().await?;
    concord_store::sign_ins::start(&mut tx, &mut engine.vault.with(&mut engine.dice()), &pending).await?;
    tx.commit().await?;
    Ok(Started { url: sign_in.url, state: start.state })
}

/// Ends a sign-in with what the callback brought.
pub async fn finish(
    engine: &Engine,
    provider: &ProviderId,
    state: &str,
    code: &str,
    session: &str,
) -> Result<Account> {
    let now = engine.now();
    let mut tx = engine.store.begin().await?;
    let unknown = || Error::Invalid {
        field: "state",
        why: "this sign-in was not begun here, has been used, or took longer than ten minutes; begin again"
            .to_owned(),
    };
    let pending = concord_store::sign_ins::take_once(&mut tx, &engine.vault, &hashed(state), now)
        .await
        .map_err(|_| unknown())?;
    tx.commit().await?;
    if pending.provider != *provider || pending.session != session {
        return Err(unknown());
    }
    let speaks = engine.provider(provider)?;
    let redirect = pending.redirect.parse().map_err(|_| unknown())?;
    let start = SignInStart { state: state.to_owned(), verifier: pending.verifier, redirect, hint: None };
    let grant = speaks.exchange(&start, code, now).await.map_err(|answer| refused(provider, answer))?;
    let access = Access::new(grant.access.clone(), now);
    let identity = speaks.identity(&access).await.map_err(|answer| refused(provider, answer))?;
    let entered = Entered { grant, identity, site: None };
    keep(engine, pending.workspace, pending.user, provider, entered, now).await
}

/// Takes what a person hands over to be let in: a token, or a name and a password.
pub async fn add(
    engine: &Engine,
    workspace: WorkspaceId,
    user: UserId,
    provider: &ProviderId,
    login: Login,
    refresh: Option<SecretString>,
) -> Result<Account> {
    let speaks = engine.provider(provider)?;
    let now = engine.now();
    let mut entered = speaks.enter(&login, now).await.map_err(|answer| refused(provider, answer))?;
    entered.grant.refresh = refresh.or(entered.grant.refresh);
    keep(engine, workspace, user, provider, entered, now).await
}

/// Keeps a grant. The same account connected again is the same row: its links and what they agreed on live on.
async fn keep(
    engine: &Engine,
    workspace: WorkspaceId,
    user: UserId,
    provider: &ProviderId,
    entered: Entered,
    now: Timestamp,
) -> Result<Account> {
    let Entered { grant, identity, site } = entered;
    let account = Account {
        id: engine.id(),
        workspace,
        user,
        provider: provider.clone(),
        subject: identity.subject,
        name: identity.name,
        state: AccountState::Active,
        site,
        scopes: grant.scopes.clone(),
        access_ends_at: grant.access_ends_at,
        wait_until: None,
        created_at: now,
    };
    let mut tx = engine.store.begin().await?;
    let account = accounts::upsert(&mut tx, &account).await?;
    let secret = GrantSecret { access: grant.access, refresh: grant.refresh, extra: serde_json::Value::Null };
    accounts::seal_grant(
        &mut tx,
        &mut engine.vault.with(&mut engine.dice()),
        &account,
        &secret,
        grant.access_ends_at,
        &grant.scopes,
        None,
    )
    .await?;
    // What waited for the account goes on.
    for link in links::list_account(&mut tx, workspace, account.id).await? {
        if link.state == LinkState::Active {
            links::due(&mut tx, link.id, now).await?;
        }
    }
    tx.commit().await?;
    Ok(account)
}

/// Tests a connection: one honest call. Returns how many calendars the account has.
pub async fn test(engine: &Engine, workspace: WorkspaceId, account: AccountId) -> Result<usize> {
    own_links::calendars(engine, workspace, account).await.map(|calendars| calendars.len())
}

/// Looks anew where an account is and what can be done there, and notes it. Where there is nothing to find out, nothing
/// is asked. Returns what was found, in sentences.
pub async fn look_around(engine: &Engine, workspace: WorkspaceId, id: AccountId) -> Result<Vec<String>> {
    let mut tx = engine.store.read().await?;
    let account = accounts::get(&mut tx, workspace, id).await.map_err(|_| Error::NotFound("account"))?;
    drop(tx);
    let provider = engine.provider(&account.provider)?;
    let (access, version) = asking::open(engine, &**provider, &account, None).await?;
    let Some(login) = provider.login(&access) else { return Ok(Vec::new()) };
    let site = match provider.enter(&login, access.now).await {
        Ok(entered) => entered.site,
        Err(answer) => {
            let answer = match answer {
                Answer::SignInExpired => Answer::AccessRevoked {
                    why: "the password is no longer accepted: connect again with a new one".to_owned(),
                },
                other => other,
            };
            asking::again(engine, &account, None, (version, access.now), answer).await?;
            return Ok(Vec::new());
        }
    };
    if site != account.site {
        let mut tx = engine.store.begin().await?;
        accounts::set_site(&mut tx, id, site.as_deref()).await?;
        tx.commit().await?;
    }
    Ok(site.map(|site| provider.found(&site)).unwrap_or_default())
}

/// Where an account is, as it was found when it was connected.
pub struct Place {
    /// The name that is signed in with.
    pub user: String,
    /// Where the search began that found it.
    pub address: String,
    /// What can be done there, in sentences.
    pub found: Vec<String>,
}

/// Where an account is; nothing where its provider is in one place, or where the address is a secret. Nobody is asked.
pub fn place(engine: &Engine, account: &Account) -> Option<Place> {
    let provider = engine.providers.get(&account.provider)?;
    let site = account.site.clone()?;
    let found = provider.found(&site);
    // No secret is noted with a place, so none is needed to read it.
    let access = Access { site: Some(site), ..Access::new("", engine.now()) };
    let login = provider.login(&access)?;
    Some(Place { user: login.user, address: login.address?, found })
}

/// Disconnects an account: its links are removed, its grant is ended at the provider and forgotten here.
pub async fn disconnect(
    engine: &Engine,
    workspace: WorkspaceId,
    id: AccountId,
    leftovers: own_links::Leftovers,
) -> Result<()> {
    let mut tx = engine.store.read().await?;
    let account = accounts::get(&mut tx, workspace, id).await.map_err(|_| Error::NotFound("account"))?;
    let links = links::list_account(&mut tx, workspace, id).await?;
    let grant = accounts::open_grant(&mut tx, &engine.vault, &account).await;
    drop(tx);
    for link in links {
        if !matches!(link.state, LinkState::Removed { .. }) {
            own_links::remove(engine, workspace, link.id, leftovers).await?;
        }
    }
    if let (Ok((secret, _)), Ok(provider)) = (grant, engine.provider(&account.provider)) {
        let grant = Grant {
            access: secret.access,
            access_ends_at: account.access_ends_at,
            refresh: secret.refresh,
            scopes: account.scopes.clone(),
        };
        // The person wants it gone: what the provider cannot end now is forgotten here all the same.
        if let Err(answer) = provider.revoke(&grant).await {
            tracing::warn!(account.id = %id, "the grant of account {id} could not be ended at the provider: {answer}");
        }
    }
    let mut tx = engine.store.begin().await?;
    concord_store::grants::forget(&mut tx, id).await?;
    accounts::set_state(&mut tx, workspace, id, &AccountState::Removed).await?;
    tx.commit().await?;
    Ok(())
}

/// Refreshes the account's access now; for "test connection" after a long rest.
pub async fn refresh(engine: &Engine, account: &Account) -> Result<()> {
    let provider = engine.provider(&account.provider)?;
    match tokens::access(engine, &**provider, account, None).await {
        Ok(_) => Ok(()),
        Err(none) => Err(refused(&account.provider, none.answer()?)),
    }
}

fn refused(provider: &ProviderId, answer: Answer) -> Error {
    Error::Provider { provider: provider.clone(), answer }
}
