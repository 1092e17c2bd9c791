//! `concord key`: API keys, with which platforms come in.

use anyhow::Context;
use clap::Subcommand;
use concord_server::api::keys;
use concord_store::api_keys::{self, ApiKey, Scope};
use concord_store::users;
use serde_json::{Value, json};

use crate::assemble::Program;
use crate::output::columns;
use crate::pick;
use crate::refusal::usage;

/// Add, list and revoke API keys
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make a key; it is shown this once
    #[command(after_help = "Example:
  concord key add shop --user Alice --scope write")]
    Add {
        /// What you call it
        name: String,
        /// For whom it acts [default: the only user]
        #[arg(long, value_name = "USER")]
        user: Option<String>,
        /// What it may do: read, write, or admin
        #[arg(long, value_name = "SCOPE", default_value = "write")]
        scope: String,
    },
    /// List keys
    List,
    /// Revoke a key: from now on it opens nothing
    Revoke {
        /// Which: its name, how it begins, or its id
        key: String,
    },
}

/// Does it.
pub async fn run(command: Command, program: &Program) -> anyhow::Result<()> {
    match command {
        Command::Add { name, user, scope } => add(program, &name, user.as_deref(), &scope).await,
        Command::List => list(program).await,
        Command::Revoke { key } => revoke(program, &key).await,
    }
}

async fn add(program: &Program, name: &str, user: Option<&str>, scope: &str) -> anyhow::Result<()> {
    let name = concord_model::text::line(name);
    if name.is_empty() {
        return Err(usage("NAME: say what you call it"));
    }
    let scope: Scope =
        scope.parse().map_err(|_| usage(format!("--scope: \"{scope}\" is not read, write or admin")))?;
    let user = pick::user_or_only(program, user).await?;
    let (row, key) = keys::make(&program.engine, program.workspace, user.id, name, scope).await?;
    let told = json!({ "id": row.id, "name": row.name, "key": key, "scope": scope, "userId": user.id });
    program.out.show(&told, |_| {
        format!("{key}\nThis is the key \"{}\" of {}. It is shown this once.", row.name, user.name)
    })
}

async fn list(program: &Program) -> anyhow::Result<()> {
    let mut tx = program.engine.store.read().await?;
    let people = users::list(&mut tx, program.workspace).await?;
    let rows: Vec<Value> = api_keys::list(&mut tx, program.workspace)
        .await?
        .into_iter()
        .map(|key| {
            let user = people.iter().find(|user| user.id == key.user).map(|user| user.name.clone());
            let state = if key.revoked_at.is_some() { "revoked" } else { "active" };
            json!({ "id": key.id, "name": key.name, "prefix": key.prefix, "scope": key.scope, "user": user,
                    "state": state, "createdAt": key.created_at, "usedAt": key.used_at })
        })
        .collect();
    let heads = [
        ("NAME", "name"),
        ("BEGINS", "prefix"),
        ("SCOPE", "scope"),
        ("USER", "user"),
        ("STATE", "state"),
        ("ID", "id"),
    ];
    program.out.list(
        &rows,
        |rows| columns(rows, &heads),
        "there is no API key yet; make one: concord key add NAME",
    )
}

async fn revoke(program: &Program, text: &str) -> anyhow::Result<()> {
    let engine = &program.engine;
    let mut tx = engine.store.begin().await?;
    let all = api_keys::list(&mut tx, program.workspace).await?;
    let is_meant = |key: &&ApiKey| {
        key.revoked_at.is_none() && (key.name == text || key.prefix == text || key.id.to_string() == text)
    };
    let meant: Vec<&ApiKey> = all.iter().filter(is_meant).collect();
    let key = match meant[..] {
        [one] => one,
        [] => {
            return Err(usage(format!(
                "there is no API key \"{text}\" in use; `concord key list` shows them"
            )));
        }
        _ => return Err(usage(format!("there are {} keys \"{text}\"; name one by its id", meant.len()))),
    };
    api_keys::revoke(&mut tx, program.workspace, key.id, engine.now())
        .await
        .context("the key cannot be revoked")?;
    tx.commit().await?;
    program.out.show(&json!({ "id": key.id, "name": key.name }), |_| {
        format!("revoked \"{}\": it opens nothing any more", key.name)
    })
}
