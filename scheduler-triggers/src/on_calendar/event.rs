//! A calendar event without its zone: the components in their shortest form.

use std::fmt;

use super::{component::Component, field::Field};
use crate::cron::Bits;

/// The components of a calendar event. Equal ones have equal text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Event {
    /// The weekdays, counted from Monday = 0; all of them if none is named.
    pub(super) weekdays: Bits,
    pub(super) year: Component,
    pub(super) month: Component,
    /// The day: a component of [`Field::Day`] or of [`Field::DayFromEnd`].
    pub(super) day: Component,
    pub(super) hour: Component,
    pub(super) minute: Component,
    pub(super) second: Component,
}

impl Event {
    /// Returns the event for every day at midnight.
    pub(super) fn daily() -> Self {
        Self {
            weekdays: Self::every_weekday(),
            year: Component::every(Field::Year),
            month: Component::every(Field::Month),
            day: Component::every(Field::Day),
            hour: Component::single(Field::Hour, 0),
            minute: Component::single(Field::Minute, 0),
            second: Component::single(Field::Second, 0),
        }
    }

    pub(super) fn every_weekday() -> Bits {
        let (first, last) = Field::Weekday.bounds();
        Bits::range(first, last)
    }
}

/// Writes the event in the normal form of systemd: `Mon..Fri *-*-* 09:00:00`.
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.weekdays != Self::every_weekday() {
            write!(f, "{} ", weekdays(self.weekdays))?;
        }
        let separator = match self.day.field() {
            Field::DayFromEnd => '~',
            _ => '-',
        };
        let Self {
            year, month, day, ..
        } = self;
        write!(f, "{year}-{month}{separator}{day} ")?;
        write!(f, "{}:{}:{}", self.hour, self.minute, self.second)
    }
}

/// Returns the weekdays as text, with ranges of three days or more.
fn weekdays(days: Bits) -> String {
    let numbers: Vec<_> = days.iter().collect();
    let name = |day: &u32| {
        let index = usize::try_from(*day).ok();
        index
            .and_then(|index| WEEKDAYS.get(index))
            .copied()
            .unwrap_or_default()
    };
    let runs = numbers.chunk_by(|one, next| one + 1 == *next);
    let texts = runs.map(|run| match run {
        [first, _, .., last] if run.len() > 2 => format!("{}..{}", name(first), name(last)),
        few => few.iter().map(name).collect::<Vec<_>>().join(","),
    });
    texts.collect::<Vec<_>>().join(",")
}

/// The short names of the weekdays, from Monday on.
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
