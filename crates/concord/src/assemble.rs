//! The one place that assembles the parts: settings in, an engine out. Nothing is global.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, fs};

use anyhow::Context;
use concord_engine::Engine;
use concord_model::{ProviderId, WorkspaceId};
use concord_net::{Door, Limits};
use concord_providers::http::Http;
use concord_providers::provider::Entrance;
use concord_providers::{Provider, caldav, folder, google, ics, microsoft, notion};
use concord_store::{Migrated, Store, meta, workspaces};
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use url::{Host, Url};

use crate::chance::Chance;
use crate::clock::Clock;
use crate::commands::pair::Looking;
use crate::config::{Config, Origin, Timing, UNCOUNTED};
use crate::folders::Folders;
use crate::keys;
use crate::output::Output;
use crate::refusal::{later, usage};

/// What the default workspace is called until somebody calls it otherwise.
const WORKSPACE: &str = "default";
/// The longest that one call to a provider may take, unless the lease is too short for that.
const CALL: SignedDuration = SignedDuration::from_secs(60);
/// The longest that one may take where a command line waits for it.
const PATIENT_CALL: SignedDuration = SignedDuration::from_mins(5);

/// Whether this process hears what providers have to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notices {
    /// It serves the public address: channels are worth opening.
    Received,
    /// It does not, and what another process has opened is not its to renew or to close.
    Elsewhere,
}

/// The parts, put together.
pub struct Program {
    /// The settings they were made from.
    pub config: Config,
    /// What syncs.
    pub engine: Engine,
    /// The workspace that commands are about.
    pub workspace: WorkspaceId,
    /// Where results go.
    pub out: Output,
}

impl Program {
    /// Puts the parts together: opens and migrates the database, finds or makes the master key, sets up the providers
    /// that have their settings.
    pub async fn assemble(config: Config, out: Output, notices: Notices) -> anyhow::Result<Self> {
        Program::put_together(config, out, notices, Of::Anybody).await
    }

    /// The same, of a folder that is a pair's; `looking` for hands that only look.
    pub async fn assemble_pair(
        config: Config,
        out: Output,
        notices: Notices,
        looking: bool,
    ) -> anyhow::Result<Self> {
        Program::put_together(config, out, notices, Of::Pair { looking }).await
    }

    async fn put_together(config: Config, out: Output, notices: Notices, of: Of) -> anyhow::Result<Self> {
        let clock = Clock::ahead_by(config.clock_offset);
        let chance = chance()?;
        let (store, _) = open_store(&config).await?;
        let (vault, made) = keys::vault(&config.keys, &store, &chance).await?;
        // What a pair's key opens is a password that can be given again.
        if made
            && of == Of::Anybody
            && let crate::config::Keys::MakeIn(path) = &config.keys
        {
            out.remark(&format!(
                "concord: made the master key that seals credentials: {}; keep a copy of it, apart from the database",
                path.display()
            ));
        }
        let workspace = workspace(&store, &chance, &clock).await?;
        let of = whose(&store, of).await?;
        let timing = timing(&config.timing, of);
        let notices_url = notices_url(&config).filter(|_| notices == Notices::Received);
        let engine = Engine {
            store,
            providers: providers(&config, timing.call_limit, of)?,
            vault: Arc::new(vault),
            worker: Worker::here(&chance).to_string(),
            clock: Arc::new(clock),
            chance: Arc::new(chance),
            timing,
            notices_url,
        };
        Ok(Program { config, engine, workspace, out })
    }

    /// The command that connects an account at that provider, or connects it again.
    pub fn to_connect(&self, provider: &ProviderId) -> String {
        let entrance = self.engine.providers.get(provider).map(|provider| provider.entrance());
        match entrance {
            Some(Entrance::Password { .. }) => {
                format!("concord account add {provider} --login NAME --user USER")
            }
            Some(Entrance::Token) => format!("concord account add {provider} --user USER"),
            Some(Entrance::Address) => format!("concord account add {provider} --url URL --user USER"),
            _ => format!("concord account connect {provider} --user USER"),
        }
    }

    /// Ends with that provider's name, or with what is missing before it can be used.
    pub fn provider(&self, name: &str) -> anyhow::Result<ProviderId> {
        let id = concord_providers::called::meant(&name.to_lowercase());
        if self.engine.providers.contains_key(&id) {
            return Ok(id);
        }
        Err(match id.as_str() {
            "google" => usage(
                "Google is not set up: set CONCORD_GOOGLE_CLIENT_ID and CONCORD_GOOGLE_CLIENT_SECRET to those of your \
                 project at Google (`concord doctor` says more)",
            ),
            "outlook" => usage(
                "Outlook is not set up: set CONCORD_MICROSOFT_CLIENT_ID (and CONCORD_MICROSOFT_CLIENT_SECRET) to that of your \
                 application at Microsoft (`concord doctor` says more)",
            ),
            other => usage(format!(
                "\"{other}\" is not a provider that this program knows; it knows google, outlook (microsoft), apple, \
                 caldav, notion and ics"
            )),
        })
    }
}

/// Chance that nobody can predict.
pub fn chance() -> anyhow::Result<Chance> {
    Chance::from_system().context("the operating system has no randomness to give")
}

/// Opens the database and brings its tables to this program's version.
pub async fn open_store(config: &Config) -> anyhow::Result<(Store, Migrated)> {
    let store = reach_store(config).await?;
    let migrated = store
        .migrate()
        .await
        .with_context(|| format!("the database {} cannot be brought up to date", shown(config)))?;
    Ok((store, migrated))
}

/// Opens the database as it is.
pub async fn reach_store(config: &Config) -> anyhow::Result<Store> {
    make_folder(&config.data.dir)?;
    let url = config.data.database_url.expose_secret();
    match Store::open(url).await {
        Ok(store) => Ok(store),
        Err(error) => {
            let shown = shown(config);
            let why = anyhow::Error::from(error);
            // A file that cannot be opened stays so; a server may be back in a minute.
            let refusal = match url.starts_with("sqlite:") {
                true => usage(format!(
                    "the database {shown} cannot be opened; is database_url right? ({})",
                    told(&why)
                )),
                false => later(format!("the database {shown} cannot be reached ({})", told(&why))),
            };
            Err(refusal)
        }
    }
}

/// Where the database is, without what nobody must see.
fn shown(config: &Config) -> String {
    let shown = config.in_force().iter().find(|one| one.setting.name == "database_url");
    shown.and_then(|one| one.value.clone()).unwrap_or_default()
}

fn told(error: &anyhow::Error) -> String {
    crate::refusal::told(error)
}

/// Makes the data folder, for its owner only, if it is not there.
fn make_folder(dir: &Path) -> anyhow::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).with_context(|| format!("data_dir: the folder {} cannot be made", dir.display()))
}

/// The default workspace, made on first use.
async fn workspace(store: &Store, chance: &Chance, clock: &Clock) -> anyhow::Result<WorkspaceId> {
    let mut tx = store.read().await?;
    if let Some(known) = workspaces::default(&mut tx).await? {
        return Ok(known.id);
    }
    drop(tx);
    let now = clock.now();
    let mut tx = store.begin().await?;
    let made = workspaces::ensure_default(&mut tx, chance.id(now).into(), WORKSPACE, now).await?;
    tx.commit().await?;
    Ok(made.id)
}

/// The engine's intervals. A lease outlasts the longest call, also where a test makes it short (I-13).
fn timing(timing: &Timing, of: Of) -> concord_engine::Timing {
    let (call, lease) = match of {
        // Nobody else waits for a pair: a server may take its time over ten thousand files.
        Of::Pair { .. } => (PATIENT_CALL, timing.lease.max(PATIENT_CALL * 2)),
        Of::Anybody => (CALL, timing.lease),
    };
    concord_engine::Timing {
        lease,
        poll_min: timing.poll_min,
        poll_max: timing.poll_max,
        safety_poll: timing.safety_poll,
        channel_renew_lead: timing.channel_renew_lead,
        backoff_base: timing.backoff_base,
        backoff_cap: timing.backoff_cap,
        call_limit: call.min(lease / 2),
        ..concord_engine::Timing::default()
    }
}

/// A way out to addresses that the operator set, no call longer than that.
pub fn door(call_limit: SignedDuration) -> anyhow::Result<Door> {
    Ok(Door::trusted(limits(call_limit))?)
}

fn limits(call_limit: SignedDuration) -> Limits {
    let usual = Limits::default();
    let total = Duration::try_from(call_limit).unwrap_or(usual.total);
    // Whoever waits longer than usual waits for a server that thinks, not for one that is slow to tell.
    let first_byte = if total > usual.total { total } else { usual.first_byte.min(total) };
    Limits { connect: usual.connect.min(total), first_byte, total, ..usual }
}

/// A way out to addresses that people give: only the public internet, and what the operator allows.
fn guarded_door(config: &Config, call_limit: SignedDuration) -> anyhow::Result<Door> {
    Ok(Door::guarded(limits(call_limit), &config.allow_internal)?)
}

/// Whose a data folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    /// A service's, or what was noted in it.
    Anybody,
    /// A pair's: events are handed on whole, and folders are calendars.
    Pair {
        /// Whether nothing may be written over there.
        looking: bool,
    },
}

/// The name of the note that a folder is a pair's.
const PAIR: &str = "pair";

/// Notes that a folder is a pair's, or finds that noted: every command then has the same hands.
async fn whose(store: &Store, of: Of) -> anyhow::Result<Of> {
    let mut tx = store.read().await?;
    let noted = meta::get(&mut tx, PAIR).await?.is_some();
    drop(tx);
    if of != Of::Anybody && !noted {
        let mut tx = store.begin().await?;
        meta::set(&mut tx, PAIR, "1").await?;
        tx.commit().await?;
    }
    Ok(if of == Of::Anybody && noted { Of::Pair { looking: false } } else { of })
}

/// Those providers that have their settings.
fn providers(
    config: &Config,
    call_limit: SignedDuration,
    of: Of,
) -> anyhow::Result<BTreeMap<ProviderId, Arc<dyn Provider>>> {
    let mut all: BTreeMap<ProviderId, Arc<dyn Provider>> = BTreeMap::new();
    if let Some(client) = &config.google.client {
        let settings = google::Settings {
            client_id: client.id.clone(),
            client_secret: client.secret.clone(),
            api_url: config.google.api_url.clone(),
            batch_url: config.google.batch_url.clone(),
            authorize_url: config.google.authorize_url.clone(),
            token_url: config.google.token_url.clone(),
            revoke_url: config.google.revoke_url.clone(),
            userinfo_url: config.google.userinfo_url.clone(),
            account_per_minute: config.google.account_per_minute,
            app_per_minute: config.google.app_per_minute,
        };
        let google: Arc<dyn Provider> = Arc::new(google::Google::new(settings, Arc::new(door(call_limit)?)));
        all.insert(google.id(), google);
    }
    if let Some(client) = &config.microsoft.client {
        let mut settings = microsoft::Settings {
            graph_url: config.microsoft.graph_url.clone(),
            authorize_url: config.microsoft.authorize_url.clone(),
            token_url: config.microsoft.token_url.clone(),
            ..microsoft::Settings::new(&client.id, client.secret.clone(), microsoft::TENANT)
        };
        if !config.microsoft.counts {
            (settings.account_per_minute, settings.app_per_minute) = (UNCOUNTED, UNCOUNTED);
        }
        let outlook = microsoft::Microsoft::new(settings, Arc::new(door(call_limit)?));
        all.insert(outlook.id(), Arc::new(outlook));
    }
    let notion = notion(config, Arc::new(door(call_limit)?));
    all.insert(notion.id(), Arc::new(notion));
    // These need no settings: whoever connects an account says where it is.
    let (trusted, guarded) = (Arc::new(door(call_limit)?), Arc::new(guarded_door(config, call_limit)?));
    let (trusted, guarded): (Arc<dyn Http>, Arc<dyn Http>) = match of {
        Of::Pair { looking: true } => (Arc::new(Looking(trusted)), Arc::new(Looking(guarded))),
        _ => (trusted, guarded),
    };
    let whole = of != Of::Anybody;
    let apple = caldav::Settings { url: Some(config.apple_url.clone()), ..caldav::Settings::apple() };
    for settings in [caldav::Settings::any(), apple] {
        let settings = caldav::Settings { whole, ..settings };
        let server = caldav::CalDav::new(settings, trusted.clone(), guarded.clone());
        all.insert(server.id(), Arc::new(server));
    }
    let feeds = ics::Ics::new(ics::Settings { rest: config.timing.feed_poll }, trusted, guarded);
    all.insert(feeds.id(), Arc::new(feeds));
    if whole {
        let folder: Arc<dyn Provider> = Arc::new(folder::Folder::new(Arc::new(Folders)));
        all.insert(folder.id(), folder);
    }
    Ok(all)
}

/// Notion needs no settings: without a client of ours, a person brings the token of a connection of their own.
fn notion(config: &Config, http: Arc<dyn Http>) -> notion::Notion {
    let client = config.notion.client.as_ref();
    let client = client.map(|client| notion::Client { id: client.id.clone(), secret: client.secret.clone() });
    let mut settings = notion::Settings {
        api_url: config.notion.api_url.clone(),
        authorize_url: config.notion.authorize_url.clone(),
        token_url: config.notion.token_url.clone(),
        revoke_url: config.notion.revoke_url.clone(),
        version: config.notion.version.clone(),
        verification_token: config.notion.webhook_token.clone(),
        ..notion::Settings::new(client)
    };
    if !config.notion.counts {
        settings.account_per_minute = UNCOUNTED;
    }
    notion::Notion::new(settings, http)
}

/// A name that no other process has, under which leases are held: `host:process:chance`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Worker {
    /// The machine, as it calls itself.
    pub host: String,
    /// The process on it.
    pub process: u32,
    chance: u32,
}

impl Worker {
    /// This process.
    fn here(chance: &Chance) -> Self {
        Self { host: host(), process: std::process::id(), chance: u32::from_le_bytes(chance.bytes()) }
    }

    /// Reads a name; none where it has another form.
    pub fn of(name: &str) -> Option<Self> {
        let mut parts = name.rsplitn(3, ':');
        let chance = u32::from_str_radix(parts.next()?, 16).ok()?;
        let process = parts.next()?.parse().ok()?;
        Some(Self { host: parts.next()?.to_owned(), process, chance })
    }

    /// Whether it is or was on this machine.
    pub fn is_here(&self) -> bool {
        self.host == host()
    }
}

impl fmt::Display for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{:08x}", self.host, self.process, self.chance)
    }
}

fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match name.trim() {
        "" => "host".to_owned(),
        name => name.to_owned(),
    }
}

/// The address of the world's way to us, if somebody has set one.
pub fn public_url(config: &Config) -> Option<Url> {
    let set =
        config.in_force().iter().any(|one| one.setting.name == "public_url" && one.origin != Origin::Default);
    set.then(|| config.server.public_url(config.server.listen))
}

/// Where providers can send notices. They call back over https; only an emulator on this machine reaches this machine.
pub fn notices_url(config: &Config) -> Option<Url> {
    let mut url = public_url(config)?;
    let emulated = is_here(&config.google.api_url)
        || is_here(&config.microsoft.graph_url)
        || is_here(&config.notion.api_url);
    if url.scheme() != "https" && !(is_here(&url) && emulated) {
        return None;
    }
    let path = format!("{}/api/calendar/webhook/", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Some(url)
}

/// Whether an address is on this machine.
pub fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Inputs;

    fn config(words: &[(&str, &str)]) -> Config {
        let mut inputs = Inputs::default();
        inputs.environment.insert("HOME".into(), "/home/nobody".into());
        inputs.environment.extend(words.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        Config::read(&inputs).unwrap()
    }

    #[test]
    fn a_lease_outlasts_every_call_however_short_it_is() {
        for (lease, limit) in [("2m", 60_000), ("30s", 15_000), ("500ms", 250)] {
            let timing = timing(&config(&[("CONCORD_LEASE", lease)]).timing, Of::Anybody);
            assert_eq!(timing.call_limit, SignedDuration::from_millis(limit), "{lease}");
        }
    }

    #[test]
    fn a_workers_name_says_where_it_is() {
        let worker = Worker::here(&Chance::seeded(1));
        assert!(worker.is_here());
        assert_eq!(Worker::of(&worker.to_string()), Some(worker));
        assert_eq!(Worker::of("somebody"), None);
        assert!(!Worker::of("else:where:12:0000abcd").unwrap().is_here());
    }

    #[test]
    fn notices_are_wanted_only_where_they_can_arrive() {
        let check = |words: &[(&str, &str)], expected: Option<&str>| {
            assert_eq!(
                notices_url(&config(words)).map(|url| url.to_string()).as_deref(),
                expected,
                "{words:?}"
            );
        };
        let here = ("CONCORD_PUBLIC_URL", "http://127.0.0.1:8440");
        let twin = ("CONCORD_GOOGLE_API_URL", "http://127.0.0.1:9/calendar/v3");
        check(&[], None);
        check(&[here], None);
        check(&[here, twin], Some("http://127.0.0.1:8440/api/calendar/webhook/"));
        check(
            &[("CONCORD_PUBLIC_URL", "https://a.example/x")],
            Some("https://a.example/x/api/calendar/webhook/"),
        );
    }

    #[test]
    fn a_pair_waits_long_for_a_slow_server_and_its_lease_outlasts_that() {
        let usual = config(&[]).timing;
        let pair = timing(&usual, Of::Pair { looking: false });
        let service = timing(&usual, Of::Anybody);
        assert!(pair.call_limit > service.call_limit);
        for timing in [&pair, &service] {
            assert!(timing.lease > timing.call_limit);
        }
        assert_eq!(limits(service.call_limit), Limits::default());
        assert_eq!(limits(pair.call_limit).first_byte, limits(pair.call_limit).total);
    }
}
