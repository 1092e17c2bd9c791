//! What the operator lets people reach although it is internal.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use url::Host;

use crate::address::meant;

/// A host or a network that user-given URLs may reach although it is internal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// This name exactly, wherever it leads.
    Host(String),
    /// Every address in this network, whatever name leads there.
    Network(IpNet),
}

/// The text names neither a host nor a network.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is neither a host name nor a network such as 10.0.0.0/8")]
pub struct NotAllowable(String);

impl Allowed {
    /// Whether this lets a URL with this host name through. `name` has no trailing dot.
    pub(crate) fn covers_name(&self, name: &str) -> bool {
        matches!(self, Self::Host(host) if host.eq_ignore_ascii_case(name))
    }

    /// Whether this lets a connection to this address through.
    pub(crate) fn covers_address(&self, ip: IpAddr) -> bool {
        matches!(self, Self::Network(network) if network.contains(&meant(ip)))
    }
}

impl FromStr for Allowed {
    type Err = NotAllowable;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || NotAllowable(text.to_owned());
        if let Ok(network) = text.parse::<IpNet>() {
            return Ok(Self::Network(network.trunc()));
        }
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Ok(Self::Network(meant(ip).into()));
        }
        // The parser of URLs reads the name here as it will there, so that both have the same normal form.
        match Host::parse(text).map_err(|_| refused())? {
            Host::Ipv4(ip) => Ok(Self::Network(IpAddr::from(ip).into())),
            Host::Ipv6(ip) => Ok(Self::Network(meant(ip.into()).into())),
            Host::Domain(name) => {
                let name = name.trim_end_matches('.');
                let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
                (!name.is_empty() && name.chars().all(plain))
                    .then(|| Self::Host(name.to_owned()))
                    .ok_or_else(refused)
            }
        }
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(host) => host.fmt(f),
            Self::Network(network) => network.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(text.parse::<Allowed>().ok().map(|a| a.to_string()).as_deref(), expected, "{text}");
    }

    #[test]
    fn hosts_and_networks_are_read_in_their_normal_form() {
        check("radicale", Some("radicale"));
        check("Cloud.Example.ORG.", Some("cloud.example.org"));
        check("bücher.example", Some("xn--bcher-kva.example"));
        check("10.1.2.3/8", Some("10.0.0.0/8"));
        check("192.168.1.7", Some("192.168.1.7/32"));
        check("::ffff:192.168.1.7", Some("192.168.1.7/32"));
        check("0x7f.1", Some("127.0.0.1/32"));
        check("[fd00::1]", Some("fd00::1/128"));
        check("fd00::/8", Some("fd00::/8"));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["", ".", "*", "*.example.org", "example.org:5232", "http://example.org", "10.0.0.0/33", "a b"]
        {
            check(text, None);
        }
    }

    #[test]
    fn a_name_covers_itself_and_nothing_below_it() {
        let allowed: Allowed = "example.org".parse().unwrap();
        assert!(allowed.covers_name("example.org") && allowed.covers_name("EXAMPLE.org"));
        assert!(!allowed.covers_name("a.example.org") && !allowed.covers_name("xexample.org"));
        assert!(!allowed.covers_address([127, 0, 0, 1].into()));
    }

    #[test]
    fn a_network_covers_its_addresses_in_every_dress() {
        let allowed: Allowed = "10.0.0.0/8".parse().unwrap();
        for inside in ["10.9.8.7", "::ffff:10.9.8.7", "64:ff9b::10.9.8.7"] {
            assert!(allowed.covers_address(inside.parse().unwrap()), "{inside}");
        }
        assert!(!allowed.covers_address("11.0.0.0".parse().unwrap()) && !allowed.covers_name("10.0.0.1"));
    }
}
