//! Numbers and lists as English words.

use super::bits::Bits;

/// Numbers of a field, in the form in which they are described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Numbers {
    /// All numbers of the field.
    All,
    /// Equally spaced numbers, from the first to the last of the field.
    Every(u32),
    /// Four or more equally spaced numbers within the field.
    Steps { first: u32, last: u32, step: u32 },
    /// Single numbers, and runs of three or more, each with its first and its last number.
    Runs(Vec<(u32, u32)>),
}

impl Numbers {
    /// Returns the form of the numbers in `bits`, in a field from `lowest` to `highest`.
    pub(crate) fn of(bits: Bits, (lowest, highest): (u32, u32)) -> Self {
        if bits == Bits::range(lowest, highest) {
            return Self::All;
        }
        let numbers: Vec<_> = bits.iter().collect();
        match evenly_spaced(&numbers) {
            Some((first, last, step)) if first == lowest && last + step > highest => {
                Self::Every(step)
            }
            Some((first, last, step)) if numbers.len() >= MANY => Self::Steps { first, last, step },
            _ => Self::Runs(runs(numbers.into_iter())),
        }
    }

    /// Returns the form of the numbers in `bits`, in a field whose lowest number follows its
    /// highest, such as the hours. A run across the end is one run.
    pub(crate) fn around(bits: Bits, bounds: (u32, u32)) -> Self {
        match Self::of(bits, bounds) {
            Self::Runs(_) => Self::Runs(Self::runs_of(bits, bounds)),
            numbers => numbers,
        }
    }

    /// Returns the runs of numbers in a field whose lowest number follows its highest.
    pub(crate) fn runs_of(bits: Bits, bounds: (u32, u32)) -> Vec<(u32, u32)> {
        runs_around(&bits.iter().collect::<Vec<_>>(), bounds)
    }

    /// Describes single numbers and runs: `1, 3 and 5 to 9`. `None` for other forms.
    pub(crate) fn list(&self, word: impl Fn(u32) -> String) -> String {
        joined(self.items(word), "and")
    }

    /// Describes each single number and each run separately.
    pub(crate) fn items(&self, word: impl Fn(u32) -> String) -> Vec<String> {
        match self {
            Self::Runs(runs) => items(runs, word),
            _ => Vec::new(),
        }
    }

    /// Returns the number, if there is only one.
    pub(crate) fn single(&self) -> Option<u32> {
        match self {
            Self::Runs(runs) => match runs.as_slice() {
                [(first, last)] if first == last => Some(*first),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns the run, if there is only one, of three or more numbers.
    pub(crate) fn single_run(&self) -> Option<(u32, u32)> {
        match self {
            Self::Runs(runs) => match runs.as_slice() {
                [(first, last)] if first != last => Some((*first, *last)),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Returns the first number, the last number and the step of three or more evenly spaced numbers. A
/// step of one makes a run.
fn evenly_spaced(numbers: &[u32]) -> Option<(u32, u32, u32)> {
    let [first, second, .., last] = numbers else {
        return None;
    };
    let step = second - first;
    let is_even = numbers.windows(2).all(|pair| pair[1] - pair[0] == step);
    (is_even && numbers.len() > 2 && step > 1).then_some((*first, *last, step))
}

/// Returns the runs of consecutive numbers, where the lowest number follows the highest. A run that
/// reaches the end continues at the beginning.
fn runs_around(numbers: &[u32], (lowest, highest): (u32, u32)) -> Vec<(u32, u32)> {
    let is_closed = numbers.first() == Some(&lowest) && numbers.last() == Some(&highest);
    let begins = numbers
        .iter()
        .zip(lowest..)
        .take_while(|(number, place)| *number == place);
    let (begin, rest) = numbers.split_at(if is_closed { begins.count() } else { 0 });
    let cycle = highest - lowest + 1;
    let rotated = rest
        .iter()
        .copied()
        .chain(begin.iter().map(|number| number + cycle));
    let back = |number: u32| (number - lowest) % cycle + lowest;
    runs(rotated)
        .into_iter()
        .map(|(first, last)| (back(first), back(last)))
        .collect()
}

/// Splits ascending numbers into single numbers and runs.
pub(crate) fn runs(numbers: impl Iterator<Item = u32>) -> Vec<(u32, u32)> {
    let numbers: Vec<_> = numbers.collect();
    let runs = numbers.chunk_by(|a, b| a + 1 == *b);
    runs.flat_map(|run| match run {
        [first, _, .., last] if run.len() > 2 => vec![(*first, *last)],
        few => few.iter().map(|number| (*number, *number)).collect(),
    })
    .collect()
}

/// Describes runs: `1, 3 and 5 to 9`.
pub(crate) fn listed(runs: &[(u32, u32)], word: impl Fn(u32) -> String) -> String {
    joined(items(runs, word), "and")
}

fn items(runs: &[(u32, u32)], word: impl Fn(u32) -> String) -> Vec<String> {
    let items = runs.iter().map(|(first, last)| {
        if first == last {
            word(*first)
        } else {
            format!("{} to {}", word(*first), word(*last))
        }
    });
    items.collect()
}

/// Joins items: `a, b and c`.
pub(crate) fn joined(mut items: Vec<String>, conjunction: &str) -> String {
    let Some(last) = items.pop() else {
        return String::new();
    };
    if items.is_empty() {
        return last;
    }
    format!("{} {conjunction} {last}", items.join(", "))
}

/// Formats an ordinal: `1st`, `2nd`, `13th`.
pub(crate) fn ordinal(number: u32) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

pub(crate) fn weekday(number: u32) -> String {
    name(&WEEKDAYS, number)
}

/// Returns the name of a month, from January = 1.
pub(crate) fn month(number: u32) -> String {
    name(&MONTHS, number.saturating_sub(1))
}

fn name(names: &[&str], index: u32) -> String {
    let name = usize::try_from(index)
        .ok()
        .and_then(|index| names.get(index));
    name.map_or_else(|| index.to_string(), |name| (*name).to_owned())
}

/// Minimum number of equally spaced numbers that are described by their step, not as a list.
const MANY: usize = 4;
const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_as_people_would() {
        let of = |numbers: &[u32]| Numbers::of(numbers.iter().copied().collect(), (0, 11));
        assert_eq!(of(&[0, 3, 6, 9]), Numbers::Every(3));
        assert_eq!(of(&[0, 6]), Numbers::Runs(vec![(0, 0), (6, 6)]));
        assert_eq!(
            of(&[1, 2, 4, 5, 6]),
            Numbers::Runs(vec![(1, 1), (2, 2), (4, 6)])
        );
        let steps = |first, last, step| Numbers::Steps { first, last, step };
        assert_eq!(of(&[1, 3, 5, 7]), steps(1, 7, 2));
        assert_eq!(of(&[0, 3, 6]), Numbers::Runs(vec![(0, 0), (3, 3), (6, 6)]));
        assert_eq!(of(&[5]).single(), Some(5));
        assert_eq!(of(&[5, 6, 7]).single_run(), Some((5, 7)));
    }

    #[test]
    fn a_run_may_go_over_the_end() {
        let around = |numbers: &[u32]| Numbers::around(numbers.iter().copied().collect(), (0, 11));
        assert_eq!(around(&[0, 1, 2, 10, 11]).single_run(), Some((10, 2)));
        assert_eq!(
            around(&[0, 5, 9, 10, 11]),
            Numbers::Runs(vec![(5, 5), (9, 0)])
        );
        assert_eq!(around(&[0, 11]), Numbers::Runs(vec![(11, 11), (0, 0)]));
        assert_eq!(around(&[0, 1, 2]).single_run(), Some((0, 2)));
    }

    #[test]
    fn ordinals_have_their_endings() {
        let ordinals = [1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 31].map(ordinal);
        let expected = "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 23rd 31st";
        assert_eq!(ordinals.join(" "), expected);
    }
}
