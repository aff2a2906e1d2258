//! Time and many callers, which real servers show only by waiting and by many connections.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use governor::clock::FakeRelativeClock;

use super::clock::Clock;
use super::table::Table;
use super::{RateLimit, RateLimitSettings, RateLimits};
use crate::access::Principal;
use crate::error::Error;
use crate::protocol::error_code::ErrorCode;

/// The seconds after which the caller may come again. 0 if the request is accepted.
trait Wait {
    fn wait(self) -> u32;
}

impl Wait for Result<(), crate::protocol::failure::Failure> {
    fn wait(self) -> u32 {
        match self {
            Ok(()) => 0,
            Err(failure) => {
                assert_eq!(failure.code, ErrorCode::RateLimited);
                failure.retry_after
            }
        }
    }
}

fn limits(per_address: RateLimit, per_principal: Option<RateLimit>) -> (RateLimits, FakeRelativeClock) {
    let clock = FakeRelativeClock::default();
    let limits = RateLimits::new(&RateLimitSettings {
        per_address: Some(per_address),
        per_principal,
        clock: Clock::Fake(clock.clone()),
        ..RateLimitSettings::default()
    });
    (limits.unwrap(), clock)
}

fn address(text: &str) -> Option<IpAddr> {
    Some(text.parse().unwrap())
}

#[test]
fn a_burst_is_refilled_evenly_and_a_refused_request_uses_nothing() {
    let (limits, clock) = limits(RateLimit::per_second(2).burst(3), None);
    let ask = || limits.check_address(|| address("203.0.113.7")).wait();
    assert_eq!([ask(), ask(), ask()], [0; 3]);
    for _ in 0..100 {
        assert_eq!(ask(), 1);
    }
    clock.advance(Duration::from_millis(499));
    assert_eq!(ask(), 1);
    clock.advance(Duration::from_millis(1));
    assert_eq!([ask(), ask()], [0, 1]);
    clock.advance(Duration::from_secs(365 * 24 * 60 * 60));
    assert_eq!([ask(), ask(), ask(), ask()], [0, 0, 0, 1]);
}

#[test]
fn the_wait_is_rounded_up_to_whole_seconds() {
    let (limits, clock) = limits(RateLimit::per_minute(6).burst(1), None);
    let ask = || limits.check_address(|| address("203.0.113.7")).wait();
    assert_eq!([ask(), ask()], [0, 10]);
    clock.advance(Duration::from_millis(1));
    assert_eq!(ask(), 10);
    clock.advance(Duration::from_millis(999));
    assert_eq!(ask(), 9);
    clock.advance(Duration::from_millis(8_999));
    assert_eq!(ask(), 1);
    clock.advance(Duration::from_millis(1));
    assert_eq!([ask(), ask()], [0, 10]);
}

#[test]
fn addresses_count_by_network_and_never_as_names() {
    let once = RateLimit::per_minute(1);
    let (limits, _clock) = limits(once, Some(once));
    let ask = |text: &str| limits.check_address(|| address(text)).wait() == 0;
    assert!(ask("203.0.113.7"));
    assert!(!ask("::ffff:203.0.113.7"));
    assert!(ask("203.0.113.8"));
    assert!(ask("2001:db8:0:1::1"));
    assert!(!ask("2001:db8:0:1:ffff::2"));
    assert!(ask("2001:db8:0:2::1"));
    // Connections without an address are one caller.
    assert_eq!(limits.check_address(|| None).wait(), 0);
    assert_ne!(limits.check_address(|| None).wait(), 0);

    let ask = |caller: &Principal, text: &str| limits.check_principal(caller, || address(text)).wait() == 0;
    let anonymous = Principal::anonymous();
    assert!(ask(&anonymous, "203.0.113.7"));
    assert!(!ask(&anonymous, "203.0.113.7"));
    assert!(ask(&anonymous, "203.0.113.8"));
    // The name of a caller is no address, and its length costs nothing.
    for name in ["203.0.113.7", "-", "", &"x".repeat(100_000)] {
        assert!(ask(&name.into(), "203.0.113.7"), "{name:.10}");
        assert!(!ask(&name.into(), "203.0.113.9"), "{name:.10}");
    }
}

#[test]
fn a_flood_of_addresses_takes_no_memory_and_forgets_no_caller_over_the_limit() {
    let (limits, clock) = limits(RateLimit::per_minute(60).burst(10), None);
    let greedy = || limits.check_address(|| address("203.0.113.7")).wait();
    for _ in 0..10 {
        assert_eq!(greedy(), 0);
    }
    for number in 0..100_000_u32 {
        let address = Ipv4Addr::from_bits(0x0a00_0000 | number);
        assert_eq!(limits.check_address(|| Some(address.into())).wait(), 0);
        let network = Ipv6Addr::from_bits(u128::from(number) << 64);
        assert_eq!(limits.check_address(|| Some(network.into())).wait(), 0);
    }
    assert_eq!(greedy(), 1);
    clock.advance(Duration::from_secs(1));
    assert_eq!([greedy(), greedy()], [0, 1]);
    // It was allocated before.
    assert!(Table::new().size() < 2 * 1024 * 1024);
}

#[test]
fn limits_without_sense_are_refused() {
    let build = |limit| {
        RateLimits::new(&RateLimitSettings {
            of_subscriptions: Some(limit),
            ..RateLimitSettings::default()
        })
    };
    let refused = |limit, words: &str| match build(limit).err() {
        Some(Error::Configuration(message)) => {
            assert!(
                message.contains("`rate_limit_of_subscriptions`") && message.contains(words),
                "{message}"
            );
        }
        other => panic!("{limit:?}: {other:?}"),
    };
    refused(RateLimit::per_second(0), "allows no request");
    refused(RateLimit::per_second(5).burst(0), "allows no request");
    refused(RateLimit::per_minute(0).burst(5), "allows no request");
    refused(RateLimit::per_minute(1).burst(1_441), "more than a day");
    refused(RateLimit::per_minute(1).burst(u32::MAX), "more than a day");
    assert!(build(RateLimit::per_minute(1).burst(1_440)).is_ok());
    let fastest = build(RateLimit::per_second(u32::MAX)).unwrap();
    let caller = Principal::named("ada");
    for _ in 0..1_000 {
        assert_eq!(fastest.check_subscription(&caller, || None).wait(), 0);
    }
}
