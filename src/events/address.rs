//! Where the server may connect to when somebody names an address: not to itself, not to its neighbours.
//!
//! A guard against server-side request forgery. It judges addresses, not names: a name is resolved first, and the
//! connection goes to the very address that was judged, so that the name cannot point elsewhere in between.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A range of addresses, such as `10.1.0.0/16`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    bits: u8,
}

/// A text that is no range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a range of addresses, such as 10.1.0.0/16 or 192.0.2.7")]
pub struct NotANetwork(String);

impl Network {
    /// Whether an address lies in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(address)) => same(first.to_bits(), address.to_bits(), self.bits),
            (IpAddr::V6(first), IpAddr::V6(address)) => same(first.to_bits(), address.to_bits(), self.bits),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

/// Whether two numbers begin with the same bits.
fn same<N>(a: N, b: N, bits: u8) -> bool
where
    N: std::ops::BitXor<Output = N> + Into<u128> + Copy,
{
    let width = u32::try_from(size_of::<N>() * 8).unwrap_or(128);
    let differing: u128 = (a ^ b).into();
    differing.checked_shr(width.saturating_sub(u32::from(bits))).unwrap_or(0) == 0
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let wrong = || NotANetwork(text.to_owned());
        let (first, bits) = match text.split_once('/') {
            Some((first, bits)) => (first, Some(bits.parse().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let first: IpAddr = first.parse().map_err(|_| wrong())?;
        let most = if first.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits > most { Err(wrong()) } else { Ok(Self { first, bits }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

/// Which addresses an administrator lets receivers have, beside public ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Ranges that are let through whatever they are, for receivers on the same network.
    pub allowed: Vec<Network>,
    /// Whether the machine itself may be a receiver, also by plain `http`: for tests and development.
    pub loopback: bool,
}

/// Why an address is not connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the address {address} is {what}; an administrator can allow it by {} in the configuration",
    setting(.address)
)]
pub struct Forbidden {
    /// The address.
    pub address: IpAddr,
    /// What kind of address it is.
    pub what: &'static str,
}

/// What in the configuration lets an address through.
fn setting(address: &IpAddr) -> &'static str {
    let plain = match *address {
        IpAddr::V6(v6) => embedded(v6).map_or(*address, IpAddr::V4),
        IpAddr::V4(_) => *address,
    };
    if plain.is_loopback() { "events.allow_loopback = true" } else { "events.allow" }
}

impl Policy {
    /// Lets an address through or says why not.
    pub fn check(&self, address: IpAddr) -> Result<(), Forbidden> {
        // what is behind the mapping is what is connected to
        let plain = match address {
            IpAddr::V6(v6) => embedded(v6).map_or(address, IpAddr::V4),
            IpAddr::V4(_) => address,
        };
        if self.allowed.iter().any(|network| network.contains(plain) || network.contains(address)) {
            return Ok(());
        }
        if self.loopback && plain.is_loopback() {
            return Ok(());
        }
        let what = match plain {
            IpAddr::V4(v4) => special_v4(v4),
            IpAddr::V6(v6) => special_v6(v6),
        };
        what.map_or(Ok(()), |what| Err(Forbidden { address, what }))
    }
}

/// The IPv4 address inside an IPv6 one: mapped, compatible, NAT64 and 6to4.
fn embedded(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = v6.segments();
    let low = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match s {
        // ::1 and :: are IPv6's own
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0 | 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => Some(low(s[6], s[7])),
        [0x2002, ..] => Some(low(s[1], s[2])),
        _ => None,
    }
}

fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        (0, ..) => Some("of no host"),
        (127, ..) => Some("this machine itself"),
        (10, ..) | (192, 168, _) | (172, 16..=31, _) => Some("private"),
        (100, 64..=127, _) => Some("of a carrier's inner network"),
        // 169.254.169.254 is where clouds keep credentials
        (169, 254, _) => Some("link-local"),
        (192, 0, 0 | 2) | (198, 51, 100) | (203, 0, 113) | (198, 18..=19, _) => {
            Some("reserved for tests and documents")
        }
        (192, 88, 99) => Some("a relay's"),
        (224..=239, ..) => Some("multicast"),
        (240..=255, ..) => Some("reserved"),
        _ => None,
    }
}

fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    let s = address.segments();
    match s[0] {
        _ if address.is_loopback() => Some("this machine itself"),
        _ if address.is_unspecified() => Some("of no host"),
        0xff00..=0xffff => Some("multicast"),
        0xfe80..=0xfebf => Some("link-local"),
        0xfec0..=0xfeff | 0xfc00..=0xfdff => Some("private"),
        0x2001 if s[1] == 0 || s[1] == 0xdb8 => Some("reserved for tests, documents and tunnels"),
        0x64 if s[1] == 0xff9b => Some("of a translator's inner network"),
        0x100 if s[1] == 0 => Some("thrown away"),
        0x2000..=0x3fff => None,
        _ => Some("reserved"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn strict(address: &str) -> Result<(), Forbidden> {
        Policy::default().check(address.parse().unwrap())
    }

    #[test]
    fn inner_addresses_are_refused_in_every_spelling() {
        for inner in [
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "224.0.0.1",
            "239.1.1.1",
            "255.255.255.255",
            "198.18.0.1",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "fe80::1",
            "fd00:ec2::254",
            "fc00::1",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
        ] {
            assert!(strict(inner).is_err(), "{inner}");
        }
        for public in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:1.1.1.1"] {
            assert_eq!(strict(public), Ok(()), "{public}");
        }
    }

    #[test]
    fn what_is_allowed_goes_through_and_nothing_beside_it() {
        let policy = Policy { allowed: vec!["10.1.0.0/16".parse().unwrap()], loopback: true };
        let check = |address: &str| policy.check(address.parse().unwrap()).is_ok();
        assert!(check("10.1.2.3") && check("::ffff:10.1.2.3") && check("127.0.0.1") && check("::1"));
        assert!(!check("10.2.0.1") && !check("169.254.169.254"));
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains("10.2.0.1".parse().unwrap()));
        for wrong in ["10.0.0.0/33", "x", "10.0.0.0/", "::/129"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_mapped_address_is_judged_as_what_it_maps_to(bits: u32) {
            let v4 = Ipv4Addr::from_bits(bits);
            let policy = Policy::default();
            let (plain, mapped) = (policy.check(v4.into()), policy.check(v4.to_ipv6_mapped().into()));
            prop_assert_eq!(plain.map_err(|e| e.what), mapped.map_err(|e| e.what));
        }

        #[test]
        fn a_network_holds_what_begins_with_its_bits(first: u32, address: u32, bits in 0u8..=32) {
            let text = format!("{}/{bits}", Ipv4Addr::from_bits(first));
            let mask = if bits == 0 { 0 } else { u32::MAX << (32 - bits) };
            let network: Network = text.parse().unwrap();
            let held = network.contains(Ipv4Addr::from_bits(address).into());
            prop_assert_eq!(held, first & mask == address & mask);
        }
    }
}
