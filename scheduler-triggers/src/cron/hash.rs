//! `H` and `~`: a number that differs between schedules and is constant for each of them.

use super::{
    CronError, CronField, Dialect,
    token::Token,
    values::{Form, Item, Reader},
};

/// The seed of the numbers that `H` and `~` select.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seed(u64);

impl Seed {
    /// Returns the FNV-1a hash of a text. It must never change, because schedules depend on it.
    pub(super) fn of(text: &str) -> Self {
        let step = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(text.bytes().fold(0xcbf2_9ce4_8422_2325, step))
    }

    /// Selects a number from `first` to `last`, independently for each field.
    pub(super) fn pick(self, field: CronField, first: u32, last: u32) -> u32 {
        let range = u64::from(last.saturating_sub(first)) + 1;
        let offset = mixed(self.0 ^ mixed(salt(field))) % range;
        first + u32::try_from(offset).unwrap_or(0)
    }
}

impl Reader {
    /// Parses an `H` or a `~`, and selects a number from its range.
    pub(super) fn hashed(self, token: Token<'_>) -> Result<Option<Item>, CronError> {
        if self.dialect != Dialect::Standard || self.field == CronField::Year {
            return Ok(None);
        }
        if token.has(b'~')
            && let Some((first, last)) = token.split_once('~')
        {
            return self.random(token, first, last).map(Some);
        }
        let Some(range) = token.without_prefix('H') else {
            return Ok(None);
        };
        if range.text.is_empty() {
            return Ok(Some(self.in_every_month()));
        }
        let Some(inner) = range
            .without_prefix('(')
            .and_then(|range| range.without_suffix(')'))
        else {
            return Err(self.invalid(token));
        };
        let among = self.range(inner)?;
        let points = self.every(Form::Points);
        Ok(Some(points.between(among.first, among.last)))
    }

    /// Parses the range `a~b`; either end may be omitted.
    fn random(
        self,
        token: Token<'_>,
        first: Token<'_>,
        last: Token<'_>,
    ) -> Result<Item, CronError> {
        let open = self.in_every_month();
        let first = match first.text {
            "" => open.first,
            _ => self.value(first)?,
        };
        let last = match last.text {
            "" if first > open.last => self.every(Form::Points).last,
            "" => open.last,
            _ => self.value(last)?,
        };
        let (first, last) = self.in_order(token, first, last)?;
        Ok(open.between(first, last))
    }

    /// Limits a hashed day to 28, so that it exists in every month.
    fn in_every_month(self) -> Item {
        let every = self.every(Form::Points);
        match self.field {
            CronField::DayOfMonth => every.between(every.first, 28),
            _ => every,
        }
    }

    pub(super) fn hashed_point(self, among: Item) -> Item {
        let value = self.seed.pick(self.field, among.first, among.last);
        among.between(value, value)
    }
}

const fn salt(field: CronField) -> u64 {
    match field {
        CronField::Second => 1,
        CronField::Minute => 2,
        CronField::Hour => 3,
        CronField::DayOfMonth => 4,
        CronField::Month => 5,
        CronField::DayOfWeek => 6,
        CronField::Week => 7,
        CronField::Year => 8,
    }
}

/// Mixes the bits, so that each input bit changes half of the output: the last steps of SplitMix64.
const fn mixed(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_never_change() {
        let picks = |text| {
            let seed = Seed::of(text);
            [CronField::Minute, CronField::Hour].map(|field| seed.pick(field, 0, 59))
        };
        assert_eq!(picks("backup"), picks("backup"));
        assert_ne!(picks("backup"), picks("backup2"));
    }

    #[test]
    fn every_number_of_the_range_is_hit_about_equally_often() {
        let mut hits = [0; 12];
        for name in 0..1200 {
            let seed = Seed::of(&format!("job-{name}"));
            hits[seed.pick(CronField::Month, 1, 12) as usize - 1] += 1;
        }
        assert!(hits.iter().all(|hits| (60..140).contains(hits)), "{hits:?}");
    }
}
