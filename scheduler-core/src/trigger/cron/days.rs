//! The two day fields, with the forms that only they have: `L`, `W` and `#`.

use super::{
    CronError, CronField, Dialect,
    bits::Bits,
    month::{LAST, MonthDays, WeekDays},
    token::Token,
    values::{Form, Reader, is_comma, number},
};

/// Days of the month, and whether they restrict anything.
pub(super) fn month_days(
    token: Token<'_>,
    dialect: Dialect,
) -> Result<(MonthDays, bool), CronError> {
    let reader = Reader {
        field: CronField::DayOfMonth,
        dialect,
    };
    let mut days = MonthDays::default();
    let mut restricts = true;
    for (index, piece) in token.pieces(is_comma).enumerate() {
        if !special_month_day(reader, piece, &mut days)? {
            let item = reader.item(piece)?;
            days.dates = days.dates | item.values().collect();
            restricts &= item.form_at(index) != Form::Star;
        }
    }
    Ok((days, restricts))
}

/// Days of the week, and whether they restrict anything.
pub(super) fn week_days(token: Token<'_>, dialect: Dialect) -> Result<(WeekDays, bool), CronError> {
    let reader = Reader {
        field: CronField::DayOfWeek,
        dialect,
    };
    let mut days = WeekDays::default();
    let mut restricts = true;
    for (index, piece) in token.pieces(is_comma).enumerate() {
        if !special_week_day(reader, piece, &mut days)? {
            let item = reader.item(piece)?;
            days.every = days.every | item.values().collect();
            restricts &= item.form_at(index) != Form::Star;
        }
    }
    Ok((days, restricts))
}

/// `L`, `L-3`, `LW`, `L-3W` and `15W`; answers whether it was one of them.
fn special_month_day(
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
        days.near
            .insert(reader.value(day).map_err(|_| reader.invalid(piece))?);
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// 0 for `L`, 3 for `L-3`, `None` for what does not begin with an `L`.
fn distance_from_end(reader: Reader, day: Token<'_>) -> Result<Option<u32>, CronError> {
    if day.is("L") {
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

/// `FRI#2`, `FRI#L`, `FRIL` and, where Saturday ends the week, `L`.
fn special_week_day(
    reader: Reader,
    piece: Token<'_>,
    days: &mut WeekDays,
) -> Result<bool, CronError> {
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
