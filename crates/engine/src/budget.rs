//! How often a provider may be called: counted over all nodes, before the provider has to say so (SY-5, I-33).

use concord_model::AccountId;
use concord_points::defect;
use concord_store::accounts;
use jiff::Timestamp;

use crate::Engine;

/// Takes units out of the account's and the program's allowance, or says when there are enough again.
pub(crate) async fn take(
    engine: &Engine,
    provider: &dyn concord_providers::Provider,
    account: AccountId,
    units: u32,
) -> Result<Result<(), Timestamp>, concord_store::Error> {
    if defect!("the allowance is not kept") {
        return Ok(Ok(()));
    }
    let allowed = provider.allowance();
    let now = engine.now();
    let mut tx = engine.store.begin().await?;
    let keys = [
        (format!("account:{account}"), allowed.account_per_minute),
        (format!("app:{}", provider.id()), allowed.app_per_minute),
    ];
    for (key, per_minute) in keys {
        let interval_us = 60_000_000 / i64::from(per_minute.max(1));
        let burst = i64::from(per_minute);
        if let Err(at) =
            accounts::budget_take(&mut tx, &key, now, interval_us, burst, i64::from(units)).await?
        {
            return Ok(Err(at));
        }
    }
    tx.commit().await?;
    Ok(Ok(()))
}
