//! `concord doctor`: looks at the whole set-up, says what is wrong, and what to do about it (BE-14).

mod findings;
mod google;
mod microsoft;
mod notion;

use std::fs;
use std::path::Path;

use clap::Args;
use concord_store::accounts::AccountState;
use concord_store::links::LinkState;
use concord_store::{Store, conflicts, rotation, users};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use findings::Findings;

use super::version;
use crate::assemble::{self, Notices, Program};
use crate::config::{Config, Keys};
use crate::exit::Exit;
use crate::output::{Output, columns};
use crate::pick;
use crate::refusal;
use concord_providers::called::Titled;

/// Check configuration, keys, database and providers, and say what to do
#[derive(Args, Debug)]
#[command(
    after_help = "Exit codes: 0 all is well, 1 something needs a person, 2 a setting is wrong, 3 a provider or the database
cannot be reached now."
)]
pub struct Arguments {
    /// Ask no provider
    #[arg(long)]
    offline: bool,
}

/// Checks everything.
pub async fn run(arguments: Arguments, config: Config, out: Output) -> anyhow::Result<Exit> {
    let mut checks = Findings::default();
    settings(&config, &mut checks);
    folder(&config, &mut checks);
    let progress = out.progress("looking at the database");
    match assemble::open_store(&config).await {
        Ok((store, migrated)) => {
            checks.good(
                "database",
                format!("{} is open, its tables are of version {}", store.kind(), migrated.to),
            );
            writable(&store, &mut checks).await;
            keys(&config, &store, &mut checks).await?;
            store.close().await;
            match Program::assemble(config.clone(), out, Notices::Elsewhere).await {
                Ok(program) => accounts(&program, &mut checks).await?,
                Err(error) => {
                    checks.bad(refusal::exit(&error), "program", refusal::told(&error), "see above");
                }
            }
        }
        Err(error) => checks.bad(
            refusal::exit(&error),
            "database",
            refusal::told(&error),
            "check CONCORD_DATABASE_URL and CONCORD_DATA_DIR",
        ),
    }
    progress.say("asking the providers".to_owned());
    google::check(&config, arguments.offline, &mut checks).await?;
    microsoft::check(&config, arguments.offline, &mut checks).await?;
    notion::check(&config, arguments.offline, &mut checks).await?;
    drop(progress);
    checks.good("time zones", format!("the built-in database is of {}", version::zones()));

    let rows: Vec<Value> = config
        .in_force()
        .iter()
        .map(|one| {
            json!({
                "setting": one.setting.name,
                "value": one.value,
                "source": one.origin.to_string(),
                "variable": one.setting.variable(),
            })
        })
        .collect();
    let exit = checks.exit();
    let result = json!({
        "ok": exit == Exit::Agrees,
        "checks": checks.json(),
        "settings": rows,
        "version": version::VERSION,
    });
    out.show(&result, |_| {
        let mut rows = rows.clone();
        for row in rows.iter_mut().filter(|row| row["value"].is_null()) {
            row["value"] = json!("–");
        }
        let settings = columns(&rows, &[("SETTING", "setting"), ("VALUE", "value"), ("SOURCE", "source")]);
        format!("{settings}\n\n{}", checks.words())
    })?;
    Ok(exit)
}

fn settings(config: &Config, checks: &mut Findings) {
    checks.good("settings", format!("{} are in force and fit together", config.in_force().len()));
    for note in &config.notes {
        checks.note("settings", note, None);
    }
    match assemble::public_url(config) {
        None => checks.good(
            "public address",
            format!(
                "not set: reached on this machine only, at {}",
                config.server.public_url(config.server.listen)
            ),
        ),
        Some(url) => checks.good("public address", format!("{url}, where sign-in comes back to")),
    }
    if !config.clock_offset.is_zero() {
        checks.note(
            "clock",
            format!("runs {:#} ahead of this machine's: fit for tests only", config.clock_offset),
            Some("take CONCORD_CLOCK_OFFSET away where data is to be kept"),
        );
    }
}

fn folder(config: &Config, checks: &mut Findings) {
    let dir = &config.data.dir;
    match fs::metadata(dir) {
        Ok(found) if found.is_dir() => match is_open_to_others(dir) {
            true => checks.note(
                "data folder",
                format!("{} can be read by other users of this machine", dir.display()),
                Some(&format!("chmod 700 {}", dir.display())),
            ),
            false => checks.good("data folder", dir.display().to_string()),
        },
        Ok(_) => checks.bad(
            Exit::Usage,
            "data folder",
            format!("{} is not a folder", dir.display()),
            "name another one with CONCORD_DATA_DIR",
        ),
        Err(_) => checks.good("data folder", format!("{} will be made", dir.display())),
    }
}

/// Whether others than the owner may read it.
fn is_open_to_others(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

async fn writable(store: &Store, checks: &mut Findings) {
    let write = async {
        let mut tx = store.begin().await?;
        concord_store::meta::set(&mut tx, "doctor", "was here").await
        // Dropped, so it never was.
    };
    if let Err(error) = write.await {
        checks.bad(
            Exit::Usage,
            "database",
            format!("cannot be written: {}", refusal::told(&error.into())),
            "give this user the right to write to it",
        );
    }
}

async fn keys(config: &Config, store: &Store, checks: &mut Findings) -> anyhow::Result<()> {
    let mut tx = store.read().await?;
    let sealed = rotation::status(&mut tx).await?;
    let texts = match &config.keys {
        Keys::Given(texts) => texts,
        Keys::MakeIn(path) => {
            match sealed.is_empty() {
                true => checks.good("master key", format!("will be made in {}", path.display())),
                false => checks.bad(
                    Exit::Usage,
                    "master key",
                    format!(
                        "{} is not there, and the database holds credentials sealed under another key",
                        path.display()
                    ),
                    "put the key back, or connect the accounts again with a new database",
                ),
            }
            return Ok(());
        }
    };
    let held: Vec<_> = texts
        .iter()
        .filter_map(|text| text.expose_secret().parse::<concord_store::vault::MasterKey>().ok())
        .collect();
    let held: Vec<_> = held.iter().map(concord_store::vault::MasterKey::id).collect();
    let lost: i64 = sealed.iter().filter(|(id, _)| !held.contains(id)).map(|(_, cells)| cells).sum();
    let older: i64 = sealed
        .iter()
        .filter(|(id, _)| held.iter().skip(1).any(|known| known == *id))
        .map(|(_, cells)| cells)
        .sum();
    if lost > 0 {
        checks.bad(
            Exit::Usage,
            "master key",
            format!("{lost} credentials are sealed under a key that is not here"),
            "add that key behind the current one, or connect those accounts again",
        );
    } else if older > 0 {
        checks.note(
            "master key",
            format!("{older} credentials are sealed under an older key"),
            Some("concord keys rotate"),
        );
    } else {
        checks.good("master key", "opens everything that is sealed");
    }
    let file = config
        .in_force()
        .iter()
        .find(|one| one.setting.name == "master_key_file")
        .and_then(|one| one.value.clone());
    if let Some(file) = file
        && is_open_to_others(Path::new(&file))
    {
        checks.note(
            "master key",
            format!("{file} can be read by other users of this machine"),
            Some(&format!("chmod 600 {file}")),
        );
    }
    Ok(())
}

/// What needs a person before syncing can go on.
async fn accounts(program: &Program, checks: &mut Findings) -> anyhow::Result<()> {
    let accounts = pick::living_accounts(program, None).await?;
    let links = pick::living_links(program, None).await?;
    let mut fine = true;
    for account in &accounts {
        if let AccountState::Reconnect { why } = &account.state {
            fine = false;
            checks.bad(
                Exit::NeedsPerson,
                "account",
                format!("{} has to be connected again: {why}", account.name),
                program.to_connect(&account.provider),
            );
        }
        if let (Some(site), Some(provider)) = (&account.site, program.engine.providers.get(&account.provider))
        {
            checks.good("server", format!("of {}: it {}", account.name, provider.found(site).join("; it ")));
        }
        if !program.engine.providers.contains_key(&account.provider) {
            fine = false;
            checks.bad(
                Exit::Usage,
                "account",
                format!("{} is at {}, which is not set up any more", account.name, account.provider.title()),
                "set its CONCORD_… settings again (see below)",
            );
        }
    }
    for link in &links {
        let (why, fix) = match &link.state {
            LinkState::Stopped { why } => {
                (why.clone(), format!("mend that, then: concord link resume \"{}\"", link.name))
            }
            LinkState::Braked { plan } => {
                ("a large change waits for consent".to_owned(), format!("concord plan show {plan}"))
            }
            _ => continue,
        };
        fine = false;
        checks.bad(Exit::NeedsPerson, "link", format!("{} does not sync: {why}", link.name), fix);
    }
    let mut tx = program.engine.store.read().await?;
    let open = conflicts::list(&mut tx, program.workspace, true, None, 1_000).await?.len();
    if open > 0 {
        fine = false;
        checks.bad(
            Exit::NeedsPerson,
            "conflicts",
            format!("{open} wait for an answer"),
            "concord conflict list",
        );
    }
    let nobody = users::list(&mut tx, program.workspace).await?.is_empty();
    if nobody {
        checks.note(
            "people",
            "nobody is known yet who could have a calendar",
            Some("concord serve (its first page makes you the administrator), or: concord user add NAME"),
        );
    }
    if accounts.is_empty() {
        let fix = match program.engine.providers.is_empty() {
            true => "set a provider up first, as said below",
            false => "in the page of concord serve, or: concord account connect google --user NAME",
        };
        checks.note("accounts", "none is connected yet", Some(fix));
    } else if fine {
        checks.good("accounts", format!("{} connected, {} calendars linked", accounts.len(), links.len()));
    }
    Ok(())
}

/// The settings alone, when they cannot be used: all that is wrong with them.
pub fn broken(faults: &crate::config::Faults, out: Output) -> anyhow::Result<Exit> {
    let mut checks = Findings::default();
    for fault in &faults.0 {
        checks.bad(
            Exit::Usage,
            "settings",
            fault,
            "mend it in the environment or in concord.toml, then look again: concord doctor",
        );
    }
    let result = json!({ "ok": false, "checks": checks.json(), "settings": [], "version": version::VERSION });
    out.show(&result, |_| checks.words())?;
    Ok(Exit::Usage)
}
