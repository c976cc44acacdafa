//! Abbreviations that clocks show beside the time. They are not names of zones.

/// Abbreviations that are not names of zones, and zones that use them.
const ABBREVIATIONS: &[(&str, &[&str])] = &[
    ("ACDT", &["Australia/Adelaide"]),
    ("ACST", &["Australia/Adelaide", "Australia/Darwin"]),
    ("ADT", &["America/Halifax"]),
    ("AEDT", &["Australia/Sydney", "Australia/Melbourne"]),
    ("AEST", &["Australia/Sydney", "Australia/Brisbane"]),
    ("AKDT", &["America/Anchorage"]),
    ("AKST", &["America/Anchorage"]),
    ("AST", &["America/Halifax", "America/Puerto_Rico"]),
    ("AWST", &["Australia/Perth"]),
    ("BST", &["Europe/London"]),
    ("CAT", &["Africa/Maputo"]),
    ("CDT", &["America/Chicago", "America/Havana"]),
    ("CEST", &["Europe/Berlin", "Europe/Paris", "Europe/Madrid"]),
    ("CST", &["America/Chicago", "Asia/Shanghai"]),
    ("EAT", &["Africa/Nairobi"]),
    ("EDT", &["America/New_York", "America/Toronto"]),
    ("EEST", &["Europe/Athens", "Europe/Helsinki", "Europe/Kyiv"]),
    ("HKT", &["Asia/Hong_Kong"]),
    ("IDT", &["Asia/Jerusalem"]),
    ("IST", &["Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"]),
    ("JST", &["Asia/Tokyo"]),
    ("KST", &["Asia/Seoul"]),
    ("MDT", &["America/Denver"]),
    ("MSK", &["Europe/Moscow"]),
    ("NDT", &["America/St_Johns"]),
    ("NST", &["America/St_Johns"]),
    ("NZDT", &["Pacific/Auckland"]),
    ("NZST", &["Pacific/Auckland"]),
    ("PDT", &["America/Los_Angeles"]),
    ("PKT", &["Asia/Karachi"]),
    ("PST", &["America/Los_Angeles", "Asia/Manila"]),
    ("SAST", &["Africa/Johannesburg"]),
    ("SST", &["Pacific/Pago_Pago"]),
    ("WAT", &["Africa/Lagos"]),
    ("WEST", &["Europe/Lisbon"]),
    ("WIB", &["Asia/Jakarta"]),
];

/// Returns the zones that use the abbreviation `name`, ignoring case.
pub(super) fn zones(name: &str) -> Option<&'static [&'static str]> {
    let known = ABBREVIATIONS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    known.map(|(_, zones)| *zones)
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::TimeZoneDatabase};

    use super::*;
    use crate::{Zone, ZoneError};

    /// A winter and a summer day of 2026 in both hemispheres.
    const SEASONS: [&str; 2] = ["2026-01-15T00:00:00Z", "2026-07-15T00:00:00Z"];

    #[test]
    fn every_abbreviation_is_shown_by_the_clocks_of_its_zones_and_names_none() {
        let database = TimeZoneDatabase::bundled();
        for (abbreviation, zones) in ABBREVIATIONS {
            assert!(database.get(abbreviation).is_err(), "{abbreviation}");
            for name in *zones {
                let zone = database.get(name).expect("there is such a zone");
                let shows = SEASONS.iter().any(|season| {
                    let at: Timestamp = season.parse().expect("it is an instant");
                    zone.to_offset_info(at).abbreviation() == *abbreviation
                });
                assert!(shows, "{name} never shows {abbreviation}");
            }
        }
    }

    #[test]
    fn an_abbreviation_is_answered_with_zones() {
        for name in ["CEST", "cest"] {
            let error = Zone::bundled(name).expect_err("it is no zone");
            let expected = "Europe/Berlin, Europe/Paris, Europe/Madrid";
            let text =
                format!("{name:?} is an abbreviation, not a time zone: use one such as {expected}");
            assert_eq!(error.to_string(), text);
            assert!(matches!(error, ZoneError::Abbreviation { .. }));
        }
    }
}
