//! The names nearest to one that does not exist.

use std::{borrow::Cow, fmt, ops::Deref, sync::OnceLock};

use jiff::tz::TimeZoneDatabase;
use strsim::osa_distance;

use crate::suggest;

/// At most three names of time zones that differ little from one that does not exist, the nearest
/// first.
///
/// They are looked for when they are first looked at: that takes a comparison with every name there
/// is, a hundred times what it takes to find that a zone is unknown.
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

/// Where zones are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The system's database, or else the one that is compiled in.
    Any,
    /// The one that is compiled in.
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

/// The suggestions as the end of a sentence.
pub(super) fn sentence(nearest: &[String]) -> String {
    match nearest {
        [] => {
            ", expected an IANA name such as Europe/Berlin, UTC, or an offset such as +05:30".into()
        }
        names => suggest::question(names),
    }
}

/// How far `wanted` is from a name, or from the city alone.
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
