//! What A and B may be: the address of a calendar on a server, or of a feed, a folder of files, a calendar of a connected
//! account.

use std::fmt;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::refusal::usage;

/// One of the two sides, as it was named.
#[derive(Clone)]
pub(super) enum Side {
    /// A calendar on a server.
    Server {
        /// Where, without a name and a password.
        url: Url,
        /// Who signs in; empty where nobody has to.
        user: String,
        /// The password, where the address has one.
        password: Option<SecretString>,
    },
    /// A feed, which is only read. Whoever knows its address can read it, so that is a secret.
    Feed {
        /// Where.
        address: SecretString,
        /// What may be told of it.
        host: String,
    },
    /// A folder on this machine, by its whole path.
    Folder(String),
    /// A calendar of an account that was connected before.
    Account {
        /// At whose service.
        provider: String,
        /// What the account is called; empty for the only one.
        account: String,
        /// Which of its calendars.
        calendar: String,
    },
}

/// Without what nobody must see: two sides with one name are the same.
impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Side::Server { url, user, .. } if user.is_empty() => url.fmt(f),
            Side::Server { url, user, .. } => {
                let rest = url.as_str().split_once("://").map_or("", |(_, rest)| rest);
                write!(f, "{}://{user}@{rest}", url.scheme())
            }
            Side::Feed { address, host } => {
                write!(f, "feed:{host}/{:016x}", fingerprint(address.expose_secret()))
            }
            Side::Folder(path) => path.fmt(f),
            Side::Account { provider, account, calendar } => write!(f, "{provider}:{account}/{calendar}"),
        }
    }
}

impl Side {
    /// Reads one; `accounts` are the services at which one can be connected.
    pub(super) fn read(text: &str, accounts: &[&str]) -> anyhow::Result<Side> {
        if let Some((provider, rest)) = text.split_once(':').filter(|(word, _)| accounts.contains(word)) {
            let (account, calendar) = rest.split_once('/').unwrap_or((rest, "primary"));
            let (provider, account) = (provider.to_owned(), account.to_owned());
            return Ok(Side::Account { provider, account, calendar: calendar.to_owned() });
        }
        if let Some(address) = feed_address(text) {
            return feed(&address);
        }
        match text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase()).as_deref() {
            None => folder(Path::new(text)),
            Some("http" | "https") => server(text),
            Some("file") => {
                let url =
                    Url::parse(text).map_err(|error| usage(format!("\"{text}\" is no address: {error}")))?;
                let path = url
                    .to_file_path()
                    .map_err(|()| usage(format!("\"{text}\" is no path on this machine")))?;
                folder(&path)
            }
            Some(other) => Err(usage(format!(
                "{other}:// is nothing that can be paired: name a calendar's address (https://…), a folder, or an account \
                 ({})",
                accounts.iter().map(|name| format!("{name}:…")).collect::<Vec<_>>().join(", ")
            ))),
        }
    }
}

/// The address of a feed, where it is one: by its scheme, or by the end of its path, for no calendar on a server is
/// called so.
fn feed_address(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once(':')?;
    let scheme = scheme.to_ascii_lowercase();
    let path = rest.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    match scheme.as_str() {
        "webcal" | "webcals" => Some(format!("https:{rest}")),
        "feed" if rest.starts_with("//") => Some(format!("https:{rest}")),
        "feed" => Some(rest.to_owned()),
        "http" | "https" if path.ends_with(".ics") => Some(text.to_owned()),
        _ => None,
    }
}

fn feed(address: &str) -> anyhow::Result<Side> {
    let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    // The text itself is a secret, so it is not repeated.
    let url =
        url.ok_or_else(|| usage("the address of a feed is none: it begins with https:// or webcal://"))?;
    let host = url.host_str().unwrap_or_default().to_owned();
    Ok(Side::Feed { address: SecretString::from(url.as_str()), host })
}

/// FNV-1a: it has to be the same with every version of this program, and nothing more.
pub(super) fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn server(text: &str) -> anyhow::Result<Side> {
    // The text itself may hold a password, so it is not repeated.
    let mut url =
        Url::parse(text).map_err(|error| usage(format!("the address of a side is none: {error}")))?;
    let plain = |text: &str| {
        let bytes = text.as_bytes();
        let mut out = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while at < bytes.len() {
            let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
            match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
                Some(byte) => {
                    out.push(byte);
                    at += 3;
                }
                None => {
                    out.push(bytes[at]);
                    at += 1;
                }
            }
        }
        String::from_utf8_lossy(&out).into_owned()
    };
    let user = plain(url.username());
    let password = url.password().map(|password| SecretString::from(plain(password)));
    let cleared = url.set_username("").and_then(|()| url.set_password(None));
    cleared.map_err(|()| usage("the address of a side has no host"))?;
    url.set_fragment(None);
    Ok(Side::Server { url, user, password })
}

fn folder(path: &Path) -> anyhow::Result<Side> {
    let shown = path.display();
    let whole = path.canonicalize().map_err(|error| {
        usage(format!("{shown} is neither an address nor a folder that can be read ({error}); a new folder is made with mkdir"))
    })?;
    if !whole.is_dir() {
        return Err(usage(format!(
            "{shown} is one file: a pair keeps folders, with a file for each event; to take a file in, see concord import"
        )));
    }
    match whole.to_str() {
        Some(path) => Ok(Side::Folder(path.to_owned())),
        None => Err(usage(format!("the name of {shown} is not Unicode"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNTS: [&str; 2] = ["google", "caldav"];

    #[test]
    fn a_side_is_told_without_its_password() {
        let side = Side::read("https://al%40x.org:s%3Acret@dav.example.org/al/home/#x", &ACCOUNTS).unwrap();
        assert_eq!(side.to_string(), "https://al@x.org@dav.example.org/al/home/");
        let Side::Server { user, password, .. } = side else { panic!("it is a server") };
        assert_eq!((user.as_str(), password.unwrap().expose_secret()), ("al@x.org", "s:cret"));
    }

    #[test]
    fn accounts_folders_and_addresses_are_told_apart() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().to_str().unwrap();
        let read = |text: &str| Side::read(text, &ACCOUNTS).map(|side| side.to_string());
        assert_eq!(read(path).unwrap(), home.path().canonicalize().unwrap().to_str().unwrap());
        assert_eq!(read(&format!("file://{path}")).unwrap(), read(path).unwrap());
        assert_eq!(read("google:").unwrap(), "google:/primary");
        let feed = read("webcal://x.example/s3cret.ics").unwrap();
        assert_eq!(read("https://x.example/s3cret.ics").unwrap(), feed, "one address, however it is given");
        assert_eq!(read("feed:https://x.example/s3cret.ics").unwrap(), feed);
        assert!(feed.starts_with("feed:x.example/") && !feed.contains("s3cret"), "{feed}");
        assert_ne!(read("feed:https://x.example/s3cret?format=ics").unwrap(), feed);
        assert_eq!(read("google:al@example.org/Team").unwrap(), "google:al@example.org/Team");
        std::fs::write(home.path().join("a.ics"), "").unwrap();
        for wrong in
            [&format!("{path}/none"), &format!("{path}/a.ics"), "ftp://x/", "https://", "feed:nothing"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
