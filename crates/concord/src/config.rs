//! The settings: read once at the start, checked whole, handed to the parts that they concern.
//!
//! They come in layers: the defaults of `concord.example.toml` (which is built into the program), then `concord.toml`,
//! then the environment, then flags. Whatever is wrong is told together, each fault with its place and what to do, and
//! the program does not start. Nothing else reads the environment.

mod documented;
mod flags;
mod parse;
mod reader;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use concord_net::Allowed;
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

pub use documented::{EXAMPLE, Setting, reference, settings};
pub use flags::Flags;
pub use reader::{Faults, InForce, Origin};

use parse::{base_url, interval, is_private_way};
use reader::Reader;

/// All settings, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where people and platforms reach us.
    pub server: Server,
    /// Where everything is kept.
    pub data: Data,
    /// What seals credentials.
    pub keys: Keys,
    /// What user-given URLs may reach although it is internal.
    pub allow_internal: Vec<Allowed>,
    /// Where iCloud's calendars are looked for.
    pub apple_url: Url,
    /// How Google is reached.
    pub google: Google,
    /// How Microsoft is reached.
    pub microsoft: Microsoft,
    /// How Notion is reached.
    pub notion: Notion,
    /// Mail, where it is set up.
    pub mail: Option<Mail>,
    /// Every interval.
    pub timing: Timing,
    /// How far ahead of the machine's clock the program's runs.
    pub clock_offset: SignedDuration,
    /// What this process does.
    pub role: Role,
    /// What is logged, and how.
    pub logs: Logs,
    /// What works, and an operator should hear of all the same.
    pub notes: Vec<String>,
    in_force: Vec<InForce>,
}

/// Where people and platforms reach us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Address and port to listen on. Port 0 means any.
    pub listen: SocketAddr,
    public_url: Option<Url>,
}

/// Where everything is kept.
#[derive(Clone, Debug)]
pub struct Data {
    /// The folder for the embedded database and the generated master key. It may not exist yet.
    pub dir: PathBuf,
    /// The database, SQLite or PostgreSQL. It may hold a password.
    pub database_url: SecretString,
}

/// What seals credentials.
#[derive(Clone, Debug)]
pub enum Keys {
    /// These, each in its text form. The first one seals, the others only open.
    Given(Vec<SecretString>),
    /// There are none yet: make one, and keep it in this file of the data folder.
    MakeIn(PathBuf),
}

/// How Google is reached. No address ends with a slash, unless it is a host alone.
#[derive(Clone, Debug)]
pub struct Google {
    /// The project's client, without which no calendar at Google can be connected.
    pub client: Option<OauthClient>,
    /// The Calendar API, with its version.
    pub api_url: Url,
    /// Several calls as one.
    pub batch_url: Url,
    /// Where a browser is sent to agree.
    pub authorize_url: Url,
    /// Where tokens are exchanged.
    pub token_url: Url,
    /// Where access is given back.
    pub revoke_url: Url,
    /// Where the person's address is read.
    pub userinfo_url: Url,
    /// How many units one account may spend in a minute.
    pub account_per_minute: u32,
    /// How many units all accounts together may spend in a minute.
    pub app_per_minute: u32,
}

/// How Microsoft is reached. No address ends with a slash, unless it is a host alone.
#[derive(Clone, Debug)]
pub struct Microsoft {
    /// The application, without which no calendar at Microsoft can be connected.
    pub client: Option<MicrosoftClient>,
    /// Microsoft Graph, with its version.
    pub graph_url: Url,
    /// Where a browser is sent to agree.
    pub authorize_url: Url,
    /// Where tokens are exchanged.
    pub token_url: Url,
    /// Whether it counts calls by the numbers that Microsoft documents; an emulator says by itself when it is too much.
    pub counts: bool,
}

/// How Notion is reached. No address ends with a slash, unless it is a host alone.
#[derive(Clone, Debug)]
pub struct Notion {
    /// The public connection; without it people connect with the token of one of their own.
    pub client: Option<OauthClient>,
    /// The API, with its version.
    pub api_url: Url,
    /// Where a browser is sent to agree.
    pub authorize_url: Url,
    /// Where tokens are exchanged.
    pub token_url: Url,
    /// Where access is given back.
    pub revoke_url: Url,
    /// The version of the API that is asked for.
    pub version: String,
    /// With what notices are signed.
    pub webhook_token: Option<SecretString>,
    /// Whether it counts calls by the numbers that Notion documents; an emulator says by itself when it is too much.
    pub counts: bool,
}

/// What Microsoft knows us by.
#[derive(Clone, Debug)]
pub struct MicrosoftClient {
    /// The application's id.
    pub id: String,
    /// Its secret; none for an application that people run on their own machines.
    pub secret: Option<SecretString>,
}

/// What a provider knows us by.
#[derive(Clone, Debug)]
pub struct OauthClient {
    /// The public half.
    pub id: String,
    /// The other half.
    pub secret: SecretString,
}

/// How mail goes out and comes in.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The mail server, with name and password.
    pub server: SecretString,
    /// The own address.
    pub from: String,
    /// The mailbox in which answers arrive, in Maildir form.
    pub drop: Option<PathBuf>,
}

/// Every interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// The shortest time between two looks at a calendar that cannot notify us.
    pub poll_min: SignedDuration,
    /// The longest, when it is quiet.
    pub poll_max: SignedDuration,
    /// How often a calendar that notifies us is looked at all the same.
    pub safety_poll: SignedDuration,
    /// The shortest time between two looks at a feed.
    pub feed_poll: SignedDuration,
    /// How long before its end a channel is renewed.
    pub channel_renew_lead: SignedDuration,
    /// The wait after a first failure.
    pub backoff_base: SignedDuration,
    /// The longest wait after failures.
    pub backoff_cap: SignedDuration,
    /// How long a worker holds a link.
    pub lease: SignedDuration,
}

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Both of the others.
    All,
    /// Answers people and platforms.
    Api,
    /// Syncs.
    Worker,
}

/// What is logged, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logs {
    /// The filter, in the form of `tracing_subscriber::EnvFilter`.
    pub filter: String,
    /// For whom.
    pub format: LogFormat,
}

/// Who reads the logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// People.
    Text,
    /// Machines.
    Json,
}

/// What settings are read from, besides the defaults.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The flags, and the file that they name.
    pub flags: Flags,
    /// The whole environment: the settings in it, and where the person's home is.
    pub environment: BTreeMap<String, String>,
    /// The folder in which `concord.toml` is looked for.
    pub folder: PathBuf,
}

impl Inputs {
    /// What this process was started with.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn of_process(flags: Flags) -> Self {
        // What is not Unicode is in no setting's form, and its replacement characters say so in the fault.
        let text = |os: std::ffi::OsString| os.to_string_lossy().into_owned();
        let environment = std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect();
        Self { flags, environment, folder: PathBuf::new() }
    }
}

impl Config {
    /// Reads and checks all settings.
    pub fn read(inputs: &Inputs) -> Result<Self, Faults> {
        let mut reader = Reader::new();
        match &inputs.flags.config {
            Some(path) => reader.file(path, true),
            None => reader.file(&inputs.folder.join("concord.toml"), false),
        }
        reader.environment(&inputs.environment);
        reader.flags(&inputs.flags.given);

        // Every section is read before any is asked for, so that the faults of all of them are told.
        let r = &mut reader;
        let server = server(r);
        let data = data(r, &inputs.environment);
        let keys = keys(r, data.as_ref().map(|data| data.dir.as_path()));
        let allow_internal =
            r.list("allow_internal", |text| text.parse::<Allowed>().map_err(|_| NOT_ALLOWED.to_owned()));
        let apple_url = provider_url(r, "apple_url");
        let google = google(r);
        let microsoft = microsoft(r);
        let notion = notion(r);
        let mail = mail(r);
        let timing = timing(r);
        let clock_offset = r.one("clock_offset", parse::duration);
        let role = r.one("role", |text| {
            parse::one_of(&[("all", Role::All), ("api", Role::Api), ("worker", Role::Worker)], text)
        });
        let logs = logs(r);

        let (notes, in_force) = reader.finish()?;
        let whole = || {
            Some(Self {
                server: server?,
                data: data?,
                keys: keys?,
                allow_internal: allow_internal?,
                apple_url: apple_url?,
                google: google?,
                microsoft: microsoft?,
                notion: notion?,
                mail: mail?,
                timing: timing?,
                clock_offset: clock_offset?,
                role: role?,
                logs: logs?,
                notes,
                in_force,
            })
        };
        Ok(whole().expect("what could not be read is a fault, and there is none"))
    }

    /// Returns every setting as it is in force, in the order of the documentation, secrets hidden.
    pub fn in_force(&self) -> &[InForce] {
        &self.in_force
    }
}

const NOT_ALLOWED: &str = "is neither a host name nor a network such as 10.0.0.0/8";

impl Server {
    /// Returns how the world reaches us, once it is known where we listen.
    pub fn public_url(&self, bound: SocketAddr) -> Url {
        self.public_url.clone().unwrap_or_else(|| {
            let ip = match bound.ip() {
                IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
                ip => ip,
            };
            let url = format!("http://{}", SocketAddr::new(ip, bound.port()));
            url.parse().expect("a socket's address is the authority of a URL")
        })
    }
}

fn server(r: &mut Reader) -> Option<Server> {
    let listen = r.one("listen", |text| {
        text.parse().map_err(|_| "is not an address with a port; write one such as 127.0.0.1:8440".to_owned())
    });
    let public_url = r.maybe("public_url", base_url);
    if let Some(Some(url)) = &public_url
        && !is_private_way(url)
    {
        r.note(format!(
            "public_url is {url}: without https anyone on the way reads along, and no provider calls back"
        ));
    }
    let server = Server { listen: listen?, public_url: public_url? };
    if server.public_url.is_none() {
        r.show("public_url", Some(server.public_url(server.listen).to_string()), Origin::Default);
    }
    Some(server)
}

fn data(r: &mut Reader, environment: &BTreeMap<String, String>) -> Option<Data> {
    let dir = r.maybe("data_dir", parse::path);
    let database_url = r.maybe("database_url", parse::database_url);
    let dir = match dir? {
        Some(dir) => dir,
        None => match home(environment) {
            Some(home) => home.join("concord"),
            None => {
                r.fault("data_dir", "there is no home folder to put data in; name a folder");
                return None;
            }
        },
    };
    if dir.exists() && !dir.is_dir() {
        r.fault("data_dir", &format!("{} is not a folder", dir.display()));
    }
    r.show("data_dir", Some(dir.display().to_string()), r.origin("data_dir"));
    let database_url = database_url?.unwrap_or_else(|| parse::sqlite_url(&dir.join("concord.db")));
    r.show("database_url", Some(parse::masked(&database_url)), r.origin("database_url"));
    Some(Data { dir, database_url })
}

/// Where a person's programs keep their data, by the custom of the system.
fn home(environment: &BTreeMap<String, String>) -> Option<PathBuf> {
    let folder = |name: &str| environment.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
    folder("XDG_DATA_HOME").or_else(|| Some(folder("HOME")?.join(".local/share")))
}

fn keys(r: &mut Reader, data_dir: Option<&Path>) -> Option<Keys> {
    let given = r.list("master_key", parse::master_key);
    let named = r.maybe("master_key_file", parse::path);
    let (given, named) = (given?, named?);
    if !given.is_empty() && named.is_some() {
        r.fault("master_key_file", "master_key is given as well; give one of the two");
        return None;
    }
    let file = match named {
        // A file that somebody names has to be there: a new key would not open what the old one sealed.
        Some(path) => path,
        None if !given.is_empty() => return distinct(r, "master_key", given),
        None => {
            let path = data_dir?.join("master.key");
            r.show("master_key_file", Some(path.display().to_string()), Origin::Default);
            if !path.exists() {
                return Some(Keys::MakeIn(path));
            }
            path
        }
    };
    match parse::master_keys(&file) {
        Ok(keys) => distinct(r, "master_key_file", keys),
        Err(why) => {
            r.fault("master_key_file", &why);
            None
        }
    }
}

fn distinct(r: &mut Reader, name: &str, keys: Vec<SecretString>) -> Option<Keys> {
    let twice = keys
        .iter()
        .enumerate()
        .any(|(i, key)| keys[..i].iter().any(|k| k.expose_secret() == key.expose_secret()));
    if twice {
        r.fault(name, "the same key is given twice");
        return None;
    }
    Some(Keys::Given(keys))
}

/// More than can be spent in a minute.
pub(crate) const UNCOUNTED: u32 = 60_000_000;

fn google(r: &mut Reader) -> Option<Google> {
    let id = r.maybe("google_client_id", parse::text);
    let secret = r.maybe("google_client_secret", parse::secret);
    let api_url = provider_url(r, "google_api_url");
    let batch_url = provider_url(r, "google_batch_url");
    let authorize_url = provider_url(r, "google_authorize_url");
    let token_url = provider_url(r, "google_token_url");
    let revoke_url = provider_url(r, "google_revoke_url");
    let userinfo_url = provider_url(r, "google_userinfo_url");
    let account_per_minute = r.maybe("google_account_per_minute", parse::count);
    let app_per_minute = r.maybe("google_app_per_minute", parse::count);
    let client = match (id?, secret?) {
        (Some(id), Some(secret)) => Some(OauthClient { id, secret }),
        (None, None) => None,
        (Some(_), None) => {
            r.fault("google_client_secret", "is missing, while google_client_id is set; Google shows it with the client, at https://console.cloud.google.com/auth/clients");
            return None;
        }
        (None, Some(_)) => {
            r.fault("google_client_id", "is missing, while google_client_secret is set; it stands at https://console.cloud.google.com/auth/clients");
            return None;
        }
    };
    let api_url = api_url?;
    // Only Google itself counts in Google's units; an emulator or a gateway says by itself when it is too much.
    let ours = api_url.host_str().is_none_or(|host| !host.ends_with(".googleapis.com"));
    let usual = |units: u32| if ours { UNCOUNTED } else { units };
    Some(Google {
        client,
        account_per_minute: account_per_minute?.unwrap_or(usual(600)),
        app_per_minute: app_per_minute?.unwrap_or(usual(10_000)),
        api_url,
        batch_url: batch_url?,
        authorize_url: authorize_url?,
        token_url: token_url?,
        revoke_url: revoke_url?,
        userinfo_url: userinfo_url?,
    })
}

fn microsoft(r: &mut Reader) -> Option<Microsoft> {
    let id = r.maybe("microsoft_client_id", parse::text);
    let secret = r.maybe("microsoft_client_secret", parse::secret);
    let tenant = r.one("microsoft_tenant", parse::tenant);
    let graph_url = provider_url(r, "microsoft_graph_url");
    let authorize_url = r.maybe("microsoft_authorize_url", base_url);
    let token_url = r.maybe("microsoft_token_url", base_url);
    let client = match (id?, secret?) {
        (Some(id), secret) => Some(MicrosoftClient { id, secret }),
        (None, None) => None,
        (None, Some(_)) => {
            r.fault("microsoft_client_id", "is missing, while microsoft_client_secret is set; it stands on the application's page at https://entra.microsoft.com");
            return None;
        }
    };
    let [authorize, token] = concord_providers::microsoft::Settings::login_urls(&tenant?);
    let (authorize_url, token_url, graph_url) = (authorize_url?, token_url?, graph_url?);
    let mut login = |name: &'static str, set: Option<Url>, usual: Url| match set {
        Some(url) => bare_url(r, name, url),
        None => {
            r.show(name, Some(usual.to_string()), Origin::Default);
            usual
        }
    };
    Some(Microsoft {
        client,
        authorize_url: login("microsoft_authorize_url", authorize_url, authorize),
        token_url: login("microsoft_token_url", token_url, token),
        counts: graph_url
            .host_str()
            .is_some_and(|host| host.starts_with("graph.microsoft") || host.ends_with(".microsoft.com")),
        graph_url,
    })
}

fn notion(r: &mut Reader) -> Option<Notion> {
    let id = r.maybe("notion_client_id", parse::text);
    let secret = r.maybe("notion_client_secret", parse::secret);
    let api_url = provider_url(r, "notion_api_url");
    let authorize_url = provider_url(r, "notion_authorize_url");
    let token_url = provider_url(r, "notion_token_url");
    let revoke_url = provider_url(r, "notion_revoke_url");
    let version = r.one("notion_version", parse::text);
    let webhook_token = r.maybe("notion_webhook_token", parse::secret);
    let client = match (id?, secret?) {
        (Some(id), Some(secret)) => Some(OauthClient { id, secret }),
        (None, None) => None,
        (Some(_), None) => {
            r.fault("notion_client_secret", "is missing, while notion_client_id is set; it stands with the connection, at https://www.notion.so/profile/integrations");
            return None;
        }
        (None, Some(_)) => {
            r.fault("notion_client_id", "is missing, while notion_client_secret is set; it stands with the connection, at https://www.notion.so/profile/integrations");
            return None;
        }
    };
    let api_url = api_url?;
    Some(Notion {
        client,
        authorize_url: authorize_url?,
        token_url: token_url?,
        revoke_url: revoke_url?,
        version: version?,
        webhook_token: webhook_token?,
        counts: api_url.host_str().is_some_and(|host| host.ends_with("notion.com")),
        api_url,
    })
}

fn provider_url(r: &mut Reader, name: &'static str) -> Option<Url> {
    let url = r.one(name, base_url)?;
    Some(bare_url(r, name, url))
}

/// An address of a provider without a slash at its end; an operator hears of one that anyone can listen to.
fn bare_url(r: &mut Reader, name: &'static str, mut url: Url) -> Url {
    if !is_private_way(&url) {
        r.note(format!("{name} is {url}: without https anyone on the way can read credentials"));
    }
    let bare = url.path().trim_end_matches('/').to_owned();
    url.set_path(&bare);
    url
}

fn mail(r: &mut Reader) -> Option<Option<Mail>> {
    let server = r.maybe("smtp_url", parse::secret);
    let from = r.maybe("mail_from", parse::text);
    let drop = r.maybe("mail_drop", parse::text);
    let drop = drop?.map(PathBuf::from);
    match (server?, from?) {
        (Some(server), Some(from)) => Some(Some(Mail { server, from, drop })),
        (None, None) if drop.is_none() => Some(None),
        (None, _) => {
            r.fault(
                "smtp_url",
                "is missing, while mail_from or mail_drop is set: by which server mail goes out",
            );
            None
        }
        (Some(_), None) => {
            r.fault("mail_from", "is missing, while smtp_url is set: the address that letters come from");
            None
        }
    }
}

fn timing(r: &mut Reader) -> Option<Timing> {
    let poll_min = r.one("poll_min", interval);
    let poll_max = r.one("poll_max", interval);
    let safety_poll = r.one("safety_poll", interval);
    let feed_poll = r.one("feed_poll", interval);
    let channel_renew_lead = r.one("channel_renew_lead", interval);
    let backoff_base = r.one("backoff_base", interval);
    let backoff_cap = r.one("backoff_cap", interval);
    let lease = r.one("lease", interval);
    for (least, most, names) in [
        (poll_min, poll_max, ["poll_max", "poll_min"]),
        (backoff_base, backoff_cap, ["backoff_cap", "backoff_base"]),
    ] {
        if let (Some(least), Some(most)) = (least, most)
            && least > most
        {
            r.fault(names[0], &format!("{most:#} is shorter than {} ({least:#})", names[1]));
        }
    }
    Some(Timing {
        poll_min: poll_min?,
        poll_max: poll_max?,
        safety_poll: safety_poll?,
        feed_poll: feed_poll?,
        channel_renew_lead: channel_renew_lead?,
        backoff_base: backoff_base?,
        backoff_cap: backoff_cap?,
        lease: lease?,
    })
}

fn logs(r: &mut Reader) -> Option<Logs> {
    let filter = r.one("log", parse::filter);
    let format = r.one("log_format", |text| {
        parse::one_of(&[("text", LogFormat::Text), ("json", LogFormat::Json)], text)
    });
    Some(Logs { filter: filter?, format: format? })
}
