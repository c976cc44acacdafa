//! The set of years to which a rule is limited.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use super::{CronField, values::Item};

const FIRST: i32 = 1970;
const LAST: i32 = 9999;
const WORDS: usize = ((LAST - FIRST) / 64 + 1) as usize;

/// Years from 1970 to 9999: all of them, or those of a set.
///
/// Only a rule that names years pays for the set, and its clones share it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Years(Option<Arc<Set>>);

/// A set of years, and the form in which it was written. The form does not affect equality.
#[derive(Debug, Clone)]
struct Set {
    /// A bit for each year.
    words: Words,
    /// The years of the set that have a matching day.
    useful: Option<Box<Words>>,
    items: Box<[Item]>,
}

type Words = [u64; WORDS];

impl Years {
    /// Creates a set of these years, as written.
    pub(in crate::cron) fn only(items: Vec<Item>) -> Self {
        let words = words_of(items.iter().flat_map(|item| item.values()));
        Self(Some(Arc::new(Set {
            words,
            useful: None,
            items: items.into_boxed_slice(),
        })))
    }

    /// Creates a set of these years, without a written form.
    pub(crate) fn of(years: impl Iterator<Item = u32>) -> Self {
        Self(Some(Arc::new(Set {
            words: words_of(years),
            useful: None,
            items: Box::default(),
        })))
    }

    /// Excludes the years without a matching day from searches.
    pub(crate) fn useful_if(self, mut is_useful: impl FnMut(i32) -> bool) -> Self {
        let Some(set) = &self.0 else {
            return self;
        };
        let mut useful = set.words;
        let written = std::iter::successors(self.at_least(FIRST), |year| self.at_least(year + 1));
        for (word, bit) in written.filter(|year| !is_useful(*year)).filter_map(place) {
            useful[word] &= !(1 << bit);
        }
        if useful == set.words {
            return self;
        }
        let set = Set {
            useful: Some(Box::new(useful)),
            ..Set::clone(set)
        };
        Self(Some(Arc::new(set)))
    }

    /// Returns the form in which the years were written.
    pub(in crate::cron) fn items(&self) -> &[Item] {
        self.0.as_ref().map_or(&[], |set| &set.items)
    }

    /// Returns the years to search.
    fn words(&self) -> Option<&Words> {
        let set = self.0.as_ref()?;
        Some(set.useful.as_deref().unwrap_or(&set.words))
    }

    pub(crate) fn is_restricted(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn contains(&self, year: i32) -> bool {
        let in_words = |place| self.words().is_none_or(|words| is_in(words, place));
        place(year).is_some_and(in_words)
    }

    /// Returns the first year of the set that is at least `year`.
    pub(crate) fn at_least(&self, year: i32) -> Option<i32> {
        let year = year.max(FIRST);
        let Some(words) = self.words() else {
            return Some(year).filter(|year| *year <= LAST);
        };
        let (word, bit) = place(year)?;
        let rest = |index: usize| {
            if index == word {
                u64::MAX << bit
            } else {
                u64::MAX
            }
        };
        let found = (word..WORDS).find(|index| words[*index] & rest(*index) != 0)?;
        year_at(found, (words[found] & rest(found)).trailing_zeros())
    }

    /// Returns the last year of the set that is at most `year`.
    pub(crate) fn at_most(&self, year: i32) -> Option<i32> {
        let year = year.min(LAST);
        let Some(words) = self.words() else {
            return Some(year).filter(|year| *year >= FIRST);
        };
        let (word, bit) = place(year)?;
        let rest = |index: usize| {
            if index == word {
                u64::MAX >> (63 - bit)
            } else {
                u64::MAX
            }
        };
        let found = (0..=word)
            .rev()
            .find(|index| words[*index] & rest(*index) != 0)?;
        year_at(found, (words[found] & rest(found)).ilog2())
    }

    /// Returns the years as written, in ascending order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        let written = self.0.as_ref().map(|set| &set.words);
        let (first, last) = CronField::Year.bounds();
        (first..=last).filter(move |year| {
            let place = i32::try_from(*year).ok().and_then(place);
            let in_words = |words: &Words| place.is_some_and(|place| is_in(words, place));
            written.is_none_or(in_words)
        })
    }
}

fn words_of(years: impl Iterator<Item = u32>) -> Words {
    let mut words = [0; WORDS];
    for (word, bit) in years.filter_map(|year| place(i32::try_from(year).ok()?)) {
        words[word] |= 1 << bit;
    }
    words
}

fn is_in(words: &Words, (word, bit): (usize, u32)) -> bool {
    words[word] >> bit & 1 == 1
}

impl PartialEq for Set {
    fn eq(&self, other: &Self) -> bool {
        self.words == other.words
    }
}

impl Eq for Set {}

impl Hash for Set {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.words.hash(state);
    }
}

fn place(year: i32) -> Option<(usize, u32)> {
    let index = u32::try_from(year - FIRST).ok().filter(|_| year <= LAST)?;
    Some((usize::try_from(index / 64).ok()?, index % 64))
}

fn year_at(word: usize, bit: u32) -> Option<i32> {
    let index = i32::try_from(word * 64).ok()?;
    Some(FIRST + index + i32::try_from(bit).ok()?)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Dialect, hash::Seed, parse, token::Token, values::Grammar},
        *,
    };

    fn years(text: &str) -> Years {
        let grammar = Grammar {
            dialect: Dialect::Standard,
            seed: Seed::of(""),
        };
        parse::years(Token::whole(text), grammar).unwrap()
    }

    #[test]
    fn a_set_is_the_same_however_it_is_written() {
        assert_eq!(years("2030,2031,2032"), years("2032,2030-2031"));
        assert_ne!(years("2030"), years("2031"));
        assert_eq!(years("2030,*"), Years::default());
    }

    #[test]
    fn useless_years_are_not_found_but_stay_written() {
        let even = years("2030-2040").useful_if(|year| year % 2 == 0);
        assert_eq!(even.at_least(2031), Some(2032));
        assert_eq!(even.at_most(2031), Some(2030));
        assert!(!even.contains(2031));
        assert_eq!(even, years("2030-2040"));
        assert_eq!(even.iter().count(), 11);
    }

    #[test]
    fn the_nearest_year_is_found_across_words() {
        let years = years("1970,2033,2034,9999");
        for (from, expected) in [
            (i32::MIN, Some(1970)),
            (1971, Some(2033)),
            (2034, Some(2034)),
            (2035, Some(9999)),
            (10_000, None),
        ] {
            assert_eq!(years.at_least(from), expected, "{from}");
        }
        for (until, expected) in [
            (1969, None),
            (2032, Some(1970)),
            (2033, Some(2033)),
            (9998, Some(2034)),
            (i32::MAX, Some(9999)),
        ] {
            assert_eq!(years.at_most(until), expected, "{until}");
        }
        assert_eq!(Years::default().at_least(10_000), None);
        assert_eq!(Years::default().at_most(1969), None);
        assert_eq!(Years::only(Vec::new()).at_least(0), None);
    }
}
