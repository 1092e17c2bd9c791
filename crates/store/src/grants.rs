//! What an account may do, sealed: access token, refresh token and what else its provider gave.
//!
//! A grant is changed by compare-and-swap on its version, and refreshed under a lease, so that of several nodes one
//! refreshes and nobody overwrites a rotated token with an older one (I-25, I-26).

use concord_model::AccountId;
use concord_points::defect;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::accounts::Account;
use crate::column::FormOf;
use crate::db::{One, Record, Row, Tx, expect_one};
use crate::error::Error;
use crate::vault::{Place, Sealer, Vault};

/// What a provider gave. It cannot be printed.
pub struct GrantSecret {
    /// The token that calls carry.
    pub access: SecretString,
    /// The token that brings the next one.
    pub refresh: Option<SecretString>,
    /// Whatever else must be kept.
    pub extra: serde_json::Value,
}

/// How a grant is written inside its seal.
#[derive(Serialize, Deserialize)]
struct Plain<'a> {
    v: u32,
    #[serde(borrow)]
    access: std::borrow::Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    refresh: Option<std::borrow::Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    extra: serde_json::Value,
}

struct Sealed {
    sealed: Vec<u8>,
    version: i64,
}

impl Record for Sealed {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Sealed { sealed: row.col("sealed")?, version: row.col("version")? })
    }
}

fn place<'a>(account: &Account, row: &'a str) -> Place<'a> {
    Place { table: "grants", column: "sealed", row, workspace: account.workspace }
}

/// Seals a grant in place of the one of version `expected` (`None`: of none, or whatever there is after the person
/// has signed in again) and tells the account when it ends. [`Error::Changed`] when another has been there first.
/// Returns the new version.
pub async fn seal_grant(
    tx: &mut Tx,
    sealer: &mut Sealer<'_>,
    account: &Account,
    secret: &GrantSecret,
    access_ends_at: Option<Timestamp>,
    scopes: &[String],
    expected: Option<i64>,
) -> Result<i64, Error> {
    let plain = Plain {
        v: 1,
        access: secret.access.expose_secret().into(),
        refresh: secret.refresh.as_ref().map(|token| token.expose_secret().into()),
        extra: secret.extra.clone(),
    };
    let plain = serde_json::to_string(&plain).expect("texts and JSON are JSON");
    let sealed = sealer.seal(&place(account, &account.id.to_string()), &SecretString::from(plain));
    let version: Option<One<i64>> = match expected {
        None => {
            tx.sql(
                "INSERT INTO grants (account_id, workspace_id, sealed, version) VALUES ($1, $2, $3, 1)
                 ON CONFLICT (account_id) DO UPDATE SET sealed = excluded.sealed, version = grants.version + 1
                 RETURNING version",
            )
            .bind(account.id)
            .bind(account.workspace)
            .bind(&sealed)
            .opt()
            .await?
        }
        Some(expected) => {
            tx.sql(
                "UPDATE grants SET sealed = $3, version = version + 1
                 WHERE account_id = $1 AND workspace_id = $2 AND version = $4
                 RETURNING version",
            )
            .bind(account.id)
            .bind(account.workspace)
            .bind(&sealed)
            .bind(expected)
            .opt()
            .await?
        }
    };
    let One(version) = version.ok_or(Error::Changed)?;
    let changed = tx
        .sql("UPDATE accounts SET access_ends_at = $3, scopes = $4 WHERE id = $1 AND workspace_id = $2")
        .bind(account.id)
        .bind(account.workspace)
        .bind(access_ends_at)
        .bind(FormOf(scopes))
        .run()
        .await?;
    expect_one(changed, Error::NotFound)?;
    Ok(version)
}

/// Opens an account's grant; with it comes the version that [`seal_grant`] wants back.
pub async fn open_grant(tx: &mut Tx, vault: &Vault, account: &Account) -> Result<(GrantSecret, i64), Error> {
    let found: Sealed = tx
        .sql("SELECT sealed, version FROM grants WHERE account_id = $1 AND workspace_id = $2")
        .bind(account.id)
        .bind(account.workspace)
        .one()
        .await?;
    let plain = vault
        .open(&place(account, &account.id.to_string()), &found.sealed)
        .map_err(|e| Error::Broken(Box::new(e)))?;
    let plain: Plain<'_> = serde_json::from_str(plain.expose_secret())
        .map_err(|_| Error::broken("what was sealed is not a grant that is known here"))?;
    if plain.v != 1 {
        return Err(Error::broken("the grant was sealed by a newer program"));
    }
    // The copies that escapes in the JSON may have caused are wiped as well.
    let (access, refresh) =
        (Zeroizing::new(plain.access.into_owned()), plain.refresh.map(|t| Zeroizing::new(t.into_owned())));
    let secret = GrantSecret {
        access: SecretString::from(access.as_str()),
        refresh: refresh.map(|token| SecretString::from(token.as_str())),
        extra: plain.extra,
    };
    Ok((secret, found.version))
}

/// Takes the lease to refresh a grant, for whoever drew that token. `false` when another has it.
pub async fn claim_refresh(
    tx: &mut Tx,
    account: AccountId,
    now: Timestamp,
    until: Timestamp,
    token: i64,
) -> Result<bool, Error> {
    let changed = tx
        .sql(
            "UPDATE grants SET refresh_token = $4, refresh_until = $3
             WHERE account_id = $1 AND (refresh_until IS NULL OR refresh_until <= $2)",
        )
        .bind(account)
        .bind(now)
        .bind(until)
        .bind(token)
        .run()
        .await?;
    Ok(changed > 0 || defect!("two renew a sign-in at once"))
}

/// Gives the lease back, if that token still has it.
pub async fn release_refresh(tx: &mut Tx, account: AccountId, token: i64) -> Result<(), Error> {
    tx.sql(
        "UPDATE grants SET refresh_token = NULL, refresh_until = NULL
         WHERE account_id = $1 AND refresh_token = $2",
    )
    .bind(account)
    .bind(token)
    .run()
    .await?;
    Ok(())
}

/// Forgets an account's grant: it was disconnected.
pub async fn forget(tx: &mut Tx, account: AccountId) -> Result<(), Error> {
    tx.sql("DELETE FROM grants WHERE account_id = $1").bind(account).run().await?;
    Ok(())
}
