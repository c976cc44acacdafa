//! Settings from the environment: whole numbers within a range. Any other value is ignored with a
//! warning, so that a typo cannot change a run silently.

use std::{collections::BTreeSet, env, ops::RangeInclusive, sync::Mutex};

use scheduler_core::text::visible;

/// A setting: its variable, its default value and its valid range.
pub(crate) struct Setting {
    pub(crate) variable: &'static str,
    pub(crate) usual: u64,
    pub(crate) range: RangeInclusive<u64>,
}

/// The settings for which a warning has already been printed.
static WARNED: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

impl Setting {
    pub(crate) fn value(&self) -> u64 {
        let Some(text) = env::var_os(self.variable) else {
            return self.usual;
        };
        let text = text.to_string_lossy();
        self.read(&text).unwrap_or_else(|| {
            self.warn(&text);
            self.usual
        })
    }

    /// Returns `VARIABLE=value` if the environment overrides the default, such as
    /// `CONFORMANCE_SCENARIOS=1`.
    pub(crate) fn changed(&self) -> Option<String> {
        let value = self.value();
        (value != self.usual).then(|| format!("{}={value}", self.variable))
    }

    fn read(&self, text: &str) -> Option<u64> {
        let number = text.parse().ok();
        number.filter(|number| self.range.contains(number))
    }

    fn warn(&self, text: &str) {
        let mut warned = WARNED.lock().unwrap_or_else(|error| error.into_inner());
        if warned.insert(self.variable) {
            let (from, to) = (self.range.start(), self.range.end());
            let beginning: String = text.chars().take(60).collect();
            eprintln!(
                "conformance: {}={} is ignored, expected a whole number from {from} to {to}",
                self.variable,
                visible(&beginning)
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_out_of_range_is_ignored() {
        let setting = Setting {
            variable: "CONFORMANCE_NOTHING",
            usual: 7,
            range: 1..=86_400,
        };
        assert_eq!(setting.value(), 7);
        for text in [
            "",
            "0",
            "-1",
            "x",
            "86401",
            "18446744073709551615",
            "1e3",
            "99999999999999999999",
        ] {
            assert_eq!(setting.read(text), None, "{text}");
        }
        assert_eq!(
            (setting.read("1"), setting.read("86400")),
            (Some(1), Some(86_400))
        );
    }
}
