//! Numbers, ranges, steps and lists: what all fields have in common.

use super::{CronError, CronField, Dialect, bits::Bits, token::Token};

/// How a field was written. It decides about daylight saving time (what follows the clock and what
/// is a fixed time) and about days (what restricts them and what does not).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Form {
    /// Single numbers only.
    #[default]
    Points,
    /// With a range or a step.
    Span,
    /// Beginning with `*`, or `?`.
    Star,
}

/// The numbers of a field and how they were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Values {
    pub(super) bits: Bits,
    pub(super) form: Form,
}

/// One item of a list: every `step`-th number from `first` to `last`, which may exceed the field's
/// largest number if the range wraps around.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    pub(super) field: CronField,
    first: u32,
    last: u32,
    step: u32,
    pub(super) form: Form,
}

/// Reads the items of one field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader {
    pub(super) field: CronField,
    pub(super) dialect: Dialect,
}

impl Values {
    pub(super) fn single(value: u32) -> Self {
        Self {
            bits: Bits::from_iter([value]),
            form: Form::Points,
        }
    }
}

impl Item {
    /// Whether it is a plain `*` or `?`.
    pub(super) fn is_every(&self) -> bool {
        self.form == Form::Star && self.step == 1
    }

    /// As in Vixie cron, a star makes a field unrestricted only at its beginning.
    pub(super) fn form_at(self, index: usize) -> Form {
        if index > 0 && self.form == Form::Star {
            Form::Span
        } else {
            self.form
        }
    }

    /// The numbers, each in the bounds of its field.
    pub(super) fn values(self) -> impl Iterator<Item = u32> {
        let (lowest, highest) = self.field.bounds();
        let cycle = highest - lowest + 1;
        let step = usize::try_from(self.step).unwrap_or(usize::MAX);
        (self.first..=self.last)
            .step_by(step)
            .map(move |value| (value - lowest) % cycle + lowest)
    }
}

impl Reader {
    /// A list of items.
    pub(super) fn list(self, token: Token<'_>) -> Result<Values, CronError> {
        let mut values = Values::default();
        for (index, piece) in token.pieces(is_comma).enumerate() {
            let item = self.item(piece)?;
            values.bits = values.bits | item.values().collect();
            values.form = values.form.max(item.form_at(index));
        }
        Ok(values)
    }

    /// One item: `*`, `?`, `a`, `a-b`, each of them but `?` with a `/step`.
    pub(super) fn item(self, token: Token<'_>) -> Result<Item, CronError> {
        let Some((range, step)) = token.split_once('/') else {
            return self.range(token);
        };
        let range = self.stepped(range)?;
        let highest = (range.last - range.first).max(1);
        match number(step) {
            Some(step) if (1..=highest).contains(&step) => Ok(Item {
                step,
                form: range.form.max(Form::Span),
                ..range
            }),
            Some(_) => Err(CronError::Step {
                part: token.part(self.field),
                highest,
            }),
            None if is_digits(step.text) => Err(CronError::Step {
                part: token.part(self.field),
                highest,
            }),
            None => Err(self.invalid(token)),
        }
    }

    /// A single number or name, as stored.
    pub(super) fn value(self, token: Token<'_>) -> Result<u32, CronError> {
        let names = self.field.names();
        if let Some(index) = names.iter().position(|name| token.is(name)) {
            return u32::try_from(index)
                .map(|index| index + self.field.bounds().0)
                .map_err(|_| self.invalid(token));
        }
        if !is_digits(token.text) {
            return Err(self.invalid(token));
        }
        number(token)
            .and_then(|number| self.stored(number))
            .ok_or_else(|| CronError::OutOfRange {
                part: token.part(self.field),
                expected: self.field.expected(self.dialect),
            })
    }

    pub(super) fn invalid(self, token: Token<'_>) -> CronError {
        let expected = self.field.expected(self.dialect);
        CronError::Invalid {
            part: token.part(self.field),
            expected,
        }
    }

    /// The range in front of a step; a single number begins one that goes to the end.
    fn stepped(self, range: Token<'_>) -> Result<Item, CronError> {
        let item = self.range(range)?;
        match item.form {
            Form::Points => Ok(Item {
                last: self.field.bounds().1.max(item.first),
                ..item
            }),
            Form::Star if range.text == "?" => Err(self.invalid(range)),
            _ => Ok(item),
        }
    }

    fn range(self, token: Token<'_>) -> Result<Item, CronError> {
        let (lowest, highest) = self.field.bounds();
        let every = Item {
            field: self.field,
            first: lowest,
            last: highest,
            step: 1,
            form: Form::Star,
        };
        if token.text == "*" || token.text == "?" && self.field.is_day() {
            return Ok(every);
        }
        let Some((first, last)) = token.split_once('-') else {
            let value = self.value(token)?;
            return Ok(Item {
                first: value,
                last: value,
                form: Form::Points,
                ..every
            });
        };
        let (first, last) = self.in_order(token, self.value(first)?, self.value(last)?)?;
        Ok(Item {
            first,
            last,
            form: Form::Span,
            ..every
        })
    }

    /// The ends of a range in rising order: one that wraps around ends beyond the largest number.
    fn in_order(self, token: Token<'_>, first: u32, last: u32) -> Result<(u32, u32), CronError> {
        if first <= last {
            return Ok((first, last));
        }
        if !self.field.wraps() {
            let expected = self.field.expected(self.dialect);
            return Err(CronError::Reversed {
                part: token.part(self.field),
                expected,
            });
        }
        let (lowest, highest) = self.field.bounds();
        // Only a weekday can exceed the largest number: Sunday, written as 7.
        let first = if first > highest { lowest } else { first };
        Ok((
            first,
            if first <= last {
                last
            } else {
                last + highest - lowest + 1
            },
        ))
    }

    /// What is stored for a number as written, if it is in range.
    fn stored(self, number: u32) -> Option<u32> {
        let (lowest, highest) = self.field.bounds();
        match (self.field, self.dialect) {
            (CronField::DayOfWeek, Dialect::Quartz) => {
                number.checked_sub(1).filter(|day| *day <= 6)
            }
            (CronField::DayOfWeek, Dialect::Standard) => Some(number).filter(|day| *day <= 7),
            _ => Some(number).filter(|value| (lowest..=highest).contains(value)),
        }
    }
}

pub(super) fn is_comma(character: char) -> bool {
    character == ','
}

/// A plain decimal number: no sign, nothing around it.
pub(super) fn number(token: Token<'_>) -> Option<u32> {
    token.text.parse().ok().filter(|_| is_digits(token.text))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
