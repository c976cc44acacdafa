//! The text form of a zone: its name or its offset.

use std::{fmt, str::FromStr};

use chrono::{DateTime, FixedOffset};

use super::{Zone, ZoneError};

/// Writes the name, or the offset such as `+05:30` of a zone without a name. Both parse back.
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.iana_name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{}", self.offset_at(DateTime::UNIX_EPOCH)),
        }
    }
}

/// Parses an IANA name, `UTC`, `Z`, or an offset such as `+05:30`.
impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, ZoneError> {
        if text.eq_ignore_ascii_case("UTC") || text.eq_ignore_ascii_case("Z") {
            return Ok(Self::utc());
        }
        match offset_of(text) {
            Some(seconds) => Self::fixed(seconds),
            None => Self::named(text),
        }
    }
}

/// Returns the seconds of an offset such as `+05:30` or `-00:44:30`.
fn offset_of(text: &str) -> Option<i32> {
    let is_negative = match text.as_bytes().first()? {
        b'+' => false,
        b'-' => true,
        _ => return None,
    };
    let (minutes, seconds) = match text.split_at_checked(6) {
        Some((minutes, rest)) if rest.starts_with(':') && rest.len() == 3 => (minutes, &rest[1..]),
        _ => (text, "0"),
    };
    // The parser of offsets ignores trailing text, so the length is checked here.
    let is_whole = match minutes.as_bytes() {
        [_, digits @ ..] if digits.len() == 4 => digits.iter().all(u8::is_ascii_digit),
        [_, _, _, colon, _, _] => *colon == b':',
        _ => false,
    };
    let minutes: FixedOffset = minutes.parse().ok().filter(|_| is_whole)?;
    let seconds = Some(seconds).filter(|seconds| !seconds.starts_with('+'))?;
    let seconds: u8 = seconds.parse().ok().filter(|seconds| *seconds < 60)?;
    let seconds = i32::from(seconds);
    Some(minutes.local_minus_utc() + if is_negative { -seconds } else { seconds })
}

#[cfg(feature = "serde")]
impl Zone {
    /// Returns the text from which the zone can be parsed, if there is one.
    pub(crate) fn label(&self) -> Option<String> {
        let is_known = self.0.iana_name().is_some() || self.0.to_fixed_offset().is_ok();
        is_known.then(|| self.to_string())
    }
}
