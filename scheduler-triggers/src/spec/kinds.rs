//! The table of the kinds of triggers. Every list of kinds is made from it.

/// Calls a macro with a row for each kind: its `type`, its trigger and its data.
///
/// A variant of [`TriggerSpec`](super::TriggerSpec) without a row does not compile.
macro_rules! each_kind {
    ($then:ident) => {
        $then! {
            "all_of" AllOf AllOfSpec;
            "any_of" AnyOf AnyOfSpec;
            "bounded" Bounded BoundedSpec;
            "calendar_interval" CalendarInterval CalendarIntervalSpec;
            "cron" Cron CronSpec;
            "excluding" Excluding ExcludingSpec;
            "interval" Interval IntervalSpec;
            "jittered" Jittered JitteredSpec;
            "limited" Limited LimitedSpec;
            "on_calendar" OnCalendar OnCalendarSpec;
            "once" Once OnceSpec;
        }
    };
}

pub(super) use each_kind;
