//! Parses a calendar event.

use std::str::FromStr;

use chrono::{DateTime, Datelike, Timelike, Utc, Weekday};

use super::{OnCalendarError, component::Component, event::Event, field::Field, number, shorthand};
use crate::{
    Fold, Gap, Note, Zone,
    cron::{Bits, Token},
};

/// The parts of a parsed text.
pub(super) struct Parsed {
    pub(super) event: Event,
    /// The notes about the text itself.
    pub(super) notes: Vec<Note>,
    /// The zone, if the text names one.
    pub(super) zone: Option<Zone>,
    pub(super) gap: Option<Gap>,
    pub(super) fold: Option<Fold>,
}

/// Parses settings, weekdays, a date, a time and a zone, all of them optional.
pub(super) fn parse(text: &str) -> Result<Parsed, OnCalendarError> {
    check_length(text.len(), "bytes", LONGEST)?;
    let words: Vec<_> = Token::words(text).collect();
    let mut words = words.as_slice();
    let (mut gap, mut fold) = (None, None);
    while let Some((word, rest)) = words
        .split_first()
        .filter(|(word, _)| word.text.contains('='))
    {
        setting(*word, &mut gap, &mut fold)?;
        words = rest;
    }
    let (words, zone) = match words {
        [front @ .., last] if !front.is_empty() && is_zone(*last) => (front, Some(zone(*last)?)),
        _ => (words, None),
    };
    let mut notes = Vec::new();
    let (event, zone) = match words {
        [] => return Err(OnCalendarError::Empty),
        [name] => match shorthand::named(name.text) {
            Some(event) => (event, zone),
            None => event(words, zone, &mut notes)?,
        },
        words => event(words, zone, &mut notes)?,
    };
    Ok(Parsed {
        event,
        notes,
        zone,
        gap,
        fold,
    })
}

/// Parses weekdays, a date and a time. A timestamp is in UTC, whatever zone is named.
fn event(
    words: &[Token<'_>],
    zone: Option<Zone>,
    notes: &mut Vec<Note>,
) -> Result<(Event, Option<Zone>), OnCalendarError> {
    let mut event = Event::daily();
    let mut rest = words;
    let mut next = |is_it: fn(&str) -> bool| {
        let (word, others) = rest.split_first().filter(|(word, _)| is_it(word.text))?;
        rest = others;
        Some(*word)
    };
    if let Some(word) = next(|text| text.starts_with(char::is_alphabetic)) {
        event.weekdays = weekdays(word)?;
    }
    if let Some(word) = next(|text| text.starts_with('@')) {
        timestamp(word, &mut event)?;
        expect_end(rest, "nothing but UTC behind a timestamp")?;
        return Ok((event, Some(Zone::utc())));
    }
    if let Some(word) = next(is_date) {
        date(word, &mut event, notes)?;
    }
    if let Some(word) = next(|text| text.contains(':')) {
        time(word, &mut event, notes)?;
    }
    expect_end(rest, shorthand::EXPECTED)?;
    Ok((event, zone))
}

fn expect_end(rest: &[Token<'_>], expected: &'static str) -> Result<(), OnCalendarError> {
    match rest.first() {
        Some(word) => Err(unreadable(*word, expected)),
        None => Ok(()),
    }
}

/// Returns whether the word has the separators of a date.
fn is_date(text: &str) -> bool {
    text.contains(['-', '~']) && !text.contains(':')
}

/// Returns whether the word can only be a zone: it follows another word and begins with a letter or
/// a sign.
fn is_zone(word: Token<'_>) -> bool {
    word.text
        .starts_with(|first: char| first.is_alphabetic() || "+-".contains(first))
}

fn zone(word: Token<'_>) -> Result<Zone, OnCalendarError> {
    Zone::from_str(word.text).map_err(|source| OnCalendarError::Zone {
        source,
        column: word.column(),
    })
}

fn setting(
    word: Token<'_>,
    gap: &mut Option<Gap>,
    fold: &mut Option<Fold>,
) -> Result<(), OnCalendarError> {
    let invalid = |expected| OnCalendarError::Setting {
        found: word.found(),
        column: word.column(),
        expected,
    };
    let (name, value) = word.text.split_once('=').unwrap_or_default();
    match name.to_ascii_uppercase().as_str() {
        "GAP" => *gap = Some(value.parse().map_err(|_| invalid(GAPS))?),
        "FOLD" => *fold = Some(value.parse().map_err(|_| invalid(FOLDS))?),
        _ => return Err(invalid("GAP= or FOLD=")),
    }
    Ok(())
}

/// Parses `Mon..Fri,Sun`; a trailing comma is allowed.
fn weekdays(word: Token<'_>) -> Result<Bits, OnCalendarError> {
    let mut days = Bits::default();
    let items: Vec<_> = word.items().collect();
    for (index, item) in items.iter().enumerate() {
        if item.text.is_empty() && index > 0 && index + 1 == items.len() {
            break;
        }
        // Older versions of systemd wrote ranges with a dash.
        let range = item.split_twice('.').or_else(|| item.split_once('-'));
        let (first, last) = range.unwrap_or((*item, *item));
        let [first, last] = [weekday(first)?, weekday(last)?];
        if last < first {
            return Err(OnCalendarError::Reversed {
                field: Field::Weekday,
                found: item.found(),
                column: item.column(),
            });
        }
        days = days | Bits::range(first, last);
    }
    Ok(days)
}

/// Returns the number of the weekday called `name`, from Monday = 0.
fn weekday(name: Token<'_>) -> Result<u32, OnCalendarError> {
    let day = name.text.parse::<Weekday>();
    let number = day.map(|day| day.num_days_from_monday());
    number.map_err(|_| number::invalid(name, Field::Weekday))
}

/// Parses `@1395716396`: seconds since 1970.
fn timestamp(word: Token<'_>, event: &mut Event) -> Result<(), OnCalendarError> {
    let digits = word.text.strip_prefix('@').unwrap_or_default();
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let second = digits.parse().ok().filter(|_| is_number);
    let at = second.and_then(|second| DateTime::<Utc>::from_timestamp(second, 0));
    let year = |at: &DateTime<Utc>| u32::try_from(at.year()).ok();
    let (first, last) = Field::Year.bounds();
    let in_reach = |at: &DateTime<Utc>| year(at).is_some_and(|year| (first..=last).contains(&year));
    let Some(at) = at.filter(in_reach) else {
        let expected = "the seconds since 1970, until 2199, such as @1395716396";
        return Err(unreadable(word, expected));
    };
    *event = Event {
        weekdays: event.weekdays,
        year: Component::single(Field::Year, year(&at).unwrap_or(first)),
        month: Component::single(Field::Month, at.month()),
        day: Component::single(Field::Day, at.day()),
        hour: Component::single(Field::Hour, at.hour()),
        minute: Component::single(Field::Minute, at.minute()),
        second: Component::single(Field::Second, at.second() * Field::MICROSECONDS),
    };
    Ok(())
}

/// Parses `year-month-day` or `month-day`. A `~` before the day counts back from the last one.
fn date(word: Token<'_>, event: &mut Event, notes: &mut Vec<Note>) -> Result<(), OnCalendarError> {
    let expected = "a date such as *-*-01, 12-24 or *-02~01";
    let (front, day, field) = match word.split_last(['-', '~']) {
        Some((front, day, '~')) => (front, day, Field::DayFromEnd),
        Some((front, day, _)) => (front, day, Field::Day),
        None => return Err(unreadable(word, expected)),
    };
    let (year, month) = match front.split_once('-') {
        Some((year, month)) => (Some(year), month),
        None => (None, front),
    };
    if month.text.contains(['-', '~']) || year.is_some_and(|year| year.text.contains('~')) {
        return Err(unreadable(word, expected));
    }
    if let Some(year) = year {
        event.year = component(year, Field::Year, notes)?;
    }
    event.month = component(month, Field::Month, notes)?;
    event.day = match day.text {
        "*" => Component::every(Field::Day),
        _ => component(day, field, notes)?,
    };
    Ok(())
}

/// Parses `hour:minute` or `hour:minute:second`.
fn time(word: Token<'_>, event: &mut Event, notes: &mut Vec<Note>) -> Result<(), OnCalendarError> {
    let parts: Vec<_> = word.colon_parts().collect();
    let (hour, minute, second) = match *parts.as_slice() {
        [hour, minute] => (hour, minute, None),
        [hour, minute, second] => (hour, minute, Some(second)),
        _ => return Err(unreadable(word, "a time such as 09:00 or 09:00:30")),
    };
    event.hour = component(hour, Field::Hour, notes)?;
    event.minute = component(minute, Field::Minute, notes)?;
    if let Some(second) = second {
        event.second = component(second, Field::Second, notes)?;
    }
    Ok(())
}

/// Parses `*` or a list.
fn component(
    token: Token<'_>,
    field: Field,
    notes: &mut Vec<Note>,
) -> Result<Component, OnCalendarError> {
    if token.text == "*" {
        return Ok(Component::every(field));
    }
    check_length(token.items().count(), "values of one component", MOST_ITEMS)?;
    let mut items = Vec::new();
    for item in token.items() {
        let read = number::item(item, field)?;
        if read.repeat == 0 && item.text.contains('/') {
            notes.push(Note::LongRepetition {
                field,
                found: item.found(),
                column: item.column(),
            });
        }
        items.push(read);
    }
    Ok(Component::list(field, items))
}

fn check_length(found: usize, what: &'static str, most: usize) -> Result<(), OnCalendarError> {
    if found > most {
        return Err(OnCalendarError::TooLong { found, what, most });
    }
    Ok(())
}

fn unreadable(word: Token<'_>, expected: &'static str) -> OnCalendarError {
    OnCalendarError::Word {
        found: word.found(),
        column: word.column(),
        expected,
    }
}

const GAPS: &str = "GAP=at-gap-end, GAP=shift-by-delta or GAP=skip";
const FOLDS: &str = "FOLD=both, FOLD=first or FOLD=last";
/// The limit of systemd. The canonical text of six such lists is no longer than the longest text.
const MOST_ITEMS: usize = 240;
const LONGEST: usize = 1 << 16;
