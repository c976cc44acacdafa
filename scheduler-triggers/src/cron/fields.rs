//! Rules from named fields, as in APScheduler's `CronTrigger`.

use super::{
    CronError, CronField, Dialect,
    days::{month_days, week_days},
    notes::Written,
    parse::{LONGEST, check_length, years},
    rule::Rule,
    token::Token,
    values::{Grammar, Values},
};

/// The texts of the fields: those given, and the defaults of the others.
#[derive(Debug, Clone)]
pub(super) struct Fields([Option<String>; COUNT]);

impl Fields {
    pub(super) fn new<'a>(given: impl IntoIterator<Item = (CronField, &'a str)>) -> Self {
        let mut fields = Self(Default::default());
        for (field, text) in given {
            fields.0[place(field)] = Some(text.to_owned());
        }
        fields
    }

    pub(super) fn parse(&self, grammar: Grammar, written: &mut Written) -> Result<Rule, CronError> {
        let list = |field| -> Result<Values, CronError> {
            grammar.reader(field).list(self.token(field, grammar)?)
        };
        let (month_days, month_days_restrict) =
            month_days(self.token(CronField::DayOfMonth, grammar)?, grammar)?;
        let (week_days, week_days_restrict) =
            week_days(self.token(CronField::DayOfWeek, grammar)?, grammar)?;
        let rule = Rule {
            seconds: list(CronField::Second)?,
            minutes: list(CronField::Minute)?,
            hours: list(CronField::Hour)?,
            month_days,
            months: list(CronField::Month)?.bits,
            week_days,
            weeks: list(CronField::Week)?.bits,
            years: years(self.token(CronField::Year, grammar)?, grammar)?,
            month_days_restrict,
            week_days_restrict,
            either_day: false,
            is_never: false,
        };
        for field in FIELDS {
            written.note_steps(grammar.reader(field), self.token(field, grammar)?);
        }
        Ok(rule)
    }

    fn token(&self, field: CronField, grammar: Grammar) -> Result<Token<'_>, CronError> {
        let text = self.0[place(field)].as_deref();
        let text = text.unwrap_or_else(|| self.left_out(field, grammar.dialect));
        check_length(text, LONGEST)?;
        Ok(Token::whole(text))
    }

    /// Returns the default of an omitted field: `*` if a finer field is given, and else its
    /// smallest value. Weeks and weekdays default to `*`, because they only restrict the days. With
    /// no field at all, APScheduler 3 runs every second.
    fn left_out(&self, field: CronField, dialect: Dialect) -> &'static str {
        let is_given = |fields: &[Option<String>]| fields.iter().any(Option::is_some);
        let every_second = dialect == Dialect::Apscheduler3 && !is_given(&self.0);
        match field {
            CronField::DayOfWeek | CronField::Week | CronField::Year => "*",
            _ if every_second || is_given(&self.0[place(field)..]) => "*",
            CronField::DayOfMonth | CronField::Month => "1",
            CronField::Hour | CronField::Minute | CronField::Second => "0",
        }
    }
}

const FIELDS: [CronField; COUNT] = [
    CronField::Year,
    CronField::Month,
    CronField::DayOfMonth,
    CronField::Week,
    CronField::DayOfWeek,
    CronField::Hour,
    CronField::Minute,
    CronField::Second,
];
const COUNT: usize = 8;

/// Returns the position of the field, from the coarsest to the finest.
const fn place(field: CronField) -> usize {
    match field {
        CronField::Year => 0,
        CronField::Month => 1,
        CronField::DayOfMonth => 2,
        CronField::Week => 3,
        CronField::DayOfWeek => 4,
        CronField::Hour => 5,
        CronField::Minute => 6,
        CronField::Second => 7,
    }
}
