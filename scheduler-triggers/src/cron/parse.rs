//! Parses an expression into a rule.

use super::{
    CronError, CronField, DayRule, Dialect, Fold, Gap, Zone,
    bits::Bits,
    days::{month_days, week_days},
    notes::Written,
    policy_names::Named,
    rule::Rule,
    stray_space,
    token::Token,
    values::{Grammar, Item, Values},
    years::Years,
};

/// A parsed expression.
pub(super) struct Parsed {
    pub(super) rule: Rule,
    pub(super) settings: Settings,
    pub(super) written: Written,
}

/// Settings in front of the fields: `TZ=Europe/Berlin GAP=skip 30 2 * * *`.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) zone: Option<Zone>,
    pub(super) gap: Option<Gap>,
    pub(super) fold: Option<Fold>,
    pub(super) days: Option<DayRule>,
    weeks: Option<Bits>,
}

/// Parses an expression.
pub(super) fn parse(text: &str, grammar: Grammar) -> Result<Parsed, CronError> {
    check_length(text, LONGEST)?;
    let (mut settings, mut written) = (Settings::default(), Written::default());
    let mut words = Token::words(text).peekable();
    while let Some(word) = words.next_if(|word| word.text.contains('=')) {
        settings.read(word, grammar, &mut written)?;
    }
    let mut rule = match words.peek() {
        Some(word) if word.text.starts_with('@') => {
            let macro_word = *word;
            words.next();
            expand(macro_word, words.next(), grammar)?
        }
        _ => fields(words, grammar, &mut settings, &mut written)?,
    };
    rule.weeks = settings.weeks.unwrap_or(rule.weeks);
    Ok(Parsed {
        rule,
        settings,
        written,
    })
}

pub(super) fn check_length(text: &str, longest: usize) -> Result<(), CronError> {
    if text.len() > longest {
        return Err(CronError::TooLong {
            found: text.len(),
            longest,
        });
    }
    Ok(())
}

impl Settings {
    fn read(
        &mut self,
        word: Token<'_>,
        grammar: Grammar,
        written: &mut Written,
    ) -> Result<(), CronError> {
        let invalid = |expected| CronError::Setting {
            found: word.found(),
            column: word.column(),
            expected,
        };
        let (name, value) = word.split_once('=').ok_or_else(|| invalid(SETTINGS))?;
        match name.text.to_ascii_uppercase().as_str() {
            "TZ" | "CRON_TZ" => self.zone = Some(zone(value)?),
            "GAP" => self.gap = Some(named(value, || invalid(GAP_NAMES))?),
            "FOLD" => self.fold = Some(named(value, || invalid(FOLD_NAMES))?),
            "DAYS" => self.days = Some(named(value, || invalid(DAY_NAMES))?),
            "WEEK" => {
                let reader = grammar.reader(CronField::Week);
                self.weeks = Some(reader.list(value)?.bits);
                written.note_steps(reader, value);
            }
            _ => return Err(invalid(SETTINGS)),
        }
        Ok(())
    }
}

const GAP_NAMES: &str = "GAP=at-gap-end, GAP=shift-by-delta or GAP=skip";
const FOLD_NAMES: &str = "FOLD=both, FOLD=first or FOLD=last";
const DAY_NAMES: &str = "DAYS=and or DAYS=or";
const SETTINGS: &str = "TZ=, CRON_TZ=, GAP=, FOLD=, DAYS= or WEEK=";

fn named<T: Named>(value: Token<'_>, invalid: impl Fn() -> CronError) -> Result<T, CronError> {
    T::named(value.text).map_err(|_| invalid())
}

fn zone(value: Token<'_>) -> Result<Zone, CronError> {
    let zone = value.text.parse::<Zone>();
    zone.map_err(|source| CronError::Zone {
        source,
        column: value.column(),
    })
}

/// Returns the meaning of an `@name`.
fn expand(word: Token<'_>, next: Option<Token<'_>>, grammar: Grammar) -> Result<Rule, CronError> {
    let (found, column) = (word.found(), word.column());
    if word.is("@every") {
        return Err(CronError::Every { found, column });
    }
    if word.is("@reboot") {
        return Err(CronError::Reboot { found, column });
    }
    let is_known = |(name, _): &&(&str, &str)| grammar.dialect.is_macro(word.text, name);
    let known = MACROS.iter().find(is_known);
    let Some((_, expansion)) = known else {
        let expected = grammar.dialect.macros();
        return Err(CronError::Macro {
            found,
            column,
            expected,
        });
    };
    match next {
        Some(surplus) => Err(CronError::Macro {
            found: surplus.found(),
            column: surplus.column(),
            expected: "nothing behind the name",
        }),
        None => {
            let standard = Grammar {
                dialect: Dialect::Standard,
                ..grammar
            };
            let (mut settings, mut written) = Default::default();
            let words = Token::words(expansion);
            fields(words, standard, &mut settings, &mut written)
        }
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

fn fields<'a>(
    rest: impl Iterator<Item = Token<'a>>,
    grammar: Grammar,
    settings: &mut Settings,
    written: &mut Written,
) -> Result<Rule, CronError> {
    let mut words = Vec::with_capacity(MOST_FIELDS);
    words.extend(rest);
    let read = fields_of(&words, grammar, settings, written);
    read.map_err(|error| stray_space::space(&words, grammar.dialect).unwrap_or(error))
}

fn fields_of(
    words: &[Token<'_>],
    grammar: Grammar,
    settings: &mut Settings,
    written: &mut Written,
) -> Result<Rule, CronError> {
    let dialect = grammar.dialect;
    let expected = dialect.has_field_count(words.len());
    let (second, days, year) = match *words {
        [] => return Err(CronError::Empty),
        [a, b, c, d, e] if expected => (None, [a, b, c, d, e], None),
        [a, b, c, d, e, f] if expected => (Some(a), [b, c, d, e, f], None),
        [a, b, c, d, e, f, g] if expected => (Some(a), [b, c, d, e, f], Some(g)),
        _ => {
            return Err(CronError::FieldCount {
                found: words.len(),
                expected: dialect.field_counts(),
            });
        }
    };
    let days = and_prefix(days, dialect, settings);
    let rule = rule(second, days, year, grammar)?;
    if words.iter().any(|word| word.has(b'/')) {
        let around = [(CronField::Second, second), (CronField::Year, year)];
        let around = around
            .into_iter()
            .filter_map(|(field, word)| Some((field, word?)));
        for (field, word) in FIELDS.into_iter().zip(days).chain(around) {
            written.note_steps(grammar.reader(field), word);
        }
    }
    Ok(rule)
}

/// Maximum number of fields, with seconds and a year.
const MOST_FIELDS: usize = 7;

/// The fields of a crontab.
const FIELDS: [CronField; 5] = [
    CronField::Minute,
    CronField::Hour,
    CronField::DayOfMonth,
    CronField::Month,
    CronField::DayOfWeek,
];

/// Parses `+MON` in the day-of-week field, which requires both day fields to match.
fn and_prefix<'a>(
    mut days: [Token<'a>; 5],
    dialect: Dialect,
    settings: &mut Settings,
) -> [Token<'a>; 5] {
    let prefixed = days[4].without_prefix('+');
    if let Some(week_day) = prefixed.filter(|_| dialect.has_and_prefix()) {
        days[4] = week_day;
        settings.days = Some(DayRule::And);
    }
    days
}

/// Parses the five fields of a crontab, and the optional second and year fields.
fn rule(
    second: Option<Token<'_>>,
    [minute, hour, month_day, month, week_day]: [Token<'_>; 5],
    year: Option<Token<'_>>,
    grammar: Grammar,
) -> Result<Rule, CronError> {
    let list = |field, word| grammar.reader(field).list(word);
    let seconds = second
        .map(|word| list(CronField::Second, word))
        .transpose()?;
    let (minutes, hours) = (
        list(CronField::Minute, minute)?,
        list(CronField::Hour, hour)?,
    );
    let (month_days, month_days_restrict) = month_days(month_day, grammar)?;
    let months = list(CronField::Month, month)?.bits;
    let (week_days, week_days_restrict) = week_days(week_day, grammar)?;
    let years = year.map(|word| years(word, grammar)).transpose()?;
    check_question_marks(month_day, week_day, grammar.dialect)?;
    Ok(Rule {
        seconds: seconds.unwrap_or_else(|| Values::single(0)),
        minutes,
        hours,
        month_days,
        months,
        week_days,
        weeks: Rule::every_week(),
        years: years.unwrap_or_default(),
        month_days_restrict,
        week_days_restrict,
        either_day: false,
        is_never: false,
    })
}

/// Checks that `?` is in exactly one of the two day fields, as Quartz requires.
fn check_question_marks(
    month_day: Token<'_>,
    week_day: Token<'_>,
    dialect: Dialect,
) -> Result<(), CronError> {
    if dialect != Dialect::Quartz || month_day.is("?") != week_day.is("?") {
        return Ok(());
    }
    Err(CronError::Invalid {
        part: week_day.part(CronField::DayOfWeek),
        expected: "? in one of day of month and day of week, and only in one",
    })
}

pub(super) fn years(token: Token<'_>, grammar: Grammar) -> Result<Years, CronError> {
    check_length(token.text, LONGEST_YEARS)?;
    let reader = grammar.reader(CronField::Year);
    let items = token.items().map(|piece| reader.item(piece));
    let items: Vec<_> = items.collect::<Result<_, _>>()?;
    if items.iter().any(Item::is_every) {
        return Ok(Years::default());
    }
    Ok(Years::only(items))
}

/// Maximum length: enough for every minute of the hour and every year of a century.
pub(super) const LONGEST: usize = 4096;
/// Maximum length of the year field. The canonical text of a rule must parse back.
const LONGEST_YEARS: usize = 2048;
