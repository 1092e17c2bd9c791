//! I-33: whoever calls has taken it out of the account's allowance, which all workers share.

use concord_store::accounts;
use jiff::SignedDuration;

use crate::outcome::Violation;
use crate::world::{Stop, World, broken};

/// For so long a worker may have stood between taking and calling, when nobody is held up any more.
const STOOD: SignedDuration = SignedDuration::from_mins(2);

/// Every account, at the end.
pub(super) async fn is_taken_from(world: &World) -> Result<(), Stop> {
    let called = world.net.counted();
    let mut tx = world.engine.store.read().await.map_err(|e| broken("an allowance", &e))?;
    for ((person, side), account) in &world.accounts {
        let user = world.sides[*side].user(*person);
        let Some(at) = called.get(&(*side, user.clone())) else { continue };
        let before = at.saturating_sub(STOOD).unwrap_or(*at);
        let spent = accounts::budget_spent(&mut tx, &format!("account:{account}")).await;
        let spent = spent.map_err(|e| broken("an allowance", &e))?;
        if spent.is_none_or(|until| until < before) {
            let what = format!("{user} was called at {at}, and its allowance was spent until {spent:?}");
            return Err(Violation::new("I-33", what));
        }
    }
    Ok(())
}
