//! Backups: the database as it was, put back in the middle of a world that went on (`rules.md` 18).

use std::io::Cursor;

use concord_model::{AccountId, LinkId};
use concord_store::backup::{self, Over};

use crate::history::Where;
use crate::world::{Stop, World, broken};

/// A backup, and what people knew then.
pub(crate) struct Backup {
    file: Vec<u8>,
    links: Vec<Option<LinkId>>,
    accounts: Vec<((usize, usize), AccountId)>,
    /// The last number that anybody had written.
    last: u32,
}

/// Somebody makes a backup.
pub(super) async fn make(world: &mut World) -> Result<(), Stop> {
    let mut file = Vec::new();
    backup::write(&world.engine.store, "sim", world.time.now(), &mut file)
        .await
        .map_err(|e| broken("a backup", &e))?;
    let last = world.past().last();
    world.backup = Some(Backup {
        file,
        links: world.links.clone(),
        accounts: world.accounts.iter().map(|(whose, account)| (*whose, *account)).collect(),
        last,
    });
    world.tell("a backup is made".to_owned());
    Ok(())
}

/// Everything is ended, the last backup is put back, and everything begins again.
pub(super) async fn restore(world: &mut World) -> Result<(), Stop> {
    let Some(backup) = world.backup.take() else { return Ok(()) };
    for worker in 0..world.workers.len() {
        world.crash(worker);
    }
    let now = world.time.now();
    backup::restore(&world.engine.store, &mut Cursor::new(backup.file.as_slice()), Over::Whatever, now)
        .await
        .map_err(|e| broken("a restore", &e))?;
    world.links.clone_from(&backup.links);
    world.accounts = backup.accounts.iter().copied().collect();
    {
        let mut past = world.past();
        past.restored = true;
        // What was written here since is gone with the database that held it; what was written there is not.
        past.written
            .retain(|number, written| *number <= backup.last || matches!(written.at, Where::There { .. }));
        for written in past.written.values_mut() {
            written.secret = false;
        }
    }
    world.trace.count("backup restored");
    world.tell("the backup is restored: what was done here since is forgotten".to_owned());
    world.backup = Some(backup);
    Ok(())
}
