//! Which addresses are closed (SANDBOX.md): everything that is not plainly public.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address may not be asked; `None` for a public one. Addresses of IPv4 that are written
/// into IPv6 (mapped, compatible, NAT64, 6to4, Teredo) are judged by what they contain.
///
/// Source: IANA's special-purpose address registries.
#[must_use]
pub fn closed_reason(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => closed_v4(v4),
        IpAddr::V6(v6) => closed_v6(v6),
    }
}

fn closed_v4(address: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = address.octets();
    Some(match (a, b, c) {
        (127, ..) => "loopback",
        (0, ..) => "this network",
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => "private",
        (169, 254, _) => "link-local or metadata",
        (100, 64..=127, _) => "carrier-grade NAT",
        (192, 0, 0) => "protocol assignments",
        (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => "documentation",
        (192, 88, 99) => "6to4 relay",
        (198, 18..=19, _) => "benchmarking",
        (224..=239, ..) => "multicast",
        (240..=255, ..) => "reserved",
        _ => return None,
    })
}

fn closed_v6(address: Ipv6Addr) -> Option<&'static str> {
    let s = address.segments();
    let low = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    if address == Ipv6Addr::LOCALHOST {
        return Some("loopback");
    }
    if address == Ipv6Addr::UNSPECIFIED {
        return Some("unspecified");
    }
    match s {
        [0, 0, 0, 0, 0, 0xffff, high, lowest] | [0, 0, 0, 0, 0, 0, high, lowest] => {
            return closed_v4(low(high, lowest)).or(Some("IPv4 written as IPv6"));
        }
        [0x64, 0xff9b, ..] => return Some("NAT64"),
        [0x2002, ..] => return Some("6to4"),
        [0x2001, 0..=0x1ff, ..] => return Some("protocol assignments"),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => return Some("documentation"),
        _ => {}
    }
    match s[0] {
        0xfc00..=0xfdff => Some("unique local"),
        0xfe80..=0xfeff => Some("link-local or site-local"),
        0xff00..=0xffff => Some("multicast"),
        0x2000..=0x3fff => None,
        _ => Some("not global unicast"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, closed: bool) {
        let address: IpAddr = text.parse().unwrap();
        assert_eq!(closed_reason(address).is_some(), closed, "{text}");
    }

    #[test]
    fn closed_addresses_are_closed_in_every_spelling() {
        for text in [
            "127.0.0.1",
            "127.255.255.254",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.170",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
        ] {
            check(text, true);
        }
        for text in ["1.1.1.1", "202.120.2.119", "172.32.0.1", "100.128.0.1", "2400:3200::1"] {
            check(text, false);
        }
    }
}
