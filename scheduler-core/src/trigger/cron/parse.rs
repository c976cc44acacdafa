//! From text to a rule.

use super::{
    CronError, CronField, DayRule, Dialect, GapPolicy, OverlapPolicy, Zone,
    days::{month_days, week_days},
    rule::Rule,
    token::Token,
    values::{Item, Reader, Values, is_comma},
    years::Years,
};

/// What an expression says.
pub(super) struct Parsed {
    pub(super) rule: Rule,
    pub(super) settings: Settings,
}

/// What may be set in front of the fields: `TZ=Europe/Berlin GAP=skip 30 2 * * *`.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) zone: Option<Zone>,
    pub(super) gap: Option<GapPolicy>,
    pub(super) overlap: Option<OverlapPolicy>,
    pub(super) days: Option<DayRule>,
}

/// Reads an expression.
pub(super) fn parse(text: &str, dialect: Dialect) -> Result<Parsed, CronError> {
    if text.len() > LONGEST {
        return Err(CronError::TooLong {
            found: text.len(),
            longest: LONGEST,
        });
    }
    let mut settings = Settings::default();
    let mut words = Token::words(text).peekable();
    while let Some(word) = words.next_if(|word| word.text.contains('=')) {
        settings.read(word)?;
    }
    let rule = match words.peek() {
        Some(word) if word.text.starts_with('@') => {
            let macro_word = *word;
            words.next();
            expand(macro_word, words.next())?
        }
        _ => fields(words, dialect)?,
    };
    Ok(Parsed { rule, settings })
}

impl Settings {
    fn read(&mut self, word: Token<'_>) -> Result<(), CronError> {
        let invalid = |expected| CronError::Setting {
            found: word.found(),
            column: word.column(),
            expected,
        };
        let (name, value) = word.split_once('=').ok_or_else(|| invalid(SETTINGS))?;
        match name.text.to_ascii_uppercase().as_str() {
            "TZ" | "CRON_TZ" => self.zone = Some(zone(value)?),
            "GAP" => self.gap = Some(choice(value, &GAPS).ok_or_else(|| invalid(GAP_NAMES))?),
            "OVERLAP" => {
                self.overlap =
                    Some(choice(value, &OVERLAPS).ok_or_else(|| invalid(OVERLAP_NAMES))?);
            }
            "DAYS" => self.days = Some(choice(value, &DAYS).ok_or_else(|| invalid(DAY_NAMES))?),
            _ => return Err(invalid(SETTINGS)),
        }
        Ok(())
    }
}

/// The name by which a policy is set in front of an expression.
pub(super) fn name_of<T: Copy + PartialEq>(value: T, names: &[(&'static str, T)]) -> &'static str {
    names
        .iter()
        .find(|(_, named)| *named == value)
        .map_or("", |(name, _)| name)
}

pub(super) const GAPS: [(&str, GapPolicy); 3] = [
    ("at-gap-end", GapPolicy::AtGapEnd),
    ("shift-by-delta", GapPolicy::ShiftByDelta),
    ("skip", GapPolicy::Skip),
];
pub(super) const OVERLAPS: [(&str, OverlapPolicy); 3] = [
    ("both", OverlapPolicy::Both),
    ("first", OverlapPolicy::First),
    ("last", OverlapPolicy::Last),
];
const DAYS: [(&str, DayRule); 2] = [("and", DayRule::And), ("or", DayRule::Or)];
const GAP_NAMES: &str = "GAP=at-gap-end, GAP=shift-by-delta or GAP=skip";
const OVERLAP_NAMES: &str = "OVERLAP=both, OVERLAP=first or OVERLAP=last";
const DAY_NAMES: &str = "DAYS=and or DAYS=or";
const SETTINGS: &str = "TZ=, CRON_TZ=, GAP=, OVERLAP= or DAYS=";

fn choice<T: Copy>(value: Token<'_>, names: &[(&str, T)]) -> Option<T> {
    names
        .iter()
        .find(|(name, _)| value.is(name))
        .map(|(_, named)| *named)
}

fn zone(value: Token<'_>) -> Result<Zone, CronError> {
    let zone = value.text.parse::<Zone>();
    zone.map_err(|source| CronError::Zone {
        source,
        column: value.column(),
    })
}

/// What an `@name` stands for.
fn expand(word: Token<'_>, next: Option<Token<'_>>) -> Result<Rule, CronError> {
    let (found, column) = (word.found(), word.column());
    if word.is("@every") {
        return Err(CronError::Every { found, column });
    }
    if word.is("@reboot") {
        return Err(CronError::Reboot { found, column });
    }
    let known = MACROS.iter().find(|(name, _)| word.is(name));
    let Some((_, expansion)) = known else {
        return Err(CronError::Macro { found, column });
    };
    match next {
        Some(surplus) => Err(CronError::Macro {
            found: surplus.found(),
            column: surplus.column(),
        }),
        None => fields(Token::words(expansion), Dialect::Standard),
    }
}

const MACROS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

fn fields<'a>(words: impl Iterator<Item = Token<'a>>, dialect: Dialect) -> Result<Rule, CronError> {
    let words: Vec<_> = words.collect();
    match words.as_slice() {
        [] => Err(CronError::Empty),
        &[a, b, c, d, e] => rule(None, [a, b, c, d, e], None, dialect),
        &[a, b, c, d, e, f] => rule(Some(a), [b, c, d, e, f], None, dialect),
        &[a, b, c, d, e, f, g] => rule(Some(a), [b, c, d, e, f], Some(g), dialect),
        _ => Err(CronError::FieldCount { found: words.len() }),
    }
}

/// A rule from the five fields of a crontab, and the two that may stand around them.
fn rule(
    second: Option<Token<'_>>,
    [minute, hour, month_day, month, week_day]: [Token<'_>; 5],
    year: Option<Token<'_>>,
    dialect: Dialect,
) -> Result<Rule, CronError> {
    let list = |field, word| Reader { field, dialect }.list(word);
    let seconds = second
        .map(|word| list(CronField::Second, word))
        .transpose()?;
    let (minutes, hours) = (
        list(CronField::Minute, minute)?,
        list(CronField::Hour, hour)?,
    );
    let (month_days, month_days_restrict) = month_days(month_day, dialect)?;
    let months = list(CronField::Month, month)?.bits;
    let (week_days, week_days_restrict) = week_days(week_day, dialect)?;
    let years = year.map(|word| years(word, dialect)).transpose()?;
    Ok(Rule {
        seconds: seconds.unwrap_or_else(|| Values::single(0)),
        minutes,
        hours,
        month_days,
        months,
        week_days,
        years: years.unwrap_or_default(),
        month_days_restrict,
        week_days_restrict,
        either_day: false,
    })
}

fn years(token: Token<'_>, dialect: Dialect) -> Result<Years, CronError> {
    let reader = Reader {
        field: CronField::Year,
        dialect,
    };
    let items: Vec<_> = token
        .pieces(is_comma)
        .map(|piece| reader.item(piece))
        .collect::<Result<_, _>>()?;
    if items.iter().any(Item::is_every) {
        return Ok(Years::default());
    }
    Ok(Years::only(items.into_iter().flat_map(Item::values)))
}

/// Long enough for every minute of the hour and every year of a century.
const LONGEST: usize = 4096;
