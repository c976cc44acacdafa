//! Suggestions for misspelt names of zones.

use std::{borrow::Cow, fmt, ops::Deref, sync::OnceLock};

use jiff::tz::TimeZoneDatabase;
use strsim::osa_distance;

use crate::suggest;

/// Up to three names of zones that are similar to an unknown name, nearest first.
///
/// They are computed on first access, because the search compares every zone name and takes a
/// hundred times as long as the lookup itself.
///
/// ```
/// use scheduler_triggers::{Zone, ZoneError};
///
/// let Err(ZoneError::Unknown { nearest, .. }) = Zone::named("Europe/Berln") else { panic!() };
/// assert_eq!(nearest[0], "Europe/Berlin");
/// ```
#[derive(Clone)]
pub struct NearestZones {
    name: Box<str>,
    source: Source,
    found: OnceLock<Vec<String>>,
}

/// The database that is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The system's database, or else the compiled-in copy.
    Any,
    /// The compiled-in copy.
    Bundled,
}

impl Source {
    pub(super) fn database(self) -> Cow<'static, TimeZoneDatabase> {
        match self {
            Self::Any => Cow::Borrowed(jiff::tz::db()),
            Self::Bundled => Cow::Owned(TimeZoneDatabase::bundled()),
        }
    }
}

impl NearestZones {
    pub(super) fn to(name: &str, source: Source) -> Self {
        Self {
            name: name.into(),
            source,
            found: OnceLock::new(),
        }
    }
}

impl Deref for NearestZones {
    type Target = [String];

    fn deref(&self) -> &[String] {
        self.found.get_or_init(|| {
            let database = self.source.database();
            let names = database.available().map(|name| name.to_string());
            suggest::nearest(&self.name, names, distance_to)
        })
    }
}

impl fmt::Debug for NearestZones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for NearestZones {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.source) == (&other.name, other.source)
    }
}

impl Eq for NearestZones {}

/// Returns the suggestions as the end of a sentence.
pub(super) fn sentence(nearest: &[String]) -> String {
    match nearest {
        [] => {
            ", expected an IANA name such as Europe/Berlin, UTC, or an offset such as +05:30".into()
        }
        names => suggest::question(names),
    }
}

/// Returns the distance of `wanted` from a name, or from its city alone.
fn distance_to(wanted: &str, name: &str) -> usize {
    let city = name.rsplit('/').next().unwrap_or_default();
    osa_distance(wanted, name).min(osa_distance(wanted, city))
}

#[cfg(test)]
mod tests {
    use crate::{Zone, ZoneError};

    #[test]
    fn names_are_compared_only_when_the_nearest_are_looked_at() {
        for error in [Zone::named("Europe/Berln"), Zone::bundled("Europe/Berln")] {
            let Err(ZoneError::Unknown { nearest, .. }) = error else {
                panic!("there is one");
            };
            assert!(nearest.found.get().is_none());
            assert_eq!(nearest[0], "Europe/Berlin");
            assert_eq!(nearest, nearest.clone());
        }
    }
}
