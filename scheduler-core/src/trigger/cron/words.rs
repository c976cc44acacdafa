//! Numbers and lists as English words.

use super::bits::Bits;

/// Some numbers: one after the other, or evenly spaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Numbers {
    /// Every one there is.
    All,
    /// Every so many, from the first one there is to the end.
    Every(u32),
    /// Single ones and runs of three and more, each from its first to its last.
    Runs(Vec<(u32, u32)>),
}

impl Numbers {
    /// `bits` among the numbers from `lowest` to `highest`.
    pub(super) fn of(bits: Bits, (lowest, highest): (u32, u32)) -> Self {
        if bits == Bits::range(lowest, highest) {
            return Self::All;
        }
        let stepped = |step: u32| (lowest..=highest).step_by(step as usize).collect();
        let step = (2..=(highest - lowest) / 2).find(|step| bits == stepped(*step));
        step.map_or_else(|| Self::Runs(runs(bits.iter())), Self::Every)
    }

    /// The only number.
    pub(super) fn single(&self) -> Option<u32> {
        match self {
            Self::Runs(runs) => match runs.as_slice() {
                [(first, last)] if first == last => Some(*first),
                _ => None,
            },
            _ => None,
        }
    }

    /// The only run of three and more.
    pub(super) fn single_run(&self) -> Option<(u32, u32)> {
        match self {
            Self::Runs(runs) => match runs.as_slice() {
                [(first, last)] if first < last => Some((*first, *last)),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Rising numbers as single ones and runs.
pub(super) fn runs(numbers: impl Iterator<Item = u32>) -> Vec<(u32, u32)> {
    let numbers: Vec<_> = numbers.collect();
    let runs = numbers.chunk_by(|a, b| a + 1 == *b);
    runs.flat_map(|run| match run {
        [first, _, .., last] if run.len() > 2 => vec![(*first, *last)],
        few => few.iter().map(|number| (*number, *number)).collect(),
    })
    .collect()
}

/// Runs in words: `1, 3 and 5 to 9`.
pub(super) fn listed(runs: &[(u32, u32)], word: impl Fn(u32) -> String) -> String {
    let items = runs.iter().map(|(first, last)| {
        if first == last {
            word(*first)
        } else {
            format!("{} to {}", word(*first), word(*last))
        }
    });
    joined(items.collect(), "and")
}

/// `a, b and c`.
pub(super) fn joined(mut items: Vec<String>, conjunction: &str) -> String {
    let Some(last) = items.pop() else {
        return String::new();
    };
    if items.is_empty() {
        return last;
    }
    format!("{} {conjunction} {last}", items.join(", "))
}

/// `1st`, `2nd`, `13th`.
pub(super) fn ordinal(number: u32) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

pub(super) fn weekday(number: u32) -> String {
    name(&WEEKDAYS, number)
}

/// The month of that number, from January = 1.
pub(super) fn month(number: u32) -> String {
    name(&MONTHS, number.saturating_sub(1))
}

fn name(names: &[&str], index: u32) -> String {
    let name = usize::try_from(index)
        .ok()
        .and_then(|index| names.get(index));
    name.map_or_else(|| index.to_string(), |name| (*name).to_owned())
}

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
        assert_eq!(of(&[5]).single(), Some(5));
        assert_eq!(of(&[5, 6, 7]).single_run(), Some((5, 7)));
    }

    #[test]
    fn ordinals_have_their_endings() {
        let ordinals = [1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 31].map(ordinal);
        let expected = "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 23rd 31st";
        assert_eq!(ordinals.join(" "), expected);
    }
}
