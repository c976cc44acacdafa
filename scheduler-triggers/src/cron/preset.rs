//! [`Preset`]: the behaviour of another scheduler.

use super::{CronBuilder, DayRule, Dialect, Fold, Gap, builder::FixedTime};

/// The behaviour of another scheduler: its weekday numbers, its combination of the two day fields, and
/// its policies for clock changes.
///
/// | | weekdays | days | gap | fold |
/// |---|---|---|---|---|
/// | `Apscheduler` | 0 = Sunday | and | skip | both |
/// | `Ocps14` | 0 = Sunday | or | skip | first |
/// | `Quartz` | 1 = Sunday | and | skip | last |
/// | `Systemd` | 0 = Sunday | and | skip | first |
/// | `Temporal` | 0 = Sunday | and | skip | both |
/// | `Vixie` | 0 = Sunday | or | fixed times at its end | fixed times first |
///
/// ```
/// use scheduler_triggers::{Cron, Preset, dst::Gap};
///
/// let cron = Cron::builder("0 0 12 ? * 1").preset(Preset::Quartz).build()?;
/// assert_eq!(cron.to_string(), "GAP=skip FOLD=last 0 12 * * SUN");
/// # Ok::<(), scheduler_triggers::CronError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Preset {
    /// `CronTrigger.from_crontab` of APScheduler 4.
    Apscheduler,
    /// The Open Cron Pattern Specification, draft 1.4.
    Ocps14,
    /// Quartz for Java.
    Quartz,
    /// Calendar events of systemd timers.
    Systemd,
    /// Cron schedules of Temporal, the workflow service.
    Temporal,
    /// Vixie cron and cronie. An expression with a star at the beginning of the minute or hour field is a
    /// pattern; any other is a fixed time.
    Vixie,
}

impl Preset {
    pub(super) fn apply(self, builder: CronBuilder) -> CronBuilder {
        use {DayRule::*, Dialect::*, Fold::*, Gap::Skip};
        let set = |dialect, days, fold| {
            let builder = builder.clone().dialect(dialect).day_rule(days);
            builder.gap(Skip).fold(fold)
        };
        match self {
            Self::Apscheduler => set(Apscheduler, And, Both),
            Self::Ocps14 => set(Ocps(super::Ocps::V1_4), Or, First),
            Self::Quartz => set(Quartz, And, Last),
            Self::Systemd => set(Standard, And, First),
            Self::Temporal => set(Standard, And, Both),
            Self::Vixie => builder
                .dialect(Standard)
                .day_rule(Or)
                .fixed_time(FixedTime::NoLeadingStar),
        }
    }
}
