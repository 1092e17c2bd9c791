//! The end of a world: faults off, people put right what only they can, and then everybody has time.

use concord_store::accounts;
use concord_store::accounts::AccountState;
use concord_store::links::LinkState;
use concord_store::plans;
use jiff::SignedDuration;

use crate::checks;
use crate::outcome::Violation;
use crate::people::{self, settings};
use crate::script::{Job, Notices};
use crate::world::{Stop, World, broken};

/// How many rounds of work a world may need until nothing is left to do.
const ROUNDS: usize = 40;
/// How many runs one round may need.
const RUNS: usize = 400;

/// All faults end, all that was begun is finished, people answer, and time goes on until nothing happens any more.
pub(crate) async fn calm(world: &mut World) -> Result<(), Stop> {
    for side in &world.sides {
        side.calm();
    }
    world.net.calm().await;
    world.tell("all faults end, and people only put right what needs them".to_owned());
    world.finish_work().await?;
    // Whoever was held up between taking from the allowance and calling has called by now.
    world.net.counts_anew();
    // Leases of the dead run out.
    world.time.pass(SignedDuration::from_hours(3));
    put_right(world).await?;
    checks::plans::are_what_is_done(world).await?;
    settle(world).await?;
    // What a lying answer left out is found when everything is listed, once a day; and questions end.
    for _ in 0..2 {
        world.time.pass(SignedDuration::from_hours(27));
        put_right(world).await?;
        settle(world).await?;
    }
    Ok(())
}

/// People connect again, resume, retry, and answer or do not.
async fn put_right(world: &mut World) -> Result<(), Stop> {
    for number in 0..world.links.len() {
        checks::sign_ins::is_no_better_than_it_says(world, number).await?;
        settings::reconnect(world, number).await.map_err(|e| broken("reconnect", &e))?;
        let Some(link) = world.links[number] else { continue };
        let row = {
            let mut tx = world.engine.store.read().await.map_err(|e| broken("a link", &e))?;
            concord_store::links::find(&mut tx, link).await.map_err(|e| broken("a link", &e))?
        };
        // A plan is offered for a day; who comes later has the link look again.
        let stale = match &row.state {
            LinkState::Braked { plan } => !is_offered(world, plan).await.map_err(|e| broken("a plan", &e))?,
            _ => false,
        };
        if stale || matches!(row.state, LinkState::Paused | LinkState::Stopped { .. }) {
            settings::pause(world, link, false).await.map_err(|e| broken("resume", &e))?;
        }
        if !matches!(row.state, LinkState::Removed { .. } | LinkState::Braked { .. }) {
            let retried = concord_engine::queue::retry_all(&world.engine, world.workspace, link).await;
            retried.map_err(|e| broken("retry", &e))?;
        }
    }
    checks::sign_ins::are_left_alone(world).await?;
    settings::approve(world).await.map_err(|e| broken("approve", &e))?;
    if world.plan.seed.is_multiple_of(2) {
        settings::answer_all(world, world.plan.seed as u32 / 2).await.map_err(|e| broken("answers", &e))?;
    }
    Ok(())
}

/// Whether a plan can still be approved.
async fn is_offered(world: &World, hash: &str) -> Result<bool, concord_store::Error> {
    let mut tx = world.engine.store.read().await?;
    let open = plans::list_open(&mut tx, world.workspace, world.time.now()).await?;
    Ok(open.iter().any(|plan| plan.hash == hash))
}

/// Works until nothing is left to do, or says that it never ends.
pub(crate) async fn settle(world: &mut World) -> Result<(), Stop> {
    let mut quiet = 0;
    for _ in 0..ROUNDS {
        let busy = round(world).await?;
        quiet = if busy { 0 } else { quiet + 1 };
        if quiet == 2 {
            return Ok(());
        }
        world.time.pass(SignedDuration::from_mins(17));
    }
    let left = checks::what_is_left(world).await?;
    Err(Violation::new(
        "I-01",
        format!("the world does not come to rest: there is always something to do: {left}"),
    ))
}

/// One round: notices arrive, every worker works until nothing is due. Returns whether anything was done.
pub(crate) async fn round(world: &mut World) -> Result<bool, Stop> {
    world.time.pass(SignedDuration::from_secs(70));
    people::notices(world, Notices::Arrive).await?;
    let mut busy = settings::approve(world).await.map_err(|e| broken("approve", &e))? > 0;
    for worker in 0..world.workers.len() {
        for job in [Job::Channels, Job::Upkeep] {
            world.turn(worker, u32::MAX, job).await?;
        }
        let mut runs = 0;
        while let Some(ended) = world.turn(worker, u32::MAX, Job::Due).await? {
            if ended.ran && ended.busy {
                world.story.push(format!("      worker {worker} {}", ended.line));
            }
            // Run by run: what two of them did is not to be told of one.
            checks::after_step(world).await?;
            busy |= ended.busy;
            runs += 1;
            if !ended.ran {
                break;
            }
            if runs > RUNS {
                return Err(Violation::new("I-01", "a worker always finds something that is due"));
            }
        }
        checks::after_step(world).await?;
    }
    Ok(busy)
}

/// Whether that person's account works.
pub(crate) async fn is_connected(world: &World, number: usize) -> Result<bool, concord_store::Error> {
    let linked = &world.plan.links[number];
    let Some(account) = world.accounts.get(&(linked.person, linked.side)) else { return Ok(false) };
    let mut tx = world.engine.store.read().await?;
    Ok(accounts::find(&mut tx, *account).await?.state == AccountState::Active)
}
