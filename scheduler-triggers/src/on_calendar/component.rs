//! The values of one component of a calendar event: `*`, `5`, `1..5`, `0/15`, `9..17/2`, and lists.

use std::fmt;

use super::field::Field;
use crate::cron::{Bits, Form, Values};

/// One item of a list, with at least two values or a single one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Item {
    pub(super) start: u32,
    /// The last value; without it, a repetition continues to the end of the field.
    pub(super) stop: Option<u32>,
    /// The distance between the values, or 0 for a single one.
    pub(super) repeat: u32,
}

/// The values of one component: an ascending list without duplicates, or `*`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Component {
    field: Field,
    /// Empty for `*`.
    items: Box<[Item]>,
}

impl Item {
    pub(super) const fn single(start: u32) -> Self {
        Self {
            start,
            stop: None,
            repeat: 0,
        }
    }

    /// Returns the values within the bounds of the field, in ascending order.
    fn values(self, field: Field) -> impl Iterator<Item = u32> {
        let (start, last) = (self.start, self.last(field));
        let step = usize::try_from(self.repeat.max(1)).unwrap_or(usize::MAX);
        (start..=last).step_by(step)
    }

    /// Returns the last value, or the end of the field.
    fn last(self, field: Field) -> u32 {
        match (self.stop, self.repeat) {
            (Some(stop), _) => stop,
            (None, 0) => self.start,
            (None, _) => field.bounds().1,
        }
    }

    fn at_least(self, value: u32, field: Field) -> Option<u32> {
        let Some(passed) = value.checked_sub(self.start) else {
            return Some(self.start);
        };
        let next = match passed.checked_next_multiple_of(self.repeat) {
            Some(distance) => self.start.checked_add(distance)?,
            None => self.start,
        };
        (value..=self.last(field)).contains(&next).then_some(next)
    }

    fn at_most(self, value: u32, field: Field) -> Option<u32> {
        let passed = value.min(self.last(field)).checked_sub(self.start)?;
        let beyond = passed.checked_rem(self.repeat).unwrap_or(passed);
        Some(self.start + passed - beyond)
    }
}

impl Component {
    /// Returns `*`.
    pub(super) fn every(field: Field) -> Self {
        let items = match field {
            // A `*` means each second, not each microsecond.
            Field::Second => Box::from([Item {
                start: 0,
                stop: None,
                repeat: Field::MICROSECONDS,
            }]),
            _ => Box::default(),
        };
        Self { field, items }
    }

    /// Returns a component with one value.
    pub(super) fn single(field: Field, value: u32) -> Self {
        Self::list(field, vec![Item::single(value)])
    }

    /// Returns a component with one or more items.
    pub(super) fn list(field: Field, mut items: Vec<Item>) -> Self {
        items.sort_unstable();
        items.dedup();
        Self {
            field,
            items: items.into_boxed_slice(),
        }
    }

    pub(super) const fn field(&self) -> Field {
        self.field
    }

    pub(super) fn is_every(&self) -> bool {
        self.items.is_empty()
    }

    /// Returns all values, item by item, each in ascending order.
    pub(super) fn values(&self) -> impl Iterator<Item = u32> {
        let (first, last) = self.field.bounds();
        let every = if self.is_every() {
            first..last + 1
        } else {
            0..0
        };
        let listed = self.items.iter().flat_map(|item| item.values(self.field));
        every.chain(listed)
    }

    /// Returns the days as distances from the last day of a month, which has distance 0.
    ///
    /// A repetition continues to the last day, and a range begins with its larger number.
    pub(super) fn distances(&self) -> Bits {
        let distances = self.items.iter().flat_map(|item| {
            let (nearest, farthest) = match item.stop {
                Some(stop) => (item.start, stop),
                None if item.repeat > 0 => (1, item.start),
                None => (item.start, item.start),
            };
            let step = usize::try_from(item.repeat.max(1)).unwrap_or(usize::MAX);
            (0..=farthest - nearest)
                .step_by(step)
                .map(move |passed| farthest - passed - 1)
        });
        distances.collect()
    }

    /// Returns the values as a set, for fields with few values, with the form in which they were
    /// written.
    pub(super) fn small(&self) -> Values {
        Values {
            bits: self.values().collect(),
            form: self.form(),
        }
    }

    /// Returns the form of the values. A star, a range or a repetition follows the clock.
    pub(super) fn form(&self) -> Form {
        if self.is_every() {
            Form::Star
        } else if self.items.iter().any(|item| item.repeat > 0) {
            Form::Span
        } else {
            Form::Points
        }
    }

    /// Returns the smallest listed value that is at least `value`.
    pub(super) fn at_least(&self, value: u32) -> Option<u32> {
        let found = self.items.iter();
        found
            .filter_map(|item| item.at_least(value, self.field))
            .min()
    }

    /// Returns the largest listed value that is at most `value`.
    pub(super) fn at_most(&self, value: u32) -> Option<u32> {
        let found = self.items.iter();
        found
            .filter_map(|item| item.at_most(value, self.field))
            .max()
    }

    /// Returns the values as whole seconds from 0 to 59, or `None` if any has a fraction.
    pub(super) fn whole_seconds(&self) -> Option<Bits> {
        let unit = Field::MICROSECONDS;
        let numbers = |item: &Item| [item.start, item.stop.unwrap_or(0), item.repeat];
        let mut numbers = self.items.iter().flat_map(numbers);
        let is_whole = numbers.all(|number| number.is_multiple_of(unit));
        is_whole.then(|| self.values().map(|value| value / unit).collect())
    }
}

/// Writes the component in the normal form of systemd: `01,03..05/2`, `00.500000`.
impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let every = Self::every(self.field);
        if *self == every {
            return f.write_str("*");
        }
        for (index, item) in self.items.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            self.fmt_item(f, *item)?;
        }
        Ok(())
    }
}

impl Component {
    fn fmt_item(&self, f: &mut fmt::Formatter<'_>, item: Item) -> fmt::Result {
        let (unit, width) = (self.field.unit(), self.field.width());
        fmt_number(f, item.start, unit, width)?;
        if let Some(stop) = item.stop {
            f.write_str("..")?;
            fmt_number(f, stop, unit, width)?;
        }
        // A range without a repetition has a step of one unit.
        if item.repeat > 0 && !(item.stop.is_some() && item.repeat == unit) {
            f.write_str("/")?;
            fmt_number(f, item.repeat, unit, 0)?;
        }
        Ok(())
    }
}

/// Writes a number of units, with six digits of a fraction if there is one.
fn fmt_number(f: &mut fmt::Formatter<'_>, number: u32, unit: u32, width: usize) -> fmt::Result {
    write!(f, "{:0width$}", number / unit)?;
    match number % unit {
        0 => Ok(()),
        fraction => write!(f, ".{fraction:06}"),
    }
}
