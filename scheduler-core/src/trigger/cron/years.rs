//! The set of years a rule is limited to.

use std::sync::Arc;

use super::CronField;

const FIRST: i32 = 1970;
const LAST: i32 = 9999;
const WORDS: usize = ((LAST - FIRST) / 64 + 1) as usize;

/// Years from 1970 to 9999: all of them, or those with a bit set.
///
/// Only a rule that names years pays for the mask, and its clones share it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Years(Option<Arc<[u64; WORDS]>>);

impl Years {
    /// These years and no others.
    pub(super) fn only(years: impl Iterator<Item = u32>) -> Self {
        let mut words = [0; WORDS];
        for year in years {
            if let Some((word, bit)) = i32::try_from(year).ok().and_then(place) {
                words[word] |= 1 << bit;
            }
        }
        Self(Some(Arc::new(words)))
    }

    pub(super) fn is_restricted(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn contains(&self, year: i32) -> bool {
        let in_mask = |words: &Arc<[u64; WORDS]>, (word, bit)| words[word] >> bit & 1_u64 == 1;
        place(year).is_some_and(|place| self.0.as_ref().is_none_or(|words| in_mask(words, place)))
    }

    /// The first year of the set that is at least `year`.
    pub(super) fn at_least(&self, year: i32) -> Option<i32> {
        (year.max(FIRST)..=LAST).find(|year| self.contains(*year))
    }

    /// The last year of the set that is at most `year`.
    pub(super) fn at_most(&self, year: i32) -> Option<i32> {
        (FIRST..=year.min(LAST))
            .rev()
            .find(|year| self.contains(*year))
    }

    /// The years, the first first.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        let (first, last) = CronField::Year.bounds();
        (first..=last).filter(|year| i32::try_from(*year).is_ok_and(|year| self.contains(year)))
    }
}

fn place(year: i32) -> Option<(usize, usize)> {
    let index = usize::try_from(year - FIRST)
        .ok()
        .filter(|_| year <= LAST)?;
    Some((index / 64, index % 64))
}
