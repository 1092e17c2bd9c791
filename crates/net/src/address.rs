//! Which addresses belong to the public internet.
//!
//! IPv4 is public unless it stands in a table of what is not. IPv6 is the other way round: only global unicast is
//! public, so forms that are invented later stay shut out. Forms that carry an IPv4 address (mapped, NAT64) are judged
//! by the address they lead to (BM-162); forms that tunnel to one (6to4, Teredo) are shut out, since nothing is lost.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, d: u8, len: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), len)
}

const fn v6(a: u16, b: u16, c: u16, d: u16, len: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), len)
}

const NOT_PUBLIC_V4: &[(Ipv4Net, &str)] = &[
    (v4(0, 0, 0, 0, 8), "an unspecified address"),
    (v4(10, 0, 0, 0, 8), "a private address"),
    (v4(100, 64, 0, 0, 10), "an address of a provider's own network"),
    (v4(127, 0, 0, 0, 8), "a loopback address"),
    (v4(169, 254, 0, 0, 16), "a link-local address"),
    (v4(172, 16, 0, 0, 12), "a private address"),
    (v4(192, 0, 0, 0, 24), "a reserved address"),
    (v4(192, 0, 2, 0, 24), "an address for documentation"),
    (v4(192, 88, 99, 0, 24), "a tunnel address"),
    (v4(192, 168, 0, 0, 16), "a private address"),
    (v4(198, 18, 0, 0, 15), "an address for benchmarks"),
    (v4(198, 51, 100, 0, 24), "an address for documentation"),
    (v4(203, 0, 113, 0, 24), "an address for documentation"),
    (v4(224, 0, 0, 0, 4), "a multicast address"),
    (v4(240, 0, 0, 0, 4), "a reserved address"),
    // Azure answers every machine here with that machine's own settings, though the number looks public.
    (v4(168, 63, 129, 16, 32), "a metadata address"),
];

const PUBLIC_V6: Ipv6Net = v6(0x2000, 0, 0, 0, 3);

const NOT_PUBLIC_V6: &[(Ipv6Net, &str)] = &[
    (v6(0x2001, 0, 0, 0, 23), "a reserved or tunnel address"),
    (v6(0x2001, 0xdb8, 0, 0, 32), "an address for documentation"),
    (v6(0x2002, 0, 0, 0, 16), "a tunnel address"),
    (v6(0x3fff, 0, 0, 0, 20), "an address for documentation"),
];

/// How networks without IPv4 reach it (RFC 6052): the last 32 bits are the address.
const NAT64: Ipv6Net = v6(0x64, 0xff9b, 0, 0, 96);

/// Returns the address that a connection to `ip` really leads to.
pub(crate) fn meant(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) if NAT64.contains(&v6) => {
            let [.., a, b, c, d] = v6.octets();
            Ipv4Addr::new(a, b, c, d).into()
        }
        _ => ip.to_canonical(),
    }
}

/// Returns what is wrong with an address that does not belong to the public internet.
pub(crate) fn not_public(ip: IpAddr) -> Option<&'static str> {
    match meant(ip) {
        IpAddr::V4(ip) => NOT_PUBLIC_V4.iter().find(|(net, _)| net.contains(&ip)).map(|(_, what)| *what),
        IpAddr::V6(ip) if ip.is_loopback() => Some("a loopback address"),
        IpAddr::V6(ip) if ip.is_unspecified() => Some("an unspecified address"),
        IpAddr::V6(ip) if ip.is_multicast() => Some("a multicast address"),
        IpAddr::V6(ip) if ip.is_unique_local() => Some("a private address"),
        IpAddr::V6(ip) if ip.is_unicast_link_local() => Some("a link-local address"),
        IpAddr::V6(ip) if !PUBLIC_V6.contains(&ip) => Some("not a public address"),
        IpAddr::V6(ip) => NOT_PUBLIC_V6.iter().find(|(net, _)| net.contains(&ip)).map(|(_, what)| *what),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(public: bool, addresses: &str) {
        for text in addresses.split_whitespace() {
            let ip: IpAddr = text.parse().unwrap();
            assert_eq!(not_public(ip).is_none(), public, "{text}: {:?}", not_public(ip));
        }
    }

    #[test]
    fn public_addresses_pass() {
        check(true, "8.8.8.8 1.1.1.1 93.184.216.34 172.15.255.255 172.32.0.1 192.167.255.255 192.169.0.1");
        check(true, "100.63.255.255 100.128.0.0 169.253.255.255 169.255.0.0 126.255.255.255 128.0.0.0");
        check(
            true,
            "11.0.0.0 9.255.255.255 198.17.255.255 198.20.0.0 223.255.255.255 192.0.1.0 168.63.129.15",
        );
        check(
            true,
            "2606:4700:4700::1111 2a00:1450:4001:829::200e 2001:4860:4860::8888 2001:200::1 2620:fe::fe",
        );
        check(true, "::ffff:8.8.8.8 64:ff9b::8.8.8.8");
    }

    #[test]
    fn addresses_of_this_machine_and_its_networks_do_not() {
        check(
            false,
            "0.0.0.0 0.1.2.3 127.0.0.1 127.255.255.254 10.0.0.0 10.255.255.255 172.16.0.1 172.31.255.255",
        );
        check(false, "192.168.0.0 192.168.255.255 100.64.0.0 100.127.255.255 198.18.0.1 198.19.255.255");
        check(false, ":: ::1 fe80::1 febf::1 fec0::1 fc00::1 fdff::1");
    }

    #[test]
    fn addresses_that_hand_out_a_machine_s_credentials_do_not() {
        check(false, "169.254.169.254 169.254.170.2 100.100.100.200 192.0.0.192 168.63.129.16 fd00:ec2::254");
    }

    #[test]
    fn addresses_that_are_nobody_s_do_not() {
        check(
            false,
            "192.0.2.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255",
        );
        check(false, "ff02::1 2001:db8::1 3fff::1 5f00::1 100::1 4000::1 2001:20::1");
    }

    #[test]
    fn forms_that_carry_an_internal_address_do_not() {
        check(false, "::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:0");
        check(false, "64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b:1::127.0.0.1 64:ff9b:1::8.8.8.8");
        check(
            false,
            "2002:7f00:1:: 2002:a00:1::1 2002:808:808::1 2001:0:7f00:1:: ::127.0.0.1 ::ffff:0:127.0.0.1",
        );
    }

    proptest! {
        #[test]
        fn bm_162_an_ipv4_address_is_judged_alike_in_every_dress(bits: u32) {
            let ip = Ipv4Addr::from_bits(bits);
            let [a, b, c, d] = ip.octets();
            let nat64 = Ipv6Addr::from([0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d]);
            prop_assert_eq!(not_public(ip.into()), not_public(ip.to_ipv6_mapped().into()));
            prop_assert_eq!(not_public(ip.into()), not_public(nat64.into()));
        }

        /// The standard library knows some of these classes too; what it calls internal, we shut out.
        #[test]
        fn nothing_the_standard_library_calls_internal_passes(bits: u32, high in 0u32..16) {
            for ip in [Ipv4Addr::from_bits(bits), Ipv4Addr::from_bits(high << 28 | bits >> 8)] {
                let internal = ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_multicast()
                    || ip.is_broadcast() || ip.is_documentation() || ip.is_unspecified();
                prop_assert!(!internal || not_public(ip.into()).is_some(), "{}", ip);
            }
        }
    }
}
