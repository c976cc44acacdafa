//! [`CronBuilder`]: an expression with settings.

use super::{
    Cron, CronError, DayRule, Dialect, Fold, Gap, Preset, Zone,
    empty_range::EmptyRange,
    fields::Fields,
    hash::Seed,
    notes::Written,
    parse::{Parsed, Settings, parse},
    rule::Rule,
    values::Grammar,
};

/// Builds a [`Cron`] from an expression and settings.
///
/// A setting in the text of the expression (`TZ=…`, `GAP=…`, `FOLD=…`, `DAYS=…`, `+MON`) takes
/// precedence.
///
/// ```
/// use scheduler_triggers::{Cron, Zone, dst::Fold};
///
/// let cron = Cron::builder("30 1 * * *")
///     .zone(Zone::named("America/New_York")?)
///     .fold(Fold::Last)
///     .build()?;
/// assert_eq!(cron.fold(), Fold::Last);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is built"]
pub struct CronBuilder {
    source: Source,
    zone: Zone,
    dialect: Option<Dialect>,
    day_rule: Option<DayRule>,
    seed: Seed,
    fixed_time: FixedTime,
    gap: Option<Gap>,
    fold: Option<Fold>,
}

#[derive(Debug, Clone)]
enum Source {
    Fields(Fields),
    Text(String),
}

/// The expressions that count as fixed times of day, for which the policies at clock changes differ.
#[derive(Debug, Clone, Copy)]
pub(super) enum FixedTime {
    /// Expressions without a leading star in minute and hour.
    NoLeadingStar,
    /// Expressions without any star, range or step in second, minute and hour.
    PointsOnly,
}

impl CronBuilder {
    pub(super) fn new(expression: &str) -> Self {
        Self::from_source(Source::Text(expression.to_owned()))
    }

    pub(super) fn from_fields(fields: Fields) -> Self {
        Self::from_source(Source::Fields(fields))
    }

    fn from_source(source: Source) -> Self {
        Self {
            source,
            zone: Zone::utc(),
            dialect: None,
            day_rule: None,
            seed: Seed::of(""),
            fixed_time: FixedTime::PointsOnly,
            gap: None,
            fold: None,
        }
    }

    /// Sets the time zone. UTC by default.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, Zone};
    /// let cron = Cron::builder("@daily").zone(Zone::named("Asia/Tokyo")?).build()?;
    /// assert_eq!(cron.zone().to_string(), "Asia/Tokyo");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn zone(self, zone: Zone) -> Self {
        Self { zone, ..self }
    }

    /// Sets the syntax and the weekday numbers. [`Dialect::Standard`] by default, and
    /// [`Dialect::Apscheduler`] for named fields.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, Dialect, Trigger};
    /// let friday = Cron::builder("0 0 12 ? * 6").dialect(Dialect::Quartz).build()?;
    /// assert!(friday.matches("2024-05-31T12:00:00Z".parse().unwrap()));
    /// # Ok::<(), scheduler_triggers::CronError>(())
    /// ```
    pub fn dialect(self, dialect: Dialect) -> Self {
        Self {
            dialect: Some(dialect),
            ..self
        }
    }

    /// Sets which days match if both day fields restrict them. By default one is enough in a crontab;
    /// APScheduler, and so named fields, require both.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, DayRule, Trigger};
    /// let friday_13 = Cron::builder("0 0 13 * FRI").day_rule(DayRule::And).build()?;
    /// assert!(friday_13.matches("2024-09-13T00:00:00Z".parse().unwrap()));
    /// assert!(!friday_13.matches("2024-09-20T00:00:00Z".parse().unwrap()));
    /// # Ok::<(), scheduler_triggers::CronError>(())
    /// ```
    pub fn day_rule(self, day_rule: DayRule) -> Self {
        Self {
            day_rule: Some(day_rule),
            ..self
        }
    }

    /// Sets the seed of `H` and `~`, such as the id of the schedule. `H H * * *` is due once a day, at a time
    /// that is constant for one seed and spread over all seeds.
    ///
    /// `H` is a number of the field, `H(0-29)` a number of the range, and `H/15` every 15th number from one
    /// of the first 15 on. For the day of month it is at most 28. `0~29`, the random range of cronie, is
    /// `H(0-29)`; an omitted end is the first or last number, and `~` is `H`. The default seed is the empty
    /// text. The canonical text shows the chosen numbers.
    ///
    /// ```
    /// # use scheduler_triggers::Cron;
    /// let time_of = |seed| Cron::builder("H H(1-5) * * *").seed(seed).build();
    /// assert_eq!(time_of("backup"), time_of("backup"));
    /// assert_ne!(time_of("backup"), time_of("mail"));
    /// # Ok::<(), scheduler_triggers::CronError>(())
    /// ```
    pub fn seed(self, seed: &str) -> Self {
        Self {
            seed: Seed::of(seed),
            ..self
        }
    }

    /// Sets the policy for a local time that a clock change skips, for fixed times and patterns alike.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, dst::Gap};
    /// let cron = Cron::builder("30 2 * * *").gap(Gap::Skip).build()?;
    /// assert_eq!(cron.gap(), Gap::Skip);
    /// # Ok::<(), scheduler_triggers::CronError>(())
    /// ```
    pub fn gap(self, gap: Gap) -> Self {
        Self {
            gap: Some(gap),
            ..self
        }
    }

    /// Sets the policy for a local time that a clock change repeats, for fixed times and patterns alike.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, dst::Fold};
    /// let cron = Cron::builder("30 2 * * *").fold(Fold::Last).build()?;
    /// assert_eq!(cron.fold(), Fold::Last);
    /// # Ok::<(), scheduler_triggers::CronError>(())
    /// ```
    pub fn fold(self, fold: Fold) -> Self {
        Self {
            fold: Some(fold),
            ..self
        }
    }

    /// Applies all settings of another scheduler. Later calls override single settings.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, Preset, Trigger};
    /// // Quartz counts the days of the week from Sunday, which is 1.
    /// let friday = Cron::builder("0 0 12 ? * 6").preset(Preset::Quartz).build()?;
    /// assert!(friday.matches("2024-05-31T12:00:00Z".parse().unwrap()));
    /// # Ok::<(), scheduler_triggers::CronError>(())
    /// ```
    pub fn preset(self, preset: Preset) -> Self {
        preset.apply(self)
    }

    /// Parses the expression.
    ///
    /// # Errors
    ///
    /// [`CronError`], which names the field and the column.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, Dialect};
    /// // Sunday is 1 in Quartz, so there is no 0.
    /// assert!(Cron::builder("0 0 12 ? * 0").dialect(Dialect::Quartz).build().is_err());
    /// ```
    pub fn build(self) -> Result<Cron, CronError> {
        let dialect = self.dialect.unwrap_or_else(|| self.source.dialect());
        let Parsed {
            mut rule,
            settings,
            mut written,
        } = self.source.parse(Grammar {
            dialect,
            seed: self.seed,
        })?;
        let both_restrict = rule.month_days_restrict && rule.week_days_restrict;
        let day_rule = settings.days.or(self.day_rule);
        let day_rule = day_rule.unwrap_or_else(|| self.source.day_rule(dialect));
        rule.either_day = both_restrict && day_rule == DayRule::Or;
        if day_rule == DayRule::Or {
            written.note_starred_days(&rule);
        }
        rule.skip_empty_years();
        let (gap, fold) = self.policies(&rule, &settings);
        Ok(Cron {
            rule,
            zone: settings.zone.unwrap_or(self.zone),
            gap,
            fold,
            empty_range: EmptyRange::default(),
            written,
        })
    }

    pub(super) fn fixed_time(self, fixed_time: FixedTime) -> Self {
        Self { fixed_time, ..self }
    }

    fn policies(&self, rule: &Rule, settings: &Settings) -> (Gap, Fold) {
        let is_fixed = match self.fixed_time {
            FixedTime::NoLeadingStar => rule.has_no_leading_star(),
            FixedTime::PointsOnly => rule.is_fixed_time(),
        };
        let (gap, fold) = default_policies(is_fixed);
        let gap = settings.gap.or(self.gap).unwrap_or(gap);
        (gap, settings.fold.or(self.fold).unwrap_or(fold))
    }
}

impl Source {
    fn dialect(&self) -> Dialect {
        match self {
            Self::Fields(_) => Dialect::Apscheduler,
            Self::Text(_) => Dialect::Standard,
        }
    }

    fn day_rule(&self, dialect: Dialect) -> DayRule {
        match self {
            Self::Fields(_) => DayRule::And,
            Self::Text(_) => dialect.day_rule(),
        }
    }

    fn parse(&self, grammar: Grammar) -> Result<Parsed, CronError> {
        match self {
            Self::Fields(fields) => {
                let mut written = Written::default();
                Ok(Parsed {
                    rule: fields.parse(grammar, &mut written)?,
                    settings: Settings::default(),
                    written,
                })
            }
            Self::Text(text) => parse(text, grammar),
        }
    }
}

/// Returns the default policies: a fixed time runs once, and a pattern runs whenever the local time matches.
pub(crate) fn default_policies(is_fixed: bool) -> (Gap, Fold) {
    if is_fixed {
        (Gap::AtGapEnd, Fold::First)
    } else {
        (Gap::Skip, Fold::Both)
    }
}
