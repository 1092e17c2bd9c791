//! Letters with a calendar in them (iMIP, RFC 6047): written, sent by SMTP, and read when answers and invitations come in.
//!
//! A letter to a guest names nobody but that guest. Its organiser is this installation's own address with a word in it that
//! only this letter has (`calendar+WORD@…`), so that an answer comes back with it, whatever program made it. Letters say
//! that a program wrote them; what comes in is read and never answered.
//!
//! Invitations of others come to addresses of the same form, one for each person. An answer to one is written only when
//! the engine says so, from the address that was invited, where that is one of ours.
//!
//! It knows neither the database nor what an answer means: that is the engine's.

mod read;
mod send;
mod write;

use async_trait::async_trait;
use concord_engine::invitations::{Came, Mail, Unsent, Wording};
use concord_engine::reply;
use concord_model::Capabilities;
use concord_model::people::Address;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};

/// The name of this product in iCalendar.
const PRODUCT: &str = "-//Concord//Concord//EN";

/// How this installation sends and gets mail.
pub struct Letters {
    /// Its own address.
    own: Own,
    transport: AsyncSmtpTransport<Tokio1Executor>,
    able: Capabilities,
}

/// An address in its two halves.
#[derive(Clone)]
struct Own {
    name: String,
    domain: String,
}

/// No letters can be sent so.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The address of the mail server.
    #[error(
        "the address of the mail server cannot be used; it looks like smtps://NAME:PASSWORD@mail.example.org"
    )]
    Server,
    /// The own address.
    #[error("this is no mail address such as calendar@example.org")]
    Address,
}

impl Own {
    fn parse(text: &str) -> Option<Own> {
        let (name, domain) = text.trim().rsplit_once('@')?;
        let plain = |text: &str, more: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
        };
        let fits = plain(name, ".-_") && plain(domain, ".-") && text.len() <= 200;
        fits.then(|| Own { name: name.to_owned(), domain: domain.to_lowercase() })
    }

    fn plain(&self) -> String {
        format!("{}@{}", self.name, self.domain)
    }

    /// The address with a word in it.
    fn with(&self, token: &str) -> String {
        format!("{}+{token}@{}", self.name, self.domain)
    }

    /// The word in an address that is one of ours.
    fn token(&self, address: &str) -> Option<String> {
        let lower = address.trim().to_lowercase();
        let (local, domain) = lower.rsplit_once('@')?;
        let token = local.strip_prefix(&format!("{}+", self.name.to_lowercase()))?;
        (domain == self.domain && token.len() == 32 && token.chars().all(|c| c.is_ascii_hexdigit()))
            .then(|| token.to_owned())
    }
}

impl Letters {
    /// Letters from that address, by that mail server (`smtps://NAME:PASSWORD@HOST`, or `smtp://HOST?tls=required`).
    pub fn new(server: &SecretString, own: &str) -> Result<Letters, Unusable> {
        Ok(Letters {
            own: Own::parse(own).ok_or(Unusable::Address)?,
            transport: send::transport(server.expose_secret()).ok_or(Unusable::Server)?,
            able: concord_ical::capabilities(),
        })
    }
}

#[async_trait]
impl Mail for Letters {
    fn able(&self) -> &Capabilities {
        &self.able
    }

    fn write(&self, wording: &Wording<'_>) -> Result<String, String> {
        write::letter(&self.own, wording)
    }

    async fn send(&self, to: &Address, message: &str) -> Result<(), Unsent> {
        send::send(&self.transport, &self.own.plain(), to.as_str(), message).await
    }

    fn reply(&self, wording: &reply::Wording<'_>) -> Result<String, String> {
        write::reply(&self.own, wording)
    }

    fn address(&self, word: &str) -> Address {
        Address::from(self.own.with(word))
    }

    fn read(&self, message: &[u8]) -> Result<Came, String> {
        read::letter(&self.own, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_comes_back_with_its_word_to_an_address_of_ours_alone() {
        let own = Own::parse("Calendar@Studio.example").unwrap();
        let token = "0123456789abcdef0123456789abcdef";
        assert_eq!(own.token(&own.with(token)).as_deref(), Some(token));
        assert_eq!(own.token(&own.with(token).to_uppercase()).as_deref(), Some(token));
        for other in [
            format!("calendar+{token}@evil.example"),
            format!("other+{token}@studio.example"),
            "calendar@studio.example".to_owned(),
            "calendar+short@studio.example".to_owned(),
            format!("calendar+{}@studio.example", "z".repeat(32)),
        ] {
            assert_eq!(own.token(&other), None, "{other}");
        }
        assert!(Own::parse("a\r\nBcc: b@x.org").is_none() && Own::parse("nobody").is_none());
    }
}
