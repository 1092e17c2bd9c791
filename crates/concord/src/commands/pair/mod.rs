//! `concord pair`: two calendars, no server.
//!
//! ```text
//!   A and B as named ─▶ state folder ─▶ set up once: an account and a link each ─▶ rounds of runs ─▶ told, exit code
//!                                              --dry-run: the same on a copy, with hands that write nothing
//! ```
//!
//! There is no second way to sync here: the state is a data folder like any other, so every other command works on it.

mod rehearsal;
mod rounds;
mod set_up;
mod side;
mod told;

use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::sync::Arc;
use std::{fs, io};

use anyhow::Context;
use clap::{Args, ValueEnum};
use concord_engine::conflicts as answers;
use concord_model::UserId;
use concord_store::conflicts::{self, Resolution};
use concord_store::{Store, links};
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};

use super::sync::leases;
use super::words;
use crate::assemble::{self, Notices, Program};
use crate::config::{Config, Inputs};
use crate::exit::Exit;
use crate::output::Output;
use crate::pause;
use crate::refusal::{later, usage};

pub(crate) use rehearsal::Looking;
use set_up::{Given, Pair};
use side::Side;

/// Services whose accounts can be named as a side.
const ACCOUNTS: [&str; 6] = ["google", "apple", "caldav", "microsoft", "outlook", "notion"];
/// How many questions are answered in one go.
const PAGE: u32 = 1_000;

/// Keep two calendars in agreement
///
/// Everything goes both ways, whole: of all times, private events and properties that nobody here knows included. What
/// both sides changed is asked, and kept until it is answered. Nobody is mailed.
#[derive(Args, Debug)]
#[command(after_help = "A and B are each one of
  https://alice@cloud.example.org/dav/calendars/alice/work/   a calendar on a CalDAV server
  ~/calendars/work                                            a folder with a file for each event
  https://example.org/holidays.ics, webcal://…, feed:https:…  a feed, which is only read
  google:alice@example.org/Team, outlook:…, notion:…          a calendar of an account, connected once with
                                                              concord account connect google --data-dir STATE

A password is needed once; it is sealed in the state. It may come from --password-file-a, from --password-command-a
(such as 'pass show dav'), from the variable PAIR_A_PASSWORD, or from the address itself, where others on this machine
can read it; for B likewise.

Exit codes: 0 both sides agree; 1 something needs a person (a conflict, a large deletion, an event that was refused);
2 usage or configuration; 3 a side had trouble, it will succeed later.

Examples:
  concord pair https://alice@dav.example.org/alice/work/ ~/calendars/work --password-command-a 'pass show dav'
  concord pair A B --dry-run                 what would be done
  concord pair A B --watch 5m                again and again
  concord pair A B --policy a                what both changed: A's version stands
  concord conflict list --data-dir STATE     what both changed")]
pub struct Arguments {
    /// One calendar
    #[arg(value_name = "A")]
    a: String,
    /// The other one
    #[arg(value_name = "B")]
    b: String,
    /// Where the two's last agreement is kept [default: a folder of their own in the data folder]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Show what would be done, and change nothing on either side
    #[arg(long, conflicts_with = "watch")]
    dry_run: bool,
    /// Go on, and look again after this time
    #[arg(long, value_name = "TIME", value_parser = words::duration)]
    watch: Option<SignedDuration>,
    /// Whose version stands where both changed the same
    #[arg(long, value_enum, default_value = "ask")]
    policy: Policy,
    /// List both calendars whole, not only what changed
    #[arg(long)]
    full: bool,
    /// Only connect both sides, and say what they can do
    #[arg(long, conflicts_with_all = ["dry_run", "watch"])]
    check: bool,
    /// The file whose first line is A's password
    #[arg(long, value_name = "FILE")]
    password_file_a: Option<PathBuf>,
    /// The file whose first line is B's password
    #[arg(long, value_name = "FILE")]
    password_file_b: Option<PathBuf>,
    /// The command that prints A's password
    #[arg(long, value_name = "COMMAND", conflicts_with = "password_file_a")]
    password_command_a: Option<String>,
    /// The command that prints B's password
    #[arg(long, value_name = "COMMAND", conflicts_with = "password_file_b")]
    password_command_b: Option<String>,
}

/// Whose version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Policy {
    /// A person says so; until then each side keeps its own
    Ask,
    /// The later one
    Latest,
    /// That of A
    A,
    /// That of B
    B,
}

/// Pairs. Told to end, it gives back what it holds, so that the next one need not wait.
pub async fn run(
    arguments: Arguments,
    mut inputs: Inputs,
    config: Config,
    out: Output,
) -> anyhow::Result<Exit> {
    let sides = [Side::read(&arguments.a, &ACCOUNTS)?, Side::read(&arguments.b, &ACCOUNTS)?];
    let state = match &arguments.state {
        Some(state) => state.clone(),
        None => config.data.dir.join("pairs").join(state_name(&sides)),
    };
    // An operator's database is not that of a pair, which has a folder of its own.
    inputs.environment.remove("CONCORD_DATABASE_URL");
    let files = [&arguments.password_file_a, &arguments.password_file_b];
    let commands = [&arguments.password_command_a, &arguments.password_command_b];
    let [a, b] = sides;
    let given = [
        Given { password: password("A", &inputs, files[0].as_deref(), commands[0].as_deref(), &a)?, side: a },
        Given { password: password("B", &inputs, files[1].as_deref(), commands[1].as_deref(), &b)?, side: b },
    ];
    if arguments.dry_run {
        return rehearse(&arguments, inputs, &state, &given, out).await;
    }
    let program = Program::assemble_pair(in_folder(inputs, &state)?, out, Notices::Elsewhere, false).await?;
    let ended = tokio::select! {
        ended = go(&arguments, &program, &given) => ended,
        () = pause::until_told() => {
            leases::release_own(&program).await?;
            Err(later("interrupted; the next pass goes on from here"))
        }
    };
    program.engine.store.close().await;
    ended
}

/// The settings, with that folder for everything.
fn in_folder(mut inputs: Inputs, state: &Path) -> anyhow::Result<Config> {
    let Some(dir) = state.to_str() else { return Err(usage("--state: the name is not Unicode")) };
    inputs.flags.given.remove("database_url");
    inputs.flags.given.insert("data_dir".to_owned(), dir.to_owned());
    Ok(Config::read(&inputs)?)
}

/// A folder's name that tells people whose it is, and is no other pair's.
fn state_name(sides: &[Side; 2]) -> String {
    let told = format!("{}\n{}", sides[0], sides[1]);
    let hash = side::fingerprint(&told);
    let word = |side: &Side| -> String {
        let text = side.to_string();
        let rest = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
        let plain: String = rest.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let plain = plain.trim_matches('-');
        plain.chars().skip(plain.chars().count().saturating_sub(40)).collect()
    };
    format!("{}--{}--{hash:016x}", word(&sides[0]), word(&sides[1]))
}

/// The password that was given for a side, if one was.
fn password(
    name: &str,
    inputs: &Inputs,
    file: Option<&Path>,
    command: Option<&str>,
    side: &Side,
) -> anyhow::Result<Option<SecretString>> {
    let first = |text: &str| SecretString::from(text.lines().next().unwrap_or_default());
    let given = if let Some(file) = file {
        let text = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
        first(&text)
    } else if let Some(command) = command {
        let done = Process::new("sh").args(["-c", command]).stderr(Stdio::inherit()).output();
        let done =
            done.with_context(|| format!("the command for the password of {name} cannot be started"))?;
        if !done.status.success() {
            return Err(usage(format!("the command for the password of {name} failed")));
        }
        first(&String::from_utf8_lossy(&done.stdout))
    } else if let Some(text) = inputs.environment.get(&format!("PAIR_{name}_PASSWORD")) {
        SecretString::from(text.as_str())
    } else {
        return Ok(match side {
            Side::Server { password, .. } => password.clone(),
            Side::Feed { .. } | Side::Folder(_) | Side::Account { .. } => None,
        });
    };
    if given.expose_secret().is_empty() {
        return Err(usage(format!("the password of {name} is empty")));
    }
    Ok(Some(given))
}

async fn go(arguments: &Arguments, program: &Program, given: &[Given; 2]) -> anyhow::Result<Exit> {
    leases::release_dead(program).await?;
    let progress = program.out.progress("connecting");
    let mut pair = set_up::pair(program, given).await;
    drop(progress);
    if arguments.check {
        return told::able(program, pair?).await;
    }
    loop {
        let ended = match &pair {
            Ok(pair) => once(arguments, program, *pair).await,
            Err(_) => Ok(Exit::Later),
        };
        let Some(interval) = arguments.watch else {
            pair?;
            return ended;
        };
        // Who watches goes on, whatever happened; it is said.
        let error = match (&pair, &ended) {
            (Err(error), _) | (_, Err(error)) => Some(crate::refusal::told(error)),
            _ => None,
        };
        if let Some(error) = error {
            program.out.remark(&format!("concord: {error}"));
        }
        pause::lasting(interval).await;
        if pair.is_err() {
            pair = set_up::pair(program, given).await;
        }
    }
}

/// One pass, and what became of it.
async fn once(arguments: &Arguments, program: &Program, pair: Pair) -> anyhow::Result<Exit> {
    let progress = program.out.progress("syncing");
    let mut passed = rounds::pass(program, pair, arguments.full, &progress).await?;
    // Answering may bring up what was hidden behind a question.
    for _ in 0..4 {
        if !decided(program, pair, arguments.policy).await? {
            break;
        }
        let more = rounds::pass_on(program, pair, &progress).await?;
        passed.add(more);
    }
    drop(progress);
    told::result(program, pair, &passed).await
}

/// Answers what waits, by the policy that was given. Whether there was anything.
async fn decided(program: &Program, pair: Pair, policy: Policy) -> anyhow::Result<bool> {
    if policy == Policy::Ask {
        return Ok(false);
    }
    let engine = &program.engine;
    let mut tx = engine.store.read().await?;
    let mut open = conflicts::list(&mut tx, program.workspace, true, None, PAGE).await?;
    open.retain(|one| one.answer.is_none());
    let by: UserId = links::find(&mut tx, pair.links[0]).await?.user;
    drop(tx);
    for one in &open {
        // What a link calls ours is what came by the other one.
        let of_a = one.link == pair.links[0];
        let how = match (policy, of_a) {
            (Policy::A, true) | (Policy::B, false) => Resolution::KeepExternal,
            (Policy::A, false) | (Policy::B, true) => Resolution::KeepPlatform,
            (Policy::Latest | Policy::Ask, _) => Resolution::KeepLatest,
        };
        answers::answer(engine, program.workspace, one.id, how, Default::default(), by).await?;
    }
    Ok(!open.is_empty())
}

/// What a pass would do: on a copy of the state, with hands that write nothing.
async fn rehearse(
    arguments: &Arguments,
    inputs: Inputs,
    state: &Path,
    given: &[Given; 2],
    out: Output,
) -> anyhow::Result<Exit> {
    let chance = assemble::chance()?;
    let place = Place::new(&std::env::temp_dir().join(format!("concord-plan-{:016x}", chance.number())))?;
    if state.exists() {
        copied(&in_folder(inputs.clone(), state)?, state, &place.0).await?;
    }
    let mut program =
        Program::assemble_pair(in_folder(inputs, &place.0)?, Output::Json, Notices::Elsewhere, true).await?;
    program.out = out;
    let notes = rehearsal::Notes::default();
    let wrap = |inner: Arc<dyn concord_providers::Provider>| -> Arc<dyn concord_providers::Provider> {
        Arc::new(rehearsal::Rehearsed { inner, notes: Arc::clone(&notes) })
    };
    let providers = std::mem::take(&mut program.engine.providers);
    program.engine.providers = providers.into_iter().map(|(id, inner)| (id, wrap(inner))).collect();
    leases::release_dead(&program).await?;
    let progress = program.out.progress("planning");
    let pair = set_up::pair(&program, given).await?;
    let passed = rounds::pass(&program, pair, arguments.full, &progress).await?;
    drop(progress);
    let planned = notes.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    let exit = told::plan(&program, pair, &passed, &planned, state).await?;
    program.engine.store.close().await;
    Ok(exit)
}

/// A folder that is gone afterwards.
struct Place(PathBuf);

impl Place {
    fn new(path: &Path) -> io::Result<Place> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)?;
        Ok(Place(path.to_owned()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Copies a state: one moment's picture of its database, and the key that goes with it.
async fn copied(config: &Config, state: &Path, to: &Path) -> anyhow::Result<()> {
    let url = config.data.database_url.expose_secret();
    let Some(file) = url.strip_prefix("sqlite://").map(PathBuf::from).filter(|file| file.exists()) else {
        return Ok(());
    };
    let store = Store::open(url).await?;
    let name = file.file_name().context("the database has no name")?;
    let done = store.copy_to(&to.join(name)).await;
    store.close().await;
    done?;
    for entry in fs::read_dir(state)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "key")
            && let Some(name) = path.file_name()
        {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}
