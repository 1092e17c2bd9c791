//! The first administrator. Until there is one, nobody can sign in, and only who holds the code that the program printed
//! at its start can make one.

use concord_engine::Engine;
use concord_store::vault::hashed;
use concord_store::{meta, users};

/// Under which key the code's hash is kept.
const KEY: &str = "setup_code";

/// Returns the code with which the first administrator can be made, a new one each time; none when there is one who can
/// sign in.
pub async fn code(engine: &Engine) -> Result<Option<String>, concord_store::Error> {
    let mut tx = engine.store.begin().await?;
    if users::can_sign_in(&mut tx).await? {
        return Ok(None);
    }
    let code = engine.secret::<12>();
    meta::set(&mut tx, KEY, &hashed(&code)).await?;
    tx.commit().await?;
    Ok(Some(code))
}

/// Whether that is the code.
pub(crate) async fn is_code(tx: &mut concord_store::Tx, code: &str) -> Result<bool, concord_store::Error> {
    Ok(meta::get(tx, KEY).await?.is_some_and(|hash| hash == hashed(code)))
}

/// The code has served.
pub(crate) async fn done(tx: &mut concord_store::Tx) -> Result<(), concord_store::Error> {
    meta::set(tx, KEY, "").await
}
