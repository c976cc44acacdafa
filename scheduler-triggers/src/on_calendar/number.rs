//! Parses one item of a component of a calendar event: a number, a range or a repetition.

use super::{OnCalendarError, component::Item, field::Field};
use crate::cron::Token;

/// Parses one item in its shortest form: the end of a range is one of its values.
pub(super) fn item(token: Token<'_>, field: Field) -> Result<Item, OnCalendarError> {
    let (range, repeat) = match token.split_once('/') {
        Some((range, repeat)) => (range, Some(repeat)),
        None => (token, None),
    };
    let repeat = repeat.map(|repeat| number(repeat, field)).transpose()?;
    if repeat == Some(0) {
        return Err(repetition(token, field));
    }
    let value = |token| Ok(in_century(number(token, field)?, field));
    match range.split_twice('.') {
        None => open(token, value(range)?, repeat.unwrap_or(0), field),
        Some((start, stop)) => {
            let (start, stop) = (value(start)?, value(stop)?);
            let repeat = repeat.unwrap_or_else(|| field.unit());
            closed(token, (start, stop), repeat, field)
        }
    }
}

/// Returns `start`, or `start/repeat`.
fn open(token: Token<'_>, start: u32, repeat: u32, field: Field) -> Result<Item, OnCalendarError> {
    let (first, last) = field.bounds();
    check_bounds(token, start, field)?;
    let is_in_reach = match field {
        Field::DayFromEnd => start.checked_sub(repeat).is_some_and(|next| next >= first),
        _ => start.checked_add(repeat).is_some_and(|next| next <= last),
    };
    if !is_in_reach {
        return Err(repetition(token, field));
    }
    Ok(Item {
        start,
        stop: None,
        repeat,
    })
}

/// Returns `start..stop`, or `start..stop/repeat`. A repetition beyond the range leaves only the
/// first value.
fn closed(
    token: Token<'_>,
    (start, stop): (u32, u32),
    repeat: u32,
    field: Field,
) -> Result<Item, OnCalendarError> {
    check_bounds(token, start, field)?;
    check_bounds(token, stop, field)?;
    let Some(length) = stop.checked_sub(start) else {
        return Err(OnCalendarError::Reversed {
            field,
            found: token.found(),
            column: token.column(),
        });
    };
    if length < repeat {
        return Ok(Item::single(start));
    }
    Ok(Item {
        start,
        stop: Some(stop - length % repeat),
        repeat,
    })
}

fn check_bounds(token: Token<'_>, value: u32, field: Field) -> Result<(), OnCalendarError> {
    let (first, last) = field.bounds();
    if (first..=last).contains(&value) {
        return Ok(());
    }
    Err(out_of_range(token, field))
}

/// Parses a number of units. Only seconds may have a fraction, which is rounded to six digits.
fn number(token: Token<'_>, field: Field) -> Result<u32, OnCalendarError> {
    let (whole, fraction) = match token.text.split_once('.') {
        Some((whole, fraction)) if field == Field::Second => (whole, Some(fraction)),
        _ => (token.text, None),
    };
    if !is_digits(whole) || !fraction.is_none_or(is_digits) {
        return Err(invalid(token, field));
    }
    let units = whole.parse().ok().and_then(|whole: u32| {
        let fraction = fraction.map_or(0, microseconds);
        whole.checked_mul(field.unit())?.checked_add(fraction)
    });
    units.ok_or_else(|| out_of_range(token, field))
}

/// Returns the first six digits of a fraction, rounded by the seventh.
fn microseconds(fraction: &str) -> u32 {
    let digits = fraction.bytes().map(|digit| u32::from(digit - b'0'));
    let mut digits = digits.chain(std::iter::repeat(0));
    let six = digits.by_ref().take(6);
    let rounded = six.fold(0, |number, digit| number * 10 + digit);
    rounded + u32::from(digits.next() >= Some(5))
}

/// Completes a year of two digits to one from 1970 to 2069.
fn in_century(number: u32, field: Field) -> u32 {
    match (field, number) {
        (Field::Year, ..70) => number + 2000,
        (Field::Year, 70..100) => number + 1900,
        _ => number,
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn invalid(token: Token<'_>, field: Field) -> OnCalendarError {
    OnCalendarError::Invalid {
        field,
        found: token.found(),
        column: token.column(),
        expected: field.expected(),
    }
}

fn out_of_range(token: Token<'_>, field: Field) -> OnCalendarError {
    OnCalendarError::OutOfRange {
        field,
        found: token.found(),
        column: token.column(),
        expected: field.expected(),
    }
}

fn repetition(token: Token<'_>, field: Field) -> OnCalendarError {
    OnCalendarError::Repetition {
        field,
        found: token.found(),
        column: token.column(),
    }
}
