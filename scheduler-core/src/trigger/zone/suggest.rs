//! The names nearest to one that does not exist.

use jiff::tz::TimeZoneDatabase;
use strsim::osa_distance;

use crate::near;

/// At most three names that differ little from `name`, the nearest first.
pub(super) fn nearest(database: &TimeZoneDatabase, name: &str) -> Vec<String> {
    let names = database.available().map(|name| name.to_string());
    near::nearest(name, names, distance_to)
}

/// The suggestions as the end of a sentence.
pub(super) fn sentence(nearest: &[String]) -> String {
    match nearest {
        [] => {
            ", expected an IANA name such as Europe/Berlin, UTC, or an offset such as +05:30".into()
        }
        names => near::question(names),
    }
}

/// How far `wanted` is from a name, or from the city alone.
fn distance_to(wanted: &str, name: &str) -> usize {
    let city = name.rsplit('/').next().unwrap_or_default();
    osa_distance(wanted, name).min(osa_distance(wanted, city))
}
