//! What a URL given by a user may reach.
//!
//! Two checks, because a URL names its address in two ways. A literal address is judged when the URL is read. A name
//! is judged when it is resolved for the connection: the addresses that pass are the very ones connected to, so a name
//! that changes its mind between check and use gains nothing (BM-161).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::address::not_public;
use crate::allow::Allowed;
use crate::lookup::Lookup;

/// Judges URLs and the addresses that their names lead to.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    allow: Arc<[Allowed]>,
}

/// Why a user-given URL is not called. The text is for the person who gave it, so it tells nothing that they did not
/// know: not which address an internal name has.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub(crate) struct Refused(pub(crate) String);

impl Guard {
    pub(crate) fn new(allow: &[Allowed]) -> Self {
        Self { allow: allow.into() }
    }

    /// Judges all that can be judged before the name is resolved.
    pub(crate) fn check(&self, url: &Url) -> Result<(), Refused> {
        let refused = |why: String| Err(Refused(why));
        if !matches!(url.scheme(), "http" | "https") {
            return refused(format!("the scheme `{}` is neither http nor https", url.scheme()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refused("the address holds a user name or a password".into());
        }
        let judged = match url.host() {
            None => return refused("the address names no host".into()),
            Some(Host::Domain(name)) => {
                let allowed = self.allows_name(name);
                if allowed { Judged::Allowed } else { Judged::ByName }
            }
            Some(Host::Ipv4(ip)) => self.judge(ip.into())?,
            Some(Host::Ipv6(ip)) => self.judge(ip.into())?,
        };
        // Low ports belong to services that are not HTTP and may take a request for commands of their own.
        match (judged, url.port()) {
            (Judged::ByName | Judged::Public, Some(port)) if port < 1024 && port != 80 && port != 443 => {
                refused(format!("port {port} is not a web server's"))
            }
            _ => Ok(()),
        }
    }

    fn judge(&self, ip: IpAddr) -> Result<Judged, Refused> {
        match not_public(ip) {
            _ if self.allows_address(ip) => Ok(Judged::Allowed),
            None => Ok(Judged::Public),
            Some(what) => Err(Refused(format!("{ip} is {what}"))),
        }
    }

    fn allows_name(&self, name: &str) -> bool {
        let name = name.trim_end_matches('.');
        self.allow.iter().any(|allowed| allowed.covers_name(name))
    }

    fn allows_address(&self, ip: IpAddr) -> bool {
        self.allow.iter().any(|allowed| allowed.covers_address(ip))
    }

    /// Returns those addresses of `name` that may be connected to.
    fn filter(&self, name: &str, addresses: Vec<IpAddr>) -> Result<Vec<IpAddr>, Refused> {
        let known = !addresses.is_empty();
        let anywhere = self.allows_name(name);
        let pass: Vec<_> = addresses.into_iter().filter(|ip| anywhere || self.judge(*ip).is_ok()).collect();
        if known && pass.is_empty() {
            return Err(Refused(format!("{name} leads to internal addresses only")));
        }
        Ok(pass)
    }
}

enum Judged {
    /// The operator allowed this host or its network.
    Allowed,
    /// A literal address of the public internet.
    Public,
    /// To be judged when the name is resolved.
    ByName,
}

/// The resolver of a guarded client: only addresses that pass come out.
pub(crate) struct GuardedLookup {
    pub(crate) guard: Guard,
    pub(crate) lookup: Arc<dyn Lookup>,
}

impl Resolve for GuardedLookup {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, lookup) = (self.guard.clone(), self.lookup.clone());
        Box::pin(async move {
            let found = lookup.lookup(name.as_str()).await?;
            let pass = guard.filter(name.as_str(), found)?;
            // Port 0 stands for the URL's own.
            Ok(Box::new(pass.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(allow: &[&str]) -> Guard {
        Guard::new(&allow.iter().map(|a| a.parse().unwrap()).collect::<Vec<_>>())
    }

    fn check(allow: &[&str], url: &str, refused: Option<&str>) {
        let judged = guard(allow).check(&url.parse().unwrap());
        assert_eq!(judged.err().map(|r| r.0).as_deref(), refused, "{url}");
    }

    #[test]
    fn public_web_addresses_pass() {
        for url in
            ["https://example.org/", "http://8.8.8.8:8080/x", "https://[2606:4700::1111]/", "https://a:8443/"]
        {
            check(&[], url, None);
        }
    }

    #[test]
    fn the_reason_says_what_is_wrong() {
        check(&[], "ftp://example.org/", Some("the scheme `ftp` is neither http nor https"));
        check(&[], "https://u@example.org/", Some("the address holds a user name or a password"));
        check(&[], "https://:p@example.org/", Some("the address holds a user name or a password"));
        check(&[], "http://0x7f.1/", Some("127.0.0.1 is a loopback address"));
        check(&[], "http://[::ffff:10.0.0.1]/", Some("::ffff:10.0.0.1 is a private address"));
        check(&[], "https://example.org:25/", Some("port 25 is not a web server's"));
    }

    #[test]
    fn what_the_operator_allows_passes_on_any_port() {
        check(&["10.0.0.0/8"], "http://10.1.2.3:631/", None);
        check(&["printer"], "http://printer.:631/", None);
        check(&["printer"], "http://other:631/", Some("port 631 is not a web server's"));
        check(&["10.0.0.0/8"], "http://192.168.0.1/", Some("192.168.0.1 is a private address"));
    }

    #[test]
    fn of_a_name_s_addresses_only_the_public_ones_are_connected_to() {
        let public = IpAddr::from([8, 8, 8, 8]);
        let inside = IpAddr::from([10, 0, 0, 1]);
        assert_eq!(guard(&[]).filter("mixed", vec![inside, public]), Ok(vec![public]));
        assert_eq!(guard(&["mixed"]).filter("mixed.", vec![inside, public]), Ok(vec![inside, public]));
        assert_eq!(guard(&["10.0.0.1"]).filter("x", vec![inside]), Ok(vec![inside]));
        assert_eq!(guard(&[]).filter("nothing", vec![]), Ok(vec![]));
        let refused = guard(&[]).filter("secret.example", vec![inside]).unwrap_err();
        assert!(!refused.0.contains("10.0.0.1"), "an internal name's address is not told: {refused}");
    }
}
