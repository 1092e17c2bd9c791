//! What a person asks of a provider besides a run: within the account's allowance, and once more with a sign-in that is
//! renewed where the first was refused.

use std::sync::Arc;

use concord_model::{AccountId, WorkspaceId};
use concord_providers::provider::Cost;
use concord_providers::{Access, Answer, Provider};
use concord_store::accounts::{self, Account};
use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::{Engine, budget, tokens};

/// The account that is asked about.
pub(crate) async fn account(engine: &Engine, workspace: WorkspaceId, account: AccountId) -> Result<Account> {
    let mut tx = engine.store.read().await?;
    accounts::get(&mut tx, workspace, account).await.map_err(|_| Error::NotFound("account"))
}

/// Asks its provider.
pub(crate) async fn ask<T, F>(
    engine: &Engine,
    account: &Account,
    call: impl Fn(Arc<dyn Provider>, Access) -> F,
) -> Result<T>
where
    F: Future<Output = std::result::Result<T, Answer>>,
{
    let provider = engine.provider(&account.provider)?;
    let mut refused = None;
    loop {
        let (access, version) = open(engine, &**provider, account, refused).await?;
        let used = (version, access.now);
        match call(provider.clone(), access).await {
            Ok(told) => return Ok(told),
            Err(answer) => refused = Some(again(engine, account, refused, used, answer).await?),
        }
    }
}

/// Opens an account for one look that a person asked for, within its allowance. `refused` is the version of its sign-in
/// that the provider has just refused.
pub(crate) async fn open(
    engine: &Engine,
    provider: &dyn Provider,
    account: &Account,
    refused: Option<i64>,
) -> Result<(Access, i64)> {
    let error = |answer| Error::Provider { provider: account.provider.clone(), answer };
    if let Err(at) = budget::take(engine, provider, account.id, provider.cost(Cost::Read)).await? {
        return Err(error(Answer::RetryAfter { at: Some(at), long: false }));
    }
    match tokens::access(engine, provider, account, refused).await {
        Ok(access) => Ok(access),
        Err(none) => Err(error(none.answer()?)),
    }
}

/// Whether a refused look is worth another one: once, with a sign-in that is renewed. `used` is the version of the sign-in, and
/// when it was opened. Returns the version that was refused.
pub(crate) async fn again(
    engine: &Engine,
    account: &Account,
    refused: Option<i64>,
    used: (i64, Timestamp),
    answer: Answer,
) -> Result<i64> {
    match &answer {
        Answer::SignInExpired if refused.is_none() => return Ok(used.0),
        _ => tokens::told(engine, account, used, &answer).await?,
    }
    Err(Error::Provider { provider: account.provider.clone(), answer })
}
