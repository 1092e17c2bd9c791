//! `concord keys`: the master keys that seal credentials.

use anyhow::Context;
use clap::Subcommand;
use concord_store::rotation;
use concord_store::vault::{MasterKey, Vault};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::assemble::{self, Program};
use crate::config::{Config, Origin};
use crate::exit::Exit;
use crate::keys;
use crate::output::{Output, columns, counted};
use crate::refusal::usage;

/// How many cells are rewrapped in one transaction.
const PAGE: u32 = 200;

/// Make, exchange and look at the keys that seal credentials
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Print a new master key
    #[command(after_help = "Example: put it before the old one to exchange that (see `concord keys rotate`)
  CONCORD_MASTER_KEY=\"$(concord keys new),$OLD_KEY\" concord keys rotate")]
    New,
    /// Seal everything under the first of the configured keys
    ///
    /// The other configured keys only open what they sealed before; once this is done they are not needed any more.
    /// It may be interrupted and run again at any time.
    Rotate {
        /// Make a new key first and put it into the key file, before those that are there
        ///
        /// Programs that run have read the file already: restart them before the next account is connected.
        #[arg(long)]
        new: bool,
    },
    /// Show which keys are held, and how many credentials each one seals
    Status,
}

/// Prints a new key. Needs no database.
pub fn new(out: Output) -> anyhow::Result<()> {
    let chance = assemble::chance()?;
    let key = MasterKey::generate(&mut |bytes: &mut [u8]| chance.fill(bytes));
    let text = key.text();
    out.show(&json!({ "key": text.expose_secret(), "id": key.id().to_string() }), |_| {
        text.expose_secret().to_owned()
    })
}

/// Does what is asked of a program that has a vault.
pub async fn run(command: Command, program: &Program) -> anyhow::Result<Exit> {
    match command {
        Command::New => new(program.out).map(|()| Exit::Agrees),
        Command::Rotate { new: false } => rotate(program, &program.engine.vault).await,
        Command::Rotate { new: true } => rotate_to_new(program).await,
        Command::Status => status(program).await,
    }
}

async fn rotate(program: &Program, vault: &Vault) -> anyhow::Result<Exit> {
    let engine = &program.engine;
    let progress = program.out.progress("sealing credentials anew");
    let done = rotation::rotate(&engine.store, vault, &mut engine.dice(), PAGE).await?;
    drop(progress);
    let current = vault.current().to_string();
    let result = json!({ "current": current, "rewrapped": done.rewrapped, "unreadable": done.unreadable });
    program.out.show(&result, |_| match done.unreadable {
        0 if done.rewrapped == 0 => format!("everything was sealed under the key {current} already"),
        0 => format!(
            "{} now sealed under the key {current}; older keys are not needed any more",
            counted(i128::from(done.rewrapped), "credential is", "credentials are")
        ),
        n => format!(
            "{} credentials are now sealed under the key {current}; {n} could not be opened with the keys that are \
             configured: give their keys too, or connect those accounts again",
            done.rewrapped
        ),
    })?;
    Ok(if done.unreadable > 0 { Exit::NeedsPerson } else { Exit::Agrees })
}

async fn rotate_to_new(program: &Program) -> anyhow::Result<Exit> {
    let path = key_file(&program.config).ok_or_else(|| {
        usage("--new: the keys come from CONCORD_MASTER_KEY, which this program cannot change; put a new one before them")
    })?;
    let chance = assemble::chance()?;
    let held = keys::read(&path)?;
    let fresh = MasterKey::generate(&mut |bytes: &mut [u8]| chance.fill(bytes)).text();
    let all: Vec<SecretString> = std::iter::once(fresh).chain(held).collect();
    keys::replace(&path, &all, &chance)?;
    let parsed: Result<Vec<MasterKey>, _> = all.iter().map(|text| text.expose_secret().parse()).collect();
    let vault = Vault::new(parsed?).context("the master keys cannot be used")?;
    rotate(program, &vault).await
}

/// The file that the keys are in, if they are in one.
fn key_file(config: &Config) -> Option<std::path::PathBuf> {
    let given =
        config.in_force().iter().any(|one| one.setting.name == "master_key" && one.origin != Origin::Default);
    let file = config.in_force().iter().find(|one| one.setting.name == "master_key_file");
    file.filter(|_| !given).and_then(|one| one.value.clone()).map(Into::into)
}

async fn status(program: &Program) -> anyhow::Result<Exit> {
    let mut tx = program.engine.store.read().await?;
    let sealed = rotation::status(&mut tx).await?;
    let current = program.engine.vault.current();
    let mut rows: Vec<Value> = Vec::new();
    if !sealed.contains_key(&current) {
        rows.push(json!({ "id": current.to_string(), "seals": 0, "state": "current" }));
    }
    for (id, cells) in &sealed {
        let state = if *id == current { "current" } else { "older" };
        rows.push(json!({ "id": id.to_string(), "seals": cells, "state": state }));
    }
    let older = sealed.keys().any(|id| *id != current);
    program.out.list(
        &rows,
        |rows| {
            let mut text = columns(rows, &[("KEY", "id"), ("SEALS", "seals"), ("STATE", "state")]);
            if older {
                text += "\n\n`concord keys rotate` seals everything under the current key";
            }
            text
        },
        "",
    )?;
    Ok(Exit::Agrees)
}
