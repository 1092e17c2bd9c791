//! I-27: a sign-in that is dead is told once, and nobody calls with it until its person connects again.

use concord_store::accounts;
use concord_store::accounts::AccountState;

use crate::outcome::Violation;
use crate::world::{Stop, World, broken};

/// Notes which are dead, for whoever calls from now on.
pub(crate) async fn are_left_alone(world: &World) -> Result<(), Stop> {
    let mut tx = world.engine.store.read().await.map_err(|e| broken("accounts", &e))?;
    let mut dead = Vec::new();
    for ((person, side), account) in &world.accounts {
        let account = accounts::find(&mut tx, *account).await.map_err(|e| broken("an account", &e))?;
        if matches!(account.state, AccountState::Reconnect { .. }) {
            dead.push((*side, world.sides[*side].user(*person)));
        }
    }
    world.net.dead(dead.into_iter());
    Ok(())
}

/// A sign-in that the provider takes is not given up. One whose key was used up by a renewal that nobody heard of cannot be kept:
/// asking once more is all that can be done, and only its person can sign in again.
pub(crate) async fn is_no_better_than_it_says(world: &World, number: usize) -> Result<(), Stop> {
    let linked = &world.plan.links[number];
    // Who handed over a key of their own has to do so again when it ends.
    let signs_in = world.signs_in(linked.person, linked.side);
    let account = world.accounts.get(&(linked.person, linked.side)).filter(|_| signs_in);
    let Some(account) = account else { return Ok(()) };
    let mut tx = world.engine.store.read().await.map_err(|e| broken("an account", &e))?;
    let account = accounts::find(&mut tx, *account).await.map_err(|e| broken("an account", &e))?;
    let refused = world.seen.sign_ins_refused || world.net.renewal_was_lost();
    if let (AccountState::Reconnect { why }, false) = (account.state, refused) {
        let what =
            format!("{} has to be connected again, and nothing was wrong with it: {why}", account.name);
        return Err(Violation::new("I-27", what));
    }
    Ok(())
}
