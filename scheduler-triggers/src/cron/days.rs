//! Parses the two day fields, with their special forms `L`, `W`, `#`, `last` and `2nd mon`.

use super::{
    CronError, CronField, Dialect,
    bits::Bits,
    month::{LAST, MonthDays, WeekDays},
    token::Token,
    values::{Form, Grammar, Item, Reader, number},
};

/// Parses the days of the month. Also returns whether they restrict the days.
pub(super) fn month_days(
    token: Token<'_>,
    grammar: Grammar,
) -> Result<(MonthDays, bool), CronError> {
    let reader = grammar.reader(CronField::DayOfMonth);
    let mut days = MonthDays::default();
    let mut restricts = true;
    for (index, piece) in token.items().enumerate() {
        if !special_month_day(reader, token, piece, &mut days)? {
            let item = reader.item(piece)?;
            days.dates = days.dates | item.bits();
            restricts &= !is_unrestricted(reader, item, index);
        }
    }
    Ok((days, restricts))
}

/// Parses the days of the week. Also returns whether they restrict the days.
pub(super) fn week_days(token: Token<'_>, grammar: Grammar) -> Result<(WeekDays, bool), CronError> {
    let reader = grammar.reader(CronField::DayOfWeek);
    let mut days = WeekDays::default();
    let mut restricts = true;
    for (index, piece) in token.items().enumerate() {
        if !special_week_day(reader, piece, &mut days)? {
            let item = reader.item(piece)?;
            days.every = days.every | item.bits();
            restricts &= !is_unrestricted(reader, item, index);
        }
    }
    Ok((days, restricts))
}

/// Returns whether the item lets the whole field match any day, like a leading star.
fn is_unrestricted(reader: Reader, item: Item, index: usize) -> bool {
    let is_star = item.form_at(index) == Form::Star;
    is_star && (item.is_every() || !reader.dialect.stepped_stars_restrict())
}

/// Parses a day of the month that is not a plain number. Returns whether it was one.
fn special_month_day(
    reader: Reader,
    list: Token<'_>,
    piece: Token<'_>,
    days: &mut MonthDays,
) -> Result<bool, CronError> {
    match reader.dialect {
        dialect if dialect.is_apscheduler() => named_month_day(reader, piece, days),
        dialect if dialect.has_special_days() => {
            let found = lettered_month_day(reader, piece, days)?;
            let is_alone = list.items().nth(1).is_none();
            let is_workday = piece.without_suffix('W').is_some();
            if dialect.forbids_lists_of_workdays() && is_workday && !is_alone {
                return Err(reader.invalid(piece));
            }
            Ok(found)
        }
        _ => Ok(false),
    }
}

/// Parses `last`, `last fri` and `2nd mon`.
fn named_month_day(
    reader: Reader,
    piece: Token<'_>,
    days: &mut MonthDays,
) -> Result<bool, CronError> {
    if piece.is("last") {
        days.from_end.insert(0);
        return Ok(true);
    }
    let Some((position, weekday)) = piece.split_once(' ') else {
        return Ok(false);
    };
    let nth = POSITIONS.iter().find(|(name, _)| position.is(name));
    let (_, nth) = nth.ok_or_else(|| reader.invalid(piece))?;
    let weekday = reader.weekday_name(weekday.trimmed());
    days.weekdays
        .insert_nth(weekday.ok_or_else(|| reader.invalid(piece))?, *nth);
    Ok(true)
}

const POSITIONS: [(&str, u32); 6] = [
    ("1st", 1),
    ("2nd", 2),
    ("3rd", 3),
    ("4th", 4),
    ("5th", 5),
    ("last", LAST),
];

/// Parses `L`, `L-3`, `LW`, `L-3W`, `15W` and `30WL`, and `FRI#2` and `FRIL` with the name of the
/// weekday.
fn lettered_month_day(
    reader: Reader,
    piece: Token<'_>,
    days: &mut MonthDays,
) -> Result<bool, CronError> {
    let (day, is_near) = match piece.without_suffix('W') {
        Some(day) => (day, true),
        None => (piece, false),
    };
    if let Some(distance) = distance_from_end(reader, day)? {
        let set = if is_near {
            &mut days.near_from_end
        } else {
            &mut days.from_end
        };
        set.insert(distance);
    } else if is_near {
        let day = reader.value(day).map_err(|_| reader.invalid(piece))?;
        match reader.dialect {
            Dialect::Quartz => insert_near_or_last(days, day),
            _ => days.near.insert(day),
        }
    } else if let Some(day) = or_last(reader, day) {
        let day = reader.value(day).map_err(|_| reader.invalid(piece))?;
        insert_near_or_last(days, day);
    } else {
        return weekday_of_month(reader, piece, days);
    }
    Ok(true)
}

/// Returns the `30` of `30WL`, the canonical form of `30W` in Quartz.
fn or_last(reader: Reader, piece: Token<'_>) -> Option<Token<'_>> {
    let is_extended = reader.dialect == Dialect::Standard;
    let near = piece.without_suffix('L').filter(|_| is_extended)?;
    near.without_suffix('W')
}

/// Adds the workday nearest to a day, or to the last day of a shorter month.
fn insert_near_or_last(days: &mut MonthDays, day: u32) {
    match day {
        ..=SHORTEST_MONTH => days.near.insert(day),
        LONGEST_MONTH.. => days.near_from_end.insert(0),
        _ => days.near_or_last.insert(day),
    }
}

/// Parses `FRI#2` and `FRIL` among the days of the month: the canonical forms of `2nd fri` and
/// `last fri`.
fn weekday_of_month(
    reader: Reader,
    piece: Token<'_>,
    days: &mut MonthDays,
) -> Result<bool, CronError> {
    let (weekday, nth) = match (piece.split_once('#'), piece.without_suffix('L')) {
        (Some((weekday, nth)), _) => (weekday, Some(nth)),
        (None, Some(weekday)) => (weekday, None),
        (None, None) => return Ok(false),
    };
    let is_extended = reader.dialect == Dialect::Standard;
    let Some(weekday) = reader.weekday_name(weekday).filter(|_| is_extended) else {
        return Ok(false);
    };
    let nth = nth.map_or(Ok(LAST), |nth| nth_number(reader, piece, nth))?;
    days.weekdays.insert_nth(weekday, nth);
    Ok(true)
}

/// Returns 0 for `L` or `last`, 3 for `L-3`, and `None` for any text that does not begin with an
/// `L`.
fn distance_from_end(reader: Reader, day: Token<'_>) -> Result<Option<u32>, CronError> {
    if day.is("L") || day.is("last") && reader.dialect == Dialect::Standard {
        return Ok(Some(0));
    }
    match day.split_once('-') {
        Some((last, distance)) if last.is("L") => {
            let distance = number(distance).filter(|distance| *distance <= LARGEST_DISTANCE);
            distance.map(Some).ok_or_else(|| CronError::OutOfRange {
                part: day.part(reader.field),
                expected: "L-0 to L-30",
            })
        }
        _ => Ok(None),
    }
}

/// Parses `FRI#2`, `FRI#L` and `FRIL`, and `L` in dialects whose week ends on Saturday.
fn special_week_day(
    reader: Reader,
    piece: Token<'_>,
    days: &mut WeekDays,
) -> Result<bool, CronError> {
    if !reader.dialect.has_special_days() {
        return Ok(false);
    }
    if piece.is("L") && reader.dialect == Dialect::Quartz {
        days.every = days.every | Bits::from_iter([6]);
    } else if let Some((weekday, nth)) = piece.split_once('#') {
        days.insert_nth(reader.value(weekday)? % 7, nth_number(reader, piece, nth)?);
    } else if let Some(weekday) = piece.without_suffix('L').filter(|day| !day.text.is_empty()) {
        days.insert_nth(
            reader.value(weekday).map_err(|_| reader.invalid(piece))? % 7,
            LAST,
        );
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn nth_number(reader: Reader, piece: Token<'_>, nth: Token<'_>) -> Result<u32, CronError> {
    if nth.is("L") {
        return Ok(LAST);
    }
    number(nth)
        .filter(|nth| (1..=5).contains(nth))
        .ok_or_else(|| CronError::OutOfRange {
            part: piece.part(reader.field),
            expected: "#1 to #5, or #L for the last",
        })
}

const LARGEST_DISTANCE: u32 = 30;
const SHORTEST_MONTH: u32 = 28;
const LONGEST_MONTH: u32 = 31;
