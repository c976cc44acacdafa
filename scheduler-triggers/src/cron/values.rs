//! Numbers, ranges, steps and lists: the syntax that all fields share.

use super::{CronError, CronField, Dialect, bits::Bits, hash::Seed, token::Token};

/// The form in which a field was written. It decides whether a time is fixed or a pattern at clock
/// changes, and whether a day field restricts the days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Form {
    /// Single numbers only.
    #[default]
    Points,
    /// The field has a range or a step.
    Span,
    /// Beginning with `*`, or `?`.
    Star,
}

/// The numbers of a field, and the form in which they were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Values {
    pub(crate) bits: Bits,
    pub(crate) form: Form,
}

/// One item of a list: every `step`-th number from `first` to `last`, which may exceed the field's
/// largest number if the range wraps around.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    pub(super) field: CronField,
    pub(super) first: u32,
    pub(super) last: u32,
    step: u32,
    pub(super) form: Form,
}

/// An item with a step, as written.
#[derive(Debug, Clone, Copy)]
struct Stepped {
    range: Item,
    step: u32,
    /// Whether a hash selects the first number.
    is_hashed: bool,
}

/// Settings of the parser.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grammar {
    pub(super) dialect: Dialect,
    pub(super) seed: Seed,
}

/// Parses the items of one field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader {
    pub(super) field: CronField,
    pub(super) dialect: Dialect,
    pub(super) seed: Seed,
}

impl Values {
    pub(crate) fn single(value: u32) -> Self {
        Self {
            bits: Bits::from_iter([value]),
            form: Form::Points,
        }
    }
}

impl Item {
    /// Returns how many numbers the item covers from its first to its last.
    const fn count(&self) -> u32 {
        self.last - self.first + 1
    }

    /// Returns how many numbers the step selects from `first` to `last`.
    pub(super) const fn between(self, first: u32, last: u32) -> Self {
        Self {
            first,
            last,
            ..self
        }
    }

    /// Returns the first number, the last number that the step reaches, and the step.
    pub(super) const fn span(&self) -> (u32, u32, u32) {
        let last = self.first + (self.last - self.first) / self.step * self.step;
        (self.first, last, self.step)
    }

    /// Returns whether the item is a plain `*` or `?`.
    pub(super) fn is_every(&self) -> bool {
        self.form == Form::Star && self.step == 1
    }

    /// Returns the form of the item at this index. A star makes a field unrestricted only at its beginning, as in
    /// Vixie cron.
    pub(super) fn form_at(self, index: usize) -> Form {
        if index > 0 && self.form == Form::Star {
            Form::Span
        } else {
            self.form
        }
    }

    /// Returns the numbers as a set.
    pub(super) fn bits(self) -> Bits {
        let (_, highest) = self.field.bounds();
        if self.step == 1 && self.last <= highest {
            Bits::range(self.first, self.last)
        } else {
            self.values().collect()
        }
    }

    /// Returns the numbers, each within the bounds of its field.
    pub(super) fn values(self) -> impl Iterator<Item = u32> {
        let (lowest, highest) = self.field.bounds();
        let cycle = highest - lowest + 1;
        let step = usize::try_from(self.step).unwrap_or(usize::MAX);
        (self.first..=self.last)
            .step_by(step)
            .map(move |value| (value - lowest) % cycle + lowest)
    }
}

impl Grammar {
    pub(super) const fn reader(self, field: CronField) -> Reader {
        let Self { dialect, seed } = self;
        Reader {
            field,
            dialect,
            seed,
        }
    }
}

impl Reader {
    /// Parses a list of items.
    pub(super) fn list(self, token: Token<'_>) -> Result<Values, CronError> {
        let mut values = Values::default();
        for (index, piece) in token.items().enumerate() {
            let item = self.item(piece)?;
            values.bits = values.bits | item.bits();
            values.form = values.form.max(item.form_at(index));
        }
        Ok(values)
    }

    /// Parses one item: `*`, `?`, `a`, `a-b`, `a~b`, `H`, `H(a-b)`. Each except `?` may have a
    /// `/step`.
    pub(super) fn item(self, token: Token<'_>) -> Result<Item, CronError> {
        if let Some(stepped) = self.stepped(token)? {
            return Ok(self.started(stepped));
        }
        match self.hashed(token)? {
            Some(among) => Ok(self.hashed_point(among)),
            None => self.range(token),
        }
    }

    /// Returns the only value of an item whose step is larger than its range.
    pub(super) fn oversized_step(self, token: Token<'_>) -> Option<u32> {
        let stepped = self.stepped(token).ok()??;
        let Stepped { range, step, .. } = stepped;
        let is_oversized = step > 1 && step >= range.count();
        self.started(stepped)
            .values()
            .next()
            .filter(|_| is_oversized)
    }

    /// Parses an item with a step.
    fn stepped(self, token: Token<'_>) -> Result<Option<Stepped>, CronError> {
        let Some((range, step)) = token.split_once('/') else {
            return Ok(None);
        };
        let hashed = self.hashed(range)?;
        let is_hashed = hashed.is_some();
        let range = hashed.map_or_else(|| self.before_step(range), Ok)?;
        if range.count() == 1 && self.dialect.is_apscheduler() {
            return Err(self.invalid(token));
        }
        let highest = range.count().max(2) - 1;
        let refused = || CronError::Step {
            part: token.part(self.field),
            highest,
        };
        let step = match number(step) {
            Some(step) => step,
            None if is_digits(step.text) => return Err(refused()),
            None => return Err(self.invalid(token)),
        };
        if step == 0 || step > highest && self.dialect.refuses_long_steps() {
            return Err(refused());
        }
        Ok(Some(Stepped {
            range,
            step,
            is_hashed,
        }))
    }

    /// Creates an item of every `step`-th number, from the first or a hashed number on.
    fn started(self, stepped: Stepped) -> Item {
        let Stepped {
            range,
            step,
            is_hashed,
        } = stepped;
        // Any step longer than the range leaves one value, so the shortest such step represents
        // them all.
        let step = step.min(range.count());
        let shift = if is_hashed {
            self.seed.pick(self.field, 0, step - 1)
        } else {
            0
        };
        Item {
            first: range.first + shift,
            step,
            form: range.form.max(Form::Span),
            ..range
        }
    }

    /// Parses a single number or name, and returns its stored form.
    pub(super) fn value(self, token: Token<'_>) -> Result<u32, CronError> {
        if let Some(index) = self.field.named(token.text) {
            let value = index + self.field.bounds().0;
            return Ok(self.sunday_last(value, self.dialect == Dialect::Apscheduler3));
        }
        if !is_digits(token.text) {
            return Err(self.invalid(token));
        }
        number(token)
            .and_then(|number| self.stored(number))
            .ok_or_else(|| CronError::OutOfRange {
                part: token.part(self.field),
                expected: self.dialect.expected(self.field),
            })
    }

    /// Returns Sunday as 7 if it ends a range, and as 0 otherwise.
    fn sunday_last(self, value: u32, ends_week: bool) -> u32 {
        match self.field {
            CronField::DayOfWeek if ends_week && value == 0 => 7,
            _ => value,
        }
    }

    /// Parses the name of a weekday, from Sunday = 0.
    pub(super) fn weekday_name(self, token: Token<'_>) -> Option<u32> {
        CronField::DayOfWeek.named(token.text)
    }

    pub(super) fn invalid(self, token: Token<'_>) -> CronError {
        let expected = self.dialect.expected(self.field);
        CronError::Invalid {
            part: token.part(self.field),
            expected,
        }
    }

    /// Parses the range in front of a step. A single number means a range to the end of the field.
    fn before_step(self, range: Token<'_>) -> Result<Item, CronError> {
        if range.text.is_empty() && self.dialect == Dialect::Quartz {
            return Ok(self.every(Form::Star));
        }
        let item = self.range(range)?;
        match item.form {
            Form::Points if self.dialect.steps_from_points() => Ok(Item {
                last: self.dialect.every(self.field).1.max(item.first),
                ..item
            }),
            Form::Points => Err(self.invalid(range)),
            Form::Star if range.text == "?" => Err(self.invalid(range)),
            _ => Ok(item),
        }
    }

    pub(super) fn range(self, token: Token<'_>) -> Result<Item, CronError> {
        let is_any = token.text == "?" && self.dialect.has_question_mark(self.field);
        if token.text == "*" || is_any {
            return Ok(self.every(Form::Star));
        }
        let (first, last, form) = match token.split_once('-') {
            None => {
                let value = self.value(token)?;
                (value, value, Form::Points)
            }
            Some((first, last)) => {
                self.check_names(token, first, last)?;
                // Without ranges that wrap around, `SUN` is the end of a week only.
                let is_sunday = self.weekday_name(last) == Some(0);
                let ends_week = is_sunday && !self.dialect.wraps(self.field);
                let last = self.sunday_last(self.value(last)?, ends_week);
                let (first, last) = self.in_order(token, self.value(first)?, last)?;
                (first, last, Form::Span)
            }
        };
        Ok(Item {
            first,
            last,
            ..self.every(form)
        })
    }

    /// Returns an error for a range from a number to a name, which APScheduler does not have.
    fn check_names(
        self,
        token: Token<'_>,
        first: Token<'_>,
        last: Token<'_>,
    ) -> Result<(), CronError> {
        let is_mixed = is_digits(first.text) != is_digits(last.text);
        if is_mixed && self.dialect.is_apscheduler() {
            return Err(self.invalid(token));
        }
        Ok(())
    }

    pub(super) fn every(self, form: Form) -> Item {
        let (first, last) = self.dialect.every(self.field);
        Item {
            field: self.field,
            first,
            last,
            step: 1,
            form,
        }
    }

    /// Returns the ends of a range in ascending order. The end of a range that wraps around exceeds
    /// the largest number.
    pub(super) fn in_order(
        self,
        token: Token<'_>,
        first: u32,
        last: u32,
    ) -> Result<(u32, u32), CronError> {
        if first <= last {
            return Ok((first, last));
        }
        if !self.dialect.wraps(self.field) {
            let expected = self.dialect.expected(self.field);
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

    /// Returns the stored form of a number, if it is in range.
    fn stored(self, number: u32) -> Option<u32> {
        let (lowest, highest) = self.field.bounds();
        match self.field {
            CronField::DayOfWeek => self.dialect.weekday(number),
            _ => Some(number).filter(|value| (lowest..=highest).contains(value)),
        }
    }
}

/// Parses a decimal number without a sign.
pub(super) fn number(token: Token<'_>) -> Option<u32> {
    token.text.parse().ok().filter(|_| is_digits(token.text))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
