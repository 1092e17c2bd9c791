//! The address of a feed, as people give it and as it is fetched.
//!
//! It is a secret: nothing here is printed, and of an address only its host is ever told.

use secrecy::SecretString;
use sha2::{Digest, Sha256};
use url::Url;

use crate::answer::Answer;

/// Where a feed is.
#[derive(Clone)]
pub(super) struct Address {
    /// Without name and password.
    pub(super) url: Url,
    /// What was given as `name:password@` in it, for Basic authentication.
    pub(super) login: Option<(String, String)>,
    /// Whether it may be an internal one: the operator gave it.
    pub(super) trusted: bool,
}

impl Address {
    /// Reads what a person gives. `webcal` means `https`: it is how pages make a calendar app open the address.
    pub(super) fn parse(text: &str, trusted: bool) -> Result<Address, Answer> {
        let wrong = |why: &str| Answer::Misconfigured { why: why.to_owned() };
        let text = text.trim();
        let lower = text.get(..10).unwrap_or(text).to_ascii_lowercase();
        let text =
            match ["webcals://", "webcal://", "feed://"].iter().find(|scheme| lower.starts_with(**scheme)) {
                Some(scheme) => format!("https://{}", &text[scheme.len()..]),
                None if !text.contains("://") => format!("https://{text}"),
                None => text.to_owned(),
            };
        let url =
            Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let mut url =
            url.ok_or_else(|| wrong("this is no address of a feed; it begins with https:// or webcal://"))?;
        let plain = |text: &str| {
            // Percent signs as in a form, where plus and ampersand would mean something else.
            let form = format!("x={}", text.replace('+', "%2B").replace('&', "%26"));
            let read =
                url::form_urlencoded::parse(form.as_bytes()).next().map(|(_, value)| value.into_owned());
            read.unwrap_or_default()
        };
        let login = (!url.username().is_empty())
            .then(|| (plain(url.username()), plain(url.password().unwrap_or_default())));
        let cleared = url.set_username("").and_then(|()| url.set_password(None));
        cleared.expect("an address of the web can go without a name");
        url.set_fragment(None);
        Ok(Address { url, login, trusted })
    }

    /// The form in which it is kept.
    pub(super) fn secret(&self) -> SecretString {
        let mut url = self.url.clone();
        if let Some((name, password)) = &self.login {
            // An address of the web takes a name and a password.
            let _ = url.set_username(name).and_then(|()| url.set_password(Some(password)));
        }
        SecretString::from(url.as_str())
    }

    /// A name that tells nothing of it.
    pub(super) fn fingerprint(&self) -> String {
        Sha256::digest(self.url.as_str()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What may be told of it.
    pub(super) fn host(&self) -> String {
        self.url.host_str().unwrap_or_default().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn an_address_is_understood_as_people_give_it() {
        let check = |given: &str, expected: Option<&str>| {
            let read = Address::parse(given, false).ok().map(|address| address.url.to_string());
            assert_eq!(read.as_deref(), expected, "{given}");
        };
        check("https://a.example/x.ics?k=1#top", Some("https://a.example/x.ics?k=1"));
        check(" webcal://a.example/x.ics ", Some("https://a.example/x.ics"));
        check("WEBCALS://a.example/x.ics", Some("https://a.example/x.ics"));
        check("a.example/x.ics", Some("https://a.example/x.ics"));
        check("http://127.0.0.1:8080/x", Some("http://127.0.0.1:8080/x"));
        check("file:///etc/passwd", None);
        check("ftp://a.example/x", None);
        check("", None);
    }

    #[test]
    fn a_name_and_a_password_are_kept_apart_from_what_is_asked_for_and_come_back() {
        let address = Address::parse("https://ann:p%40ss@a.example/x", true).unwrap();
        assert_eq!(address.url.as_str(), "https://a.example/x");
        assert_eq!(address.login, Some(("ann".to_owned(), "p@ss".to_owned())));
        let again = Address::parse(address.secret().expose_secret(), true).unwrap();
        assert_eq!((again.login, again.url), (address.login, address.url));
    }
}
