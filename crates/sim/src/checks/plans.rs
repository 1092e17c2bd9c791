//! A plan is what is then done: a dry run changes nothing over there, and the run after it does what it said.

use concord_engine::run::{Report, Wish};
use concord_engine::schedule;
use concord_model::LinkId;
use concord_store::runs::RunKind;

use crate::outcome::Violation;
use crate::world::{Stop, World, broken};

/// Where the engine learns that what it was about to write is not as it was seen.
const NEWS: &str = "push: it was changed or gone meanwhile";

/// Every link, once, when nothing goes wrong any more.
pub(crate) async fn are_what_is_done(world: &mut World) -> Result<(), Stop> {
    for number in 0..world.links.len() {
        let Some(link) = world.links[number] else { continue };
        let side = world.side(number);
        let looked = side.last_call();
        let Some(planned) = look(world, link, true).await? else { continue };
        if let Some(write) = side.calls(looked).into_iter().find(|call| call.writes) {
            return Err(Violation::new("dry", format!("a dry run called {}", write.what)));
        }
        let (before, news) = (side.last_call(), concord_points::times(NEWS));
        let Some(done) = look(world, link, false).await? else { continue };
        super::after_step(world).await?;
        // What an answer had hidden, and a write then meets, or what a calendar refuses whole or in part, no plan could know.
        // Not every answer to such a write says so: a page that now stands in another table is read, and found there.
        let refused = done.failed + done.waiting > 0;
        let is_other = refused
            || concord_points::times(NEWS) > news
            || side.calls(before).iter().any(|call| [404, 409, 410, 412].contains(&call.status))
            // Where the account turned out to have moved, what was asked before that was learnt was not answered.
            || side.calls(looked).iter().any(|call| call.status == 404);
        let (Some(plan), None, None, false) = (&planned.plan, &planned.stopped, &done.stopped, is_other)
        else {
            continue;
        };
        let told = &plan.counts;
        let told = [
            told.created_there + told.changed_there,
            told.created_here + told.changed_here,
            told.deleted_here + told.deleted_there,
            told.adopted,
        ];
        let did = [done.tally.pushed, done.tally.pulled, done.tally.deleted, done.tally.adopted];
        if told != did {
            let what =
                format!("planned (sent out, taken in, deleted, recognised) {told:?}, done {did:?}: {plan}");
            return Err(Violation::new("plan", what));
        }
    }
    Ok(())
}

async fn look(world: &World, link: LinkId, dry: bool) -> Result<Option<Report>, Stop> {
    let wish = Wish { dry, ..Wish::default() };
    let looked = schedule::run_now(&world.engine, link, RunKind::Manual, wish).await;
    looked.map_err(|e| broken("a run that was wanted", &e))
}
