//! Sign-ins under way at providers: from sending a person there to their coming back (I-29).

use concord_model::{ProviderId, UserId, WorkspaceId};
use jiff::Timestamp;
use secrecy::SecretString;

use crate::db::{Record, Row, Tx};
use crate::error::Error;
use crate::vault::{Place, Sealer, Vault};

/// A sign-in under way.
pub struct SignIn {
    /// The hash of the state that comes back; the state itself is not kept.
    pub state_hash: String,
    /// Behind whose walls it is.
    pub workspace: WorkspaceId,
    /// Who signs in.
    pub user: UserId,
    /// Where.
    pub provider: ProviderId,
    /// In which session here: nobody else may finish it.
    pub session: String,
    /// What proves that we are who began it (PKCE).
    pub verifier: SecretString,
    /// Where the person comes back to.
    pub redirect: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A row, with the verifier still sealed.
struct Sealed {
    sign_in: SignIn,
    verifier: Vec<u8>,
}

impl Record for Sealed {
    fn read(row: &Row) -> Result<Self, Error> {
        let sign_in = SignIn {
            state_hash: row.col("state_hash")?,
            workspace: row.col("workspace_id")?,
            user: row.col("user_id")?,
            provider: row.col("provider")?,
            session: row.col("session")?,
            verifier: SecretString::default(),
            redirect: row.col("redirect")?,
            expires_at: row.col("expires_at")?,
        };
        Ok(Sealed { sign_in, verifier: row.col("verifier")? })
    }
}

fn place(sign_in: &SignIn) -> Place<'_> {
    Place { table: "sign_ins", column: "verifier", row: &sign_in.state_hash, workspace: sign_in.workspace }
}

/// Writes down that someone was sent to sign in.
pub async fn start(tx: &mut Tx, sealer: &mut Sealer<'_>, sign_in: &SignIn) -> Result<(), Error> {
    let verifier = sealer.seal(&place(sign_in), &sign_in.verifier);
    tx.sql(
        "INSERT INTO sign_ins (state_hash, workspace_id, user_id, provider, session, verifier, redirect, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&sign_in.state_hash)
    .bind(sign_in.workspace)
    .bind(sign_in.user)
    .bind(&sign_in.provider)
    .bind(&sign_in.session)
    .bind(verifier)
    .bind(&sign_in.redirect)
    .bind(sign_in.expires_at)
    .run()
    .await?;
    Ok(())
}

/// Takes the sign-in that comes back with that state: once, and in time. [`Error::NotFound`] otherwise. Whether
/// session and provider are the right ones is for the caller to check.
pub async fn take_once(
    tx: &mut Tx,
    vault: &Vault,
    state_hash: &str,
    now: Timestamp,
) -> Result<SignIn, Error> {
    let Sealed { mut sign_in, verifier } = tx
        .sql(
            "UPDATE sign_ins SET used_at = $2 WHERE state_hash = $1 AND used_at IS NULL AND expires_at > $2
             RETURNING *",
        )
        .bind(state_hash)
        .bind(now)
        .one()
        .await?;
    sign_in.verifier = vault.open(&place(&sign_in), &verifier).map_err(|e| Error::Broken(Box::new(e)))?;
    Ok(sign_in)
}

/// Forgets those whose time was over before that instant. Returns how many.
pub async fn forget_before(tx: &mut Tx, before: Timestamp) -> Result<u64, Error> {
    tx.sql("DELETE FROM sign_ins WHERE expires_at < $1").bind(before).run().await
}
