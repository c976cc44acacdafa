//! An expression with settings of its own.

use super::{
    Cron, CronError, DayRule, Dialect, GapPolicy, OverlapPolicy, Preset, Zone,
    parse::{Parsed, Settings, parse},
    rule::Rule,
};

/// A cron expression on its way to a [`Cron`]: what is not said keeps its default.
///
/// A setting in the expression's own text (`TZ=…`, `GAP=…`, `OVERLAP=…`, `DAYS=…`) is nearer to what
/// its author meant, and wins.
///
/// ```
/// use scheduler_core::trigger::{Cron, OverlapPolicy, Zone};
///
/// let cron = Cron::builder("30 1 * * *")
///     .zone(Zone::named("America/New_York")?)
///     .overlap(OverlapPolicy::Last)
///     .build()?;
/// assert_eq!(cron.overlap(), OverlapPolicy::Last);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is built"]
pub struct CronBuilder {
    expression: String,
    zone: Zone,
    dialect: Dialect,
    day_rule: DayRule,
    fixed_time: FixedTime,
    gap: Option<GapPolicy>,
    overlap: Option<OverlapPolicy>,
}

/// Which expressions have a fixed time of day, for the policies that nobody has chosen.
#[derive(Debug, Clone, Copy)]
pub(super) enum FixedTime {
    /// Those without a leading star in minute and hour.
    NoLeadingStar,
    /// Those without any star, range or step in second, minute and hour.
    PointsOnly,
}

impl CronBuilder {
    pub(super) fn new(expression: &str) -> Self {
        Self {
            expression: expression.to_owned(),
            zone: Zone::utc(),
            dialect: Dialect::default(),
            day_rule: DayRule::default(),
            fixed_time: FixedTime::PointsOnly,
            gap: None,
            overlap: None,
        }
    }

    /// The zone whose clocks count; UTC if not said.
    pub fn zone(self, zone: Zone) -> Self {
        Self { zone, ..self }
    }

    /// How days of the week are numbered.
    pub fn dialect(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// Which days match when both day fields restrict them.
    pub fn day_rule(self, day_rule: DayRule) -> Self {
        Self { day_rule, ..self }
    }

    /// What to do about a time that a clock change skips, whatever the form of the expression.
    pub fn gap(self, gap: GapPolicy) -> Self {
        Self {
            gap: Some(gap),
            ..self
        }
    }

    /// What to do about a time that a clock change repeats, whatever the form of the expression.
    pub fn overlap(self, overlap: OverlapPolicy) -> Self {
        Self {
            overlap: Some(overlap),
            ..self
        }
    }

    /// Everything as another scheduler does it; settings made afterwards change single points.
    pub fn preset(self, preset: Preset) -> Self {
        preset.apply(self)
    }

    /// Reads the expression.
    ///
    /// # Errors
    ///
    /// [`CronError`], with the field and the column.
    ///
    /// ```
    /// # use scheduler_core::trigger::{Cron, Dialect};
    /// // Sunday is 1 in Quartz, so there is no 0.
    /// assert!(Cron::builder("0 0 12 ? * 0").dialect(Dialect::Quartz).build().is_err());
    /// ```
    pub fn build(self) -> Result<Cron, CronError> {
        let Parsed { mut rule, settings } = parse(&self.expression, self.dialect)?;
        let both_restrict = rule.month_days_restrict && rule.week_days_restrict;
        let day_rule = settings.days.unwrap_or(self.day_rule);
        rule.either_day = both_restrict && day_rule == DayRule::Or;
        let (gap, overlap) = self.policies(&rule, &settings);
        Ok(Cron {
            rule,
            zone: settings.zone.unwrap_or(self.zone),
            gap,
            overlap,
        })
    }

    pub(super) fn fixed_time(self, fixed_time: FixedTime) -> Self {
        Self { fixed_time, ..self }
    }

    fn policies(&self, rule: &Rule, settings: &Settings) -> (GapPolicy, OverlapPolicy) {
        let is_fixed = match self.fixed_time {
            FixedTime::NoLeadingStar => rule.has_no_leading_star(),
            FixedTime::PointsOnly => rule.is_fixed_time(),
        };
        let (gap, overlap) = default_policies(is_fixed);
        let gap = settings.gap.or(self.gap).unwrap_or(gap);
        (gap, settings.overlap.or(self.overlap).unwrap_or(overlap))
    }
}

/// A fixed time runs once; what follows the clock runs whenever it matches.
pub(super) fn default_policies(is_fixed: bool) -> (GapPolicy, OverlapPolicy) {
    if is_fixed {
        (GapPolicy::AtGapEnd, OverlapPolicy::First)
    } else {
        (GapPolicy::Skip, OverlapPolicy::Both)
    }
}
