//! A database for each world, made quickly.

use concord_store::{Error, Store};

/// An empty database in memory, with its tables.
pub(crate) async fn store() -> Result<Store, Error> {
    let store = Store::open("sqlite::memory:").await?;
    store.migrate().await?;
    Ok(store)
}
