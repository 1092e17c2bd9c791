//! `concord doctor`: looks at the whole set-up, says what is wrong, and what to do about it (BE-14).

mod findings;

use std::fs;
use std::path::Path;

use bytes::Bytes;
use clap::Args;
use concord_net::Door;
use concord_providers::http::Http;
use concord_store::accounts::AccountState;
use concord_store::links::LinkState;
use concord_store::{Store, conflicts, rotation};
use http::{Method, Request, header};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use url::Url;

use findings::Findings;

use super::version;
use crate::assemble::{self, Notices, Program};
use crate::config::{Config, Keys};
use crate::exit::Exit;
use crate::output::{Output, columns, table};
use crate::pick;
use crate::refusal;

/// A provider's clock and ours may be this far apart before somebody should know.
const SKEW: SignedDuration = SignedDuration::from_secs(30);
/// How long a provider may take to answer.
const PATIENCE: SignedDuration = SignedDuration::from_secs(10);

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
    google(&config, arguments.offline, &mut checks).await?;
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
        None => checks.good("public address", "not set: sign-in works on this machine"),
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

async fn google(config: &Config, offline: bool, checks: &mut Findings) -> anyhow::Result<()> {
    let door = assemble::door(PATIENCE)?;
    match &config.google.client {
        None => checks.note(
            "Google",
            "not set up: CONCORD_GOOGLE_CLIENT_ID and CONCORD_GOOGLE_CLIENT_SECRET are missing",
            Some(
                "make a project at https://console.cloud.google.com, switch the Google Calendar API on, make an OAuth client \
                 (Desktop app to try, Web application for a server), and set the two",
            ),
        ),
        Some(client) => {
            if client.id.ends_with(".apps.googleusercontent.com") || config.google.api_url.host_str() != Some("www.googleapis.com") {
                checks.good("Google", "the client id and its secret are set");
            } else {
                checks.note(
                    "Google",
                    "the client id does not end with .apps.googleusercontent.com",
                    Some("copy it anew from the project's credentials"),
                );
            }
            if assemble::is_here(&config.google.api_url) {
                checks.note("Google", format!("an emulator stands in for it: {}", config.google.api_url), None);
            } else {
                checks.note(
                    "Google",
                    "if the consent screen is in \"Testing\", Google ends every sign-in after seven days",
                    Some("set its publishing status to \"In production\""),
                );
            }
            if offline {
                checks.note("Google", "was not asked, as --offline says", None);
            } else {
                reachable(&door, "Google", &config.google.api_url, checks).await;
                reachable(&door, "Google sign-in", &config.google.token_url, checks).await;
            }
        }
    }
    Ok(())
}

/// Any answer at all is good; its date tells whose clock is wrong.
async fn reachable(door: &Door, what: &'static str, url: &Url, checks: &mut Findings) {
    let Ok(request) = Request::builder().method(Method::GET).uri(url.as_str()).body(Bytes::new()) else {
        return;
    };
    match door.send(request).await {
        Ok(answer) => {
            checks.good(what, format!("{} answers", url.host_str().unwrap_or_default()));
            let theirs = answer.headers().get(header::DATE).and_then(|date| date.to_str().ok());
            let theirs =
                theirs.and_then(|date| jiff::fmt::rfc2822::parse(date).ok()).map(|zoned| zoned.timestamp());
            let ours: Timestamp = crate::clock::Clock::ahead_by(SignedDuration::ZERO).now();
            if let Some(theirs) = theirs
                && ours.duration_since(theirs).abs() > SKEW
                && !assemble::is_here(url)
            {
                checks.note(
                    "clock",
                    format!(
                        "this machine's clock and {}'s are {:#} apart",
                        url.host_str().unwrap_or_default(),
                        ours.duration_since(theirs).abs()
                    ),
                    Some("let this machine set its clock by NTP"),
                );
            }
        }
        Err(lost) => checks.bad(
            Exit::Later,
            what,
            format!("{} {}", url.host_str().unwrap_or_default(), refusal::told(&lost.into())),
            "check this machine's network, DNS and firewall",
        ),
    }
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
                format!("concord account connect {} --user …", account.provider),
            );
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
    if accounts.is_empty() {
        checks.note("accounts", "none is connected yet", Some("concord account connect google --user NAME"));
    } else if fine {
        checks.good("accounts", format!("{} connected, {} calendars linked", accounts.len(), links.len()));
    }
    Ok(())
}

/// The settings alone, when they cannot be used: all that is wrong with them.
pub fn broken(faults: &crate::config::Faults, out: Output) -> anyhow::Result<Exit> {
    let rows: Vec<Value> = faults
        .0
        .iter()
        .map(|fault| json!({ "check": "settings", "state": "bad", "says": fault, "fix": null }))
        .collect();
    out.show(&json!({ "ok": false, "checks": rows, "settings": [], "version": version::VERSION }), |_| {
        let lines: Vec<Vec<String>> =
            faults.0.iter().map(|fault| vec![format!("✗ settings: {fault}")]).collect();
        table(&["WRONG"], &lines)
    })?;
    Ok(Exit::Usage)
}
