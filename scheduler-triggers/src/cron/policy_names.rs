//! Names of policies, dialects and presets: `at-gap-end`, `quartz`, `ocps-1-4`.

use std::{fmt, str::FromStr};

use super::{CronError, DayRule, Dialect, Fold, Gap, Ocps, Preset};

/// An enum whose variants have names.
pub(super) trait Named: Copy + PartialEq + 'static {
    /// Name of the enum, for messages.
    const WHAT: &'static str;
    /// Lists the names, for messages.
    const EXPECTED: &'static str;
    /// All names. If a value has several, the first one is canonical.
    const NAMES: &'static [(&'static str, Self)];

    fn name(self) -> &'static str {
        let named = Self::NAMES.iter().find(|(_, value)| *value == self);
        named.map_or("", |(name, _)| name)
    }

    /// Parses a name, ignoring case and separators.
    fn named(text: &str) -> Result<Self, CronError> {
        let same = |name: &str| letters(text).eq(letters(name));
        let found = Self::NAMES.iter().find(|(name, _)| same(name));
        found
            .map(|(_, value)| *value)
            .ok_or_else(|| CronError::Name {
                what: Self::WHAT,
                found: text.chars().take(LONGEST_QUOTE).collect(),
                expected: Self::EXPECTED,
            })
    }
}

impl Named for DayRule {
    const WHAT: &'static str = "day rule";
    const EXPECTED: &'static str = "and or or";
    const NAMES: &'static [(&'static str, Self)] = &[("and", Self::And), ("or", Self::Or)];
}

impl Named for Dialect {
    const WHAT: &'static str = "dialect";
    const EXPECTED: &'static str =
        "standard, quartz, ocps-1-0 to ocps-1-4, apscheduler or apscheduler-3";
    const NAMES: &'static [(&'static str, Self)] = &[
        ("standard", Self::Standard),
        ("vixie", Self::Standard),
        ("quartz", Self::Quartz),
        ("ocps-1-0", Self::Ocps(Ocps::V1_0)),
        ("ocps-1-1", Self::Ocps(Ocps::V1_1)),
        ("ocps-1-2", Self::Ocps(Ocps::V1_2)),
        ("ocps-1-3", Self::Ocps(Ocps::V1_3)),
        ("ocps-1-4", Self::Ocps(Ocps::V1_4)),
        ("ocps", Self::Ocps(Ocps::V1_4)),
        ("apscheduler", Self::Apscheduler),
        ("apscheduler-4", Self::Apscheduler),
        ("apscheduler-3", Self::Apscheduler3),
    ];
}

impl Named for Gap {
    const WHAT: &'static str = "gap policy";
    const EXPECTED: &'static str = "at-gap-end, shift-by-delta or skip";
    const NAMES: &'static [(&'static str, Self)] = &[
        ("at-gap-end", Self::AtGapEnd),
        ("shift-by-delta", Self::ShiftByDelta),
        ("skip", Self::Skip),
    ];
}

impl Named for Fold {
    const WHAT: &'static str = "fold policy";
    const EXPECTED: &'static str = "both, first or last";
    const NAMES: &'static [(&'static str, Self)] = &[
        ("both", Self::Both),
        ("first", Self::First),
        ("last", Self::Last),
    ];
}

impl Named for Preset {
    const WHAT: &'static str = "preset";
    const EXPECTED: &'static str = "apscheduler, ocps-1-4, quartz, systemd, temporal or vixie";
    const NAMES: &'static [(&'static str, Self)] = &[
        ("apscheduler", Self::Apscheduler),
        ("ocps-1-4", Self::Ocps14),
        ("quartz", Self::Quartz),
        ("systemd", Self::Systemd),
        ("temporal", Self::Temporal),
        ("vixie", Self::Vixie),
    ];
}

/// Returns the letters and digits of a name in lower case.
fn letters(name: &str) -> impl Iterator<Item = char> {
    let plain = name.chars().filter(|c| !matches!(c, '-' | '_' | '.' | ' '));
    plain.map(|c| c.to_ascii_lowercase())
}

macro_rules! text_of_names {
    ($($named:ty),*) => {$(
        /// Formats the canonical name, which parses back.
        impl fmt::Display for $named {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        /// Parses a name, ignoring case and separators: `at-gap-end`, `at_gap_end` and `AtGapEnd` are equal.
        impl FromStr for $named {
            type Err = CronError;

            fn from_str(text: &str) -> Result<Self, CronError> {
                Self::named(text)
            }
        }
    )*};
}

text_of_names!(DayRule, Dialect, Gap, Fold, Preset);

const LONGEST_QUOTE: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    fn names_parse_back<T: Named + FromStr<Err = CronError> + fmt::Display + fmt::Debug>() {
        for (name, value) in T::NAMES {
            assert_eq!(name.parse::<T>().unwrap(), *value);
            assert_eq!(value.to_string().parse::<T>().unwrap(), *value);
            assert_eq!(
                name.to_uppercase().replace('-', "_").parse::<T>().unwrap(),
                *value
            );
        }
    }

    #[test]
    fn every_name_parses_back() {
        names_parse_back::<DayRule>();
        names_parse_back::<Dialect>();
        names_parse_back::<Gap>();
        names_parse_back::<Fold>();
        names_parse_back::<Preset>();
        assert_eq!("ocps_1.4".parse(), Ok(Preset::Ocps14));
        assert_eq!("ShiftByDelta".parse(), Ok(Gap::ShiftByDelta));
        assert!("shift by".parse::<Gap>().is_err());
        assert!("".parse::<Gap>().is_err());
    }

    #[test]
    fn an_unknown_name_is_answered_with_those_there_are() {
        let error = "vixen".parse::<Preset>().unwrap_err().to_string();
        let expected = "unknown preset \"vixen\", \
                        expected apscheduler, ocps-1-4, quartz, systemd, temporal or vixie";
        assert_eq!(error, expected);
    }
}
