//! From a word to a value. Each parser says what is wrong as the end of a sentence that begins with the word.

use std::path::{Path, PathBuf};

use concord_store::vault::MasterKey;
use jiff::{SignedDuration, Span, SpanRelativeTo};
use secrecy::{ExposeSecret, SecretString};
use tracing_subscriber::EnvFilter;
use url::{Host, Url};

/// A web address that others are appended to: without user, query and fragment, and without a slash at its end.
pub(super) fn base_url(text: &str) -> Result<Url, String> {
    let bad = |why: &str| Err(format!("is not usable as a web address: {why}"));
    let Ok(url) = Url::parse(text) else {
        return bad("write it whole, such as https://calendar.example.org");
    };
    if !matches!(url.scheme(), "http" | "https") {
        return bad("it has to begin with https:// or http://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return bad("leave out the user name and password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return bad("leave out what follows the path");
    }
    Ok(url)
}

/// Whether nobody but this machine can read along on the way to this address.
pub(super) fn is_private_way(url: &Url) -> bool {
    url.scheme() == "https"
        || match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        }
}

/// A duration with its unit, `+` or `-` allowed before it. A day is 24 hours.
pub(super) fn duration(text: &str) -> Result<SignedDuration, String> {
    let bad =
        || "is not a duration; write a number with its unit, such as 500ms, 30s, 15m, 1h30m or 8d".to_owned();
    let (sign, amount) = match text.split_at_checked(1) {
        Some(("+", amount)) => (1, amount),
        Some(("-", amount)) => (-1, amount),
        _ => (1, text),
    };
    if !amount.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(bad());
    }
    // "1h ago" would be one sign more. Months and years have no fixed length, and are refused for it.
    let span: Span = amount.parse().ok().filter(|span: &Span| !span.is_negative()).ok_or_else(bad)?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).map(|length| length * sign).map_err(|_| bad())
}

/// How many of something: one or more.
pub(super) fn count(text: &str) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|n| (1..=60_000_000).contains(n))
        .ok_or_else(|| "is not a whole number from 1 on".to_owned())
}

/// A duration that takes time.
pub(super) fn interval(text: &str) -> Result<SignedDuration, String> {
    match duration(text)? {
        length if length.is_positive() => Ok(length),
        _ => Err("has to be longer than nothing".into()),
    }
}

/// The address of a database, checked as far as its form goes. It may hold a password.
pub(super) fn database_url(text: &str) -> Result<SecretString, String> {
    let scheme = text.split(':').next().unwrap_or_default();
    match scheme {
        "sqlite" if text.len() > "sqlite://".len() => {}
        "postgres" | "postgresql" if Url::parse(text).is_ok_and(|url| url.has_host()) => {}
        _ => return Err("the value has to be sqlite://FILE or postgres://USER:PASSWORD@HOST/DATABASE".into()),
    }
    Ok(text.into())
}

/// The address of a SQLite database in this file.
pub(super) fn sqlite_url(file: &Path) -> SecretString {
    // These would end the path, or begin an escape, where the address is read.
    let path = file.display().to_string().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    format!("sqlite://{path}").into()
}

/// A database's address without what nobody may see. Where the password stands twice, both go.
pub(super) fn masked(database_url: &SecretString) -> String {
    let text = database_url.expose_secret();
    match Url::parse(text) {
        Ok(mut url) if url.scheme() != "sqlite" => {
            if url.password().is_some() && url.set_password(Some("…")).is_err() {
                return "(set)".into();
            }
            url.set_query(None);
            url.to_string().replace("%E2%80%A6", "…")
        }
        _ => text.to_owned(),
    }
}

/// A key that seals credentials.
pub(super) fn master_key(text: &str) -> Result<SecretString, String> {
    match text.parse::<MasterKey>() {
        Ok(_) => Ok(text.into()),
        Err(_) => Err("a value is not a master key; `concord keys new` prints one".into()),
    }
}

/// The keys in a file, one on a line; empty lines and comments are allowed.
pub(super) fn master_keys(path: &Path) -> Result<Vec<SecretString>, String> {
    let text =
        std::fs::read_to_string(path).map_err(|e| format!("{} cannot be read: {e}", path.display()))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let keys = lines.map(master_key).collect::<Result<Vec<_>, _>>();
    match keys.map_err(|_| {
        format!("{} holds a line that is no master key; `concord keys new` prints one", path.display())
    })? {
        keys if keys.is_empty() => {
            Err(format!("{} holds no master key; `concord keys new` prints one", path.display()))
        }
        keys => Ok(keys),
    }
}

/// What to log.
pub(super) fn filter(text: &str) -> Result<String, String> {
    let example = "a level (error, warn, info, debug) or levels by part, such as info,concord_net=debug";
    EnvFilter::try_new(text)
        .map(|_| text.to_owned())
        .map_err(|_| format!("is not a log filter; write {example}"))
}

/// One of a few words.
pub(super) fn one_of<T: Clone>(choices: &[(&str, T)], text: &str) -> Result<T, String> {
    let words = || choices.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
    let choice = choices.iter().find(|(word, _)| *word == text);
    choice.map(|(_, value)| value.clone()).ok_or_else(|| format!("is none of {}", words()))
}

/// A path as it stands.
pub(super) fn path(text: &str) -> Result<PathBuf, String> {
    Ok(text.into())
}

/// A secret as it stands.
pub(super) fn secret(text: &str) -> Result<SecretString, String> {
    Ok(text.into())
}

/// Whose accounts may sign in at Microsoft: one word, for it becomes a part of an address.
pub(super) fn tenant(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    if text.is_empty() || !text.chars().all(plain) || text.starts_with('.') {
        return Err(
            "is no tenant; write common, organizations, consumers, or the id of a directory".to_owned()
        );
    }
    Ok(text.to_owned())
}

/// A text as it stands.
pub(super) fn text(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_duration(text: &str, expected_ms: Option<i128>) {
        assert_eq!(duration(text).ok().map(|d| d.as_millis()), expected_ms, "{text}");
    }

    #[test]
    fn durations_are_numbers_with_units() {
        check_duration("500ms", Some(500));
        check_duration("15m", Some(900_000));
        check_duration("1h30m", Some(5_400_000));
        check_duration("8d", Some(8 * 86_400_000));
        check_duration("+8d", Some(8 * 86_400_000));
        check_duration("-1h", Some(-3_600_000));
        check_duration("0s", Some(0));
        check_duration("2 weeks", Some(14 * 86_400_000));
        check_duration("3 days 4 hours", Some(76 * 3_600_000));
        for text in
            ["", "+", "15", "m", "P1D", "1mo", "1y", "1 month", "+-1s", "1s ago", "eternity", "99999999999d"]
        {
            check_duration(text, None);
        }
    }

    #[test]
    fn an_interval_is_longer_than_nothing() {
        assert!(interval("1ms").is_ok() && interval("0s").is_err() && interval("-1s").is_err());
    }

    #[test]
    fn a_base_address_is_whole_and_bare() {
        for good in ["https://calendar.example.org", "http://127.0.0.1:8440", "https://example.org/concord/"]
        {
            assert!(base_url(good).is_ok(), "{good}");
        }
        for bad in [
            "calendar.example.org",
            "ftp://example.org",
            "https://u:p@example.org",
            "https://a/?b",
            "https://a/#b",
            "",
        ] {
            assert!(base_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_tls_and_this_machine_are_private_ways() {
        let check = |url: &str| is_private_way(&url.parse().unwrap());
        assert!(
            check("https://a.example")
                && check("http://127.0.0.1:1")
                && check("http://[::1]/")
                && check("http://localhost")
        );
        assert!(!check("http://a.example") && !check("http://192.168.0.1"));
    }

    #[test]
    fn a_database_is_sqlite_or_postgres() {
        for good in [
            "sqlite://a.db",
            "sqlite:///var/a.db",
            "sqlite::memory:",
            "postgres://h/d",
            "postgresql://u:p@h:1/d?x=y",
        ] {
            assert!(database_url(good).is_ok(), "{good}");
        }
        for bad in ["", "a.db", "sqlite:", "mysql://h/d", "postgres:", "postgres://"] {
            assert!(database_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_shown_database_address_holds_no_password() {
        let check = |url: &str, expected: &str| assert_eq!(masked(&url.into()), expected);
        check("postgres://concord:s3cr3t@db/concord", "postgres://concord:…@db/concord");
        check("postgres://db/concord?user=u&password=s3cr3t", "postgres://db/concord");
        check("sqlite:///var/lib/concord/concord.db", "sqlite:///var/lib/concord/concord.db");
    }

    #[test]
    fn an_odd_path_is_an_address_all_the_same() {
        assert_eq!(sqlite_url(Path::new("/a b/100%?#.db")).expose_secret(), "sqlite:///a b/100%25%3F%23.db");
    }
}
