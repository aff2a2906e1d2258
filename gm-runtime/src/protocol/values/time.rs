//! Dates, times and timestamps as text (RFC 3339).

use std::fmt;

use chrono::{
    DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc,
};

/// Writes `2024-01-31`. chrono's own formatting takes twice the time, since it parses the format.
pub(super) struct Day<'a>(pub(super) &'a NaiveDate);

impl fmt::Display for Day<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}-{:02}",
            self.0.year(),
            self.0.month(),
            self.0.day()
        )
    }
}

/// Writes `12:30:15`, with six fraction digits unless they are zero.
pub(super) struct Clock<'a>(pub(super) &'a NaiveTime);

impl fmt::Display for Clock<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute, second) = (self.0.hour(), self.0.minute(), self.0.second());
        write!(f, "{hour:02}:{minute:02}:{second:02}")?;
        match self.0.nanosecond() / 1_000 {
            0 => Ok(()),
            microsecond => write!(f, ".{microsecond:06}"),
        }
    }
}

/// Reads `2024-01-31`. The years are 1 to 9999.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    let mut scanner = Scanner(text.as_bytes());
    let date = scanner.date()?;
    scanner.0.is_empty().then_some(date)
}

/// Reads `12:30:15.123456`. Seconds are required, and up to six fraction digits are optional.
pub(super) fn time(text: &str) -> Option<NaiveTime> {
    let mut scanner = Scanner(text.as_bytes());
    let time = scanner.time()?;
    scanner.0.is_empty().then_some(time)
}

/// Reads a timestamp of RFC 3339. The contract also allows a missing offset, and a space in place of the `T`.
pub(super) fn datetime(text: &str) -> Option<DateTime<Utc>> {
    let mut scanner = Scanner(text.as_bytes());
    let date = scanner.date()?;
    scanner.one_of(b"Tt ")?;
    let time = scanner.time()?;
    let offset = scanner.offset()?;
    if !scanner.0.is_empty() {
        return None;
    }
    let local = NaiveDateTime::new(date, time);
    let utc = local
        .checked_sub_signed(TimeDelta::seconds(offset.local_minus_utc().into()))?
        .and_utc();
    (1..=9999).contains(&utc.year()).then_some(utc)
}

/// A scanner over the rest of a text.
struct Scanner<'a>(&'a [u8]);

impl Scanner<'_> {
    fn number(&mut self, digits: usize) -> Option<u32> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        number.iter().try_fold(0_u32, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + u32::from(digit - b'0'))
        })
    }

    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        bytes.contains(first).then(|| {
            self.0 = rest;
            *first
        })
    }

    fn date(&mut self) -> Option<NaiveDate> {
        let year = self.number(4).filter(|year| *year >= 1)?;
        self.one_of(b"-")?;
        let month = self.number(2)?;
        self.one_of(b"-")?;
        let day = self.number(2)?;
        NaiveDate::from_ymd_opt(year.try_into().ok()?, month, day)
    }

    fn time(&mut self) -> Option<NaiveTime> {
        let hour = self.number(2)?;
        self.one_of(b":")?;
        let minute = self.number(2)?;
        self.one_of(b":")?;
        let second = self.number(2)?;
        let mut microsecond = 0;
        if self.one_of(b".").is_some() {
            let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let places = u32::try_from(digits)
                .ok()
                .filter(|digits| (1..=6).contains(digits))?;
            microsecond = self.number(digits)? * 10_u32.pow(6 - places);
        }
        NaiveTime::from_hms_micro_opt(hour, minute, second, microsecond)
            // chrono accepts leap seconds, as over a million microseconds. The contract has none.
            .filter(|time| time.nanosecond() < 1_000_000_000)
    }

    fn offset(&mut self) -> Option<FixedOffset> {
        match self.one_of(b"Zz+-") {
            None if self.0.is_empty() => FixedOffset::east_opt(0),
            None => None,
            Some(b'Z' | b'z') => FixedOffset::east_opt(0),
            Some(sign) => {
                let hours = self.number(2).filter(|hours| *hours < 24)?;
                self.one_of(b":")?;
                let minutes = self.number(2).filter(|minutes| *minutes < 60)?;
                let seconds = i32::try_from((hours * 60 + minutes) * 60).ok()?;
                FixedOffset::east_opt(if sign == b'-' { -seconds } else { seconds })
            }
        }
    }
}
