//! Signing in: with a name, a password, and an address from which the rest is found.
//!
//! The address may be a mail address, a host, or any URL of the server, down to a calendar itself. From there:
//!
//! ```text
//!   where it may begin ─▶ who am I? ─▶ where are my calendars? ─▶ what can the server do?
//!   (the URL, the well-known place, the root)  (principal)  (homes)  (asked, and tried on a calendar)
//! ```
//!
//! There is nothing to renew: a password that is refused is over, which is one change of state and no further calls
//! (trap 27). A service's usual name for people is the whole address; where that is refused, the part before the `@` is
//! tried once (RFC 6764, 6).

use concord_model::{Etag, ExternalId};
use http::{HeaderName, header};

use url::Url;

use super::answers::About;
use super::calls::{Ask, Depth, Doors, Heard, Line, Untold};
use super::cursor::fingerprint;
use super::href;
use super::memory::Memory;
use super::pull::{self, Desk};
use super::site::{Able, Changes, Conditions, Makes, Site};
use super::wire::{self, Props};
use crate::answer::Answer;
use crate::provider::{Access, Identity, Login, Mail};

const DAV: HeaderName = HeaderName::from_static("dav");
/// Services whose calendars are elsewhere than their addresses say, and which say so only in the DNS.
const ELSEWHERE: &[(&[&str], &str)] = &[
    (&["icloud.com", "me.com", "mac.com"], "https://caldav.icloud.com/"),
    (&["fastmail.com", "fastmail.fm"], "https://caldav.fastmail.com/"),
];

/// Where servers are that do not say so: asked of a bare host, after the places that are meant for it.
const USUAL: &[&str] = &["/SOGo/dav/", "/remote.php/dav/", "/dav.php/", "/caldav.php/"];

/// Opens an account: finds it, and tries what its server can do.
pub(super) async fn enter(
    doors: &Doors,
    memory: &Memory,
    login: &Login,
    usual: Option<&Url>,
    access: &Access,
) -> Result<Site, Answer> {
    let base = begin(login, usual)?;
    let trusted = is_trusted(login, usual, &base);
    let start = |user: &str| Site::found(base.clone(), trusted, user.to_owned(), base.clone(), Vec::new());
    let whole = start(&login.user);
    let found = match search(&Line::new(doors, memory, &whole, access, false)).await {
        Err(refused @ Answer::SignInExpired) => match login.user.split_once('@') {
            Some((local, _)) if !local.is_empty() => {
                let short = Site { given: Some(login.user.clone()), ..start(local) };
                search(&Line::new(doors, memory, &short, access, false)).await.map_err(
                    |answer| match answer {
                        Answer::SignInExpired => refused,
                        other => other,
                    },
                )
            }
            _ => Err(refused),
        },
        other => other,
    };
    let mut site = found?;
    site.able = survey(&Line::new(doors, memory, &site, access, false)).await?;
    Ok(site)
}

/// Where the search begins.
fn begin(login: &Login, usual: Option<&Url>) -> Result<Url, Answer> {
    let wrong = |why: &str| Answer::Misconfigured { why: why.to_owned() };
    let address = login.address.as_deref().map(str::trim).filter(|address| !address.is_empty());
    let text = match (address, usual) {
        (Some(address), _) => address,
        (None, Some(usual)) => return Ok(usual.clone()),
        (None, None) if login.user.contains('@') => login.user.trim(),
        (None, None) => {
            return Err(wrong("the address of the server is missing: give its URL, or a mail address"));
        }
    };
    let url = match (text.contains("://"), text.rsplit_once('@')) {
        (true, _) => Url::parse(text).ok(),
        (false, Some((_, domain))) => match ELSEWHERE.iter().find(|(domains, _)| domains.contains(&domain)) {
            Some((_, url)) => Url::parse(url).ok(),
            None => Url::parse(&format!("https://{domain}/")).ok(),
        },
        (false, None) => Url::parse(&format!("https://{text}")).ok(),
    };
    let mut url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if let Some(url) = &mut url {
        // A name and a password are given apart.
        let cleared = url.set_username("").and_then(|()| url.set_password(None));
        cleared.expect("an address of the web can go without a name");
        url.set_fragment(None);
    }
    url.ok_or_else(|| wrong("the address of the server is neither a URL nor a host nor a mail address"))
}

/// Whether an address may be an internal one: whoever gave it has the shell, or it is the one that the operator has set.
fn is_trusted(login: &Login, usual: Option<&Url>, base: &Url) -> bool {
    login.trusted || usual == Some(base)
}

/// Finds an account from the address that its person gave. What its server can do is taken over from before.
pub(super) async fn search(line: &Line<'_>) -> Result<Site, Answer> {
    let site = line.site;
    let mut places = vec![site.base.clone()];
    for path in ["/.well-known/caldav", "/"] {
        let mut place = site.base.clone();
        place.set_query(None);
        place.set_path(path);
        places.push(place);
    }
    if site.base.path() == "/" {
        // A bare host: the well-known place is the one that is meant for this.
        places.remove(0);
        places.extend(USUAL.iter().map(|path| {
            let mut place = site.base.clone();
            place.set_path(path);
            place
        }));
    }
    let mut first: Option<Answer> = None;
    for place in places {
        match line.at(&place).await {
            Ok(Some(found)) => return Ok(Site { able: site.able, ..found }),
            Ok(None) => {}
            // What is refused here is refused everywhere; and each try more may lock the account.
            Err(answer @ (Answer::SignInExpired | Answer::RetryAfter { .. })) => return Err(answer),
            Err(answer) => drop(first.get_or_insert(answer)),
        }
    }
    match first {
        Some(answer @ (Answer::Transient(_) | Answer::Misconfigured { .. })) => Err(answer),
        _ => {
            let host = site.base.host_str().unwrap_or_default();
            let why = format!("no calendars were found at {host}: is the address that of a CalDAV server?");
            Err(Answer::Misconfigured { why })
        }
    }
}

impl Line<'_> {
    /// Asks an address what it is, and finds the account from there.
    async fn at(&self, place: &Url) -> Result<Option<Site>, Answer> {
        let told = match self.own(place, wire::WHAT).await {
            Err(Answer::SignInExpired) if self.site.user.is_empty() => self.own(place, wire::PLACE).await?,
            other => other?,
        };
        let Some((own, url)) = told else { return Ok(None) };
        if own.unauthenticated {
            return Err(Answer::SignInExpired);
        }
        let principal = own.principal.as_deref().and_then(|href| href::resolved(&url, href));
        let mut homes: Vec<Url> = own.homes.iter().filter_map(|href| href::resolved(&url, href)).collect();
        let mut addresses = Vec::new();
        if let Some(principal) = &principal
            && let Some((person, url)) = self.own(principal, wire::PERSON).await?
        {
            let told: Vec<Url> = person.homes.iter().filter_map(|href| href::resolved(&url, href)).collect();
            if !told.is_empty() {
                homes = told;
            }
            addresses.extend(person.addresses.iter().filter_map(|address| {
                let mail = address.trim().to_lowercase();
                mail.strip_prefix("mailto:").map(str::to_owned)
            }));
        }
        if homes.is_empty() && own.calendar {
            // A calendar, and nobody says whose: where it lies is all there is.
            homes.push(url.join("..").unwrap_or_else(|_| url.clone()));
        }
        if homes.is_empty() {
            return Ok(None);
        }
        let site = self.site;
        let principal = principal.unwrap_or(url);
        let found = Site::found(site.base.clone(), site.trusted, site.user.clone(), principal, homes);
        Ok(Some(Site { addresses, given: site.given.clone(), ..found }))
    }

    /// The properties of an address itself; `None` where there is nothing of WebDAV.
    async fn own(&self, url: &Url, props: &[&str]) -> Result<Option<(Props, Url)>, Answer> {
        let ask = Ask::properties(url, About::Account, Depth::Zero, props);
        let told = match self.tell(&ask).await {
            Ok(told) => told,
            // The question is not understood: something else lives there.
            Err(Untold::TooMuch(_)) => return Ok(None),
            Err(untold) => match Answer::from(untold) {
                Answer::CalendarGone | Answer::AccessRevoked { .. } => return Ok(None),
                answer => return Err(answer),
            },
        };
        let own = told.all.responses.into_iter().next().map(|one| one.props);
        Ok(own.map(|own| (own, told.url)))
    }
}

/// Whose account it is.
pub(super) fn identity(site: &Site) -> Identity {
    let mut origin = site.base.clone();
    origin.set_path("");
    origin.set_query(None);
    let host = site.base.host_str().unwrap_or_default();
    let user = site.called();
    let name = if user.contains('@') { user.to_owned() } else { format!("{user}@{host}") };
    // Neither the principal nor the homes: services move them about. Nor the name that the server took: it may have refused
    // the one that was given for a moment only.
    Identity { subject: format!("{user} {}", origin.as_str().trim_end_matches('/')), name }
}

/// Asks what the server can do, and tries it on a calendar where a word is not enough.
async fn survey(line: &Line<'_>) -> Result<Able, Answer> {
    let calendars = pull::calendars(line).await?;
    let mut able = Able::default();
    let home = line.site.homes.first().unwrap_or(&line.site.base);
    if let Ok(heard) = line.ask(&Ask::options(home)).await {
        let says = |name: HeaderName, word: &str| lists(&heard, name, word);
        able.invites = says(DAV, "calendar-auto-schedule");
        able.makes = if says(header::ALLOW, "MKCALENDAR") {
            Makes::Calendar
        } else if says(DAV, "extended-mkcol") {
            Makes::Collection
        } else {
            Makes::Unsaid
        };
    }
    let writable = calendars.iter().find(|(calendar, ..)| calendar.writable);
    let Some((calendar, url, props)) = writable.or(calendars.first()) else { return Ok(able) };
    let desk = Desk::new(line, &calendar.id, url.clone());
    able.changes = changes(&desk, props).await?;
    if calendar.writable {
        able.conditions = conditions(&desk).await?;
    }
    Ok(able)
}

/// Whether a header that is a list has that word.
fn lists(heard: &Heard, name: HeaderName, word: &str) -> bool {
    let values = heard.headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|one| one.trim().eq_ignore_ascii_case(word))
}

/// How changes are told: a server that says it can has to give a token for one.
async fn changes(desk: &Desk<'_>, props: &Props) -> Result<Changes, Answer> {
    let otherwise = if props.ctag.is_some() { Changes::Tags } else { Changes::Nothing };
    if !props.tells_changes() {
        return Ok(otherwise);
    }
    let token = props.sync_token.as_deref().unwrap_or_default();
    let ask = Ask::report(&desk.url, About::Changes, Depth::Zero, wire::sync_collection(token));
    match desk.line.tell(&ask).await {
        Ok(told) if told.all.sync_token.is_some() && props.sync_token.is_some() => Ok(Changes::Tokens),
        Ok(_) => Ok(otherwise),
        Err(untold) => match Answer::from(untold) {
            answer @ (Answer::SignInExpired | Answer::RetryAfter { .. }) => Err(answer),
            _ => Ok(otherwise),
        },
    }
}

/// What conditions are tried with: a file that a server takes, of a time that nobody looks at.
fn trial(name: &str) -> bytes::Bytes {
    bytes::Bytes::from(format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Concord//Concord//EN\r\nBEGIN:VEVENT\r\nUID:{name}\r\n\
         DTSTAMP:19700102T000000Z\r\nDTSTART:19700102T000000Z\r\nDTEND:19700102T000100Z\r\n\
         SUMMARY:Concord asks whether conditions are kept\r\nTRANSP:TRANSPARENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    ))
}

/// Whether writes are refused whose condition does not hold. It is tried on a file of our own: as a change of what is not
/// there, as a creation of what is, and as a removal of a version that never was. At the end it is taken away.
async fn conditions(desk: &Desk<'_>) -> Result<Conditions, Answer> {
    let name = format!("concord-{}", fingerprint([desk.url.as_str(), &desk.line.access.now.to_string()]));
    let (id, file) = (ExternalId(format!("{name}.ics")), trial(&name));
    let url = href::member_url(&desk.url, &id);
    let never = Etag::from("\"concord-asks\"");
    let tries = [
        (Ask::change(&url, &never, file.clone(), Mail::Nobody), false),
        (Ask::make(&url, file.clone(), Mail::Nobody), true),
        (Ask::make(&url, file, Mail::Nobody), false),
        (Ask::remove(&url, &never, Mail::Nobody), false),
    ];
    let mut found = Conditions::Kept;
    for (ask, should) in tries {
        match (desk.line.ask(&ask).await, should) {
            (Ok(_), true) | (Err(Answer::Stale | Answer::Exists | Answer::Gone), false) => {}
            (Err(answer @ (Answer::SignInExpired | Answer::RetryAfter { .. })), _) => return Err(answer),
            // What may not be made cannot be tried further.
            (Err(_), true) => return Ok(found),
            (Ok(_) | Err(_), _) => {
                found = Conditions::Ignored;
                break;
            }
        }
    }
    take_away(desk, &id, name).await;
    Ok(found)
}

/// Takes what was tried with away, also where the server has filed it under a name of its own.
async fn take_away(desk: &Desk<'_>, asked: &ExternalId, uid: String) {
    for _ in 0..2 {
        let there = match desk.resource(asked).await {
            Ok(pull::Fetched::There(body)) => body.etag.map(|version| (asked.clone(), version)),
            _ => {
                let found = desk.find(std::slice::from_ref(&uid)).await.ok();
                let item = found.and_then(|mut found| found.remove(&uid)?.pop());
                item.and_then(|item| Some((item.id, item.etag?)))
            }
        };
        let Some((id, version)) = there else { return };
        if desk
            .line
            .ask(&Ask::remove(&href::member_url(&desk.url, &id), &version, Mail::Nobody))
            .await
            .is_ok()
        {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    fn login(user: &str, address: Option<&str>) -> Login {
        Login {
            user: user.to_owned(),
            secret: SecretString::from("password"),
            address: address.map(str::to_owned),
            trusted: false,
        }
    }

    #[test]
    fn an_internal_address_is_trusted_where_the_operator_has_set_it_and_not_where_a_person_gave_it() {
        let set: Url = "http://10.0.0.5:8442/".parse().unwrap();
        let check = |address: Option<&str>, expected: bool| {
            let login = login("alice@icloud.com", address);
            let base = begin(&login, Some(&set)).unwrap();
            assert_eq!(is_trusted(&login, Some(&set), &base), expected, "{address:?}");
        };
        check(None, true);
        check(Some("http://10.0.0.6:8442/"), false);
        check(Some("http://10.0.0.5:8443/"), false);
        check(Some("https://caldav.icloud.com.cn/"), false);
    }

    #[test]
    fn a_search_begins_where_a_person_would() {
        let check = |user: &str, address: Option<&str>, expected: Option<&str>| {
            let begun = begin(&login(user, address), None).ok().map(|url| url.to_string());
            assert_eq!(begun.as_deref(), expected, "{user} {address:?}");
        };
        check("alice@example.org", None, Some("https://example.org/"));
        check("alice@icloud.com", None, Some("https://caldav.icloud.com/"));
        check("alice@fastmail.com", None, Some("https://caldav.fastmail.com/"));
        check("alice", Some("dav.example.org"), Some("https://dav.example.org/"));
        check("alice", Some("http://127.0.0.1:5232/a/"), Some("http://127.0.0.1:5232/a/"));
        check("alice", Some("https://u:p@dav.example.org/a#b"), Some("https://dav.example.org/a"));
        check("alice", Some("bob@example.org"), Some("https://example.org/"));
        check("alice", None, None);
        check("alice", Some("ftp://example.org/"), None);
        check("alice", Some("not a host"), None);
    }
}
