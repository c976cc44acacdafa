//! Parses the expression argument: a cron expression, or a calendar event of systemd.

use scheduler_core::trigger::{
    CronSpec, OnCalendar, OnCalendarSpec, TriggerError, TriggerSpec,
    dst::{Fold, Gap},
};

use super::{Arguments, failure::Failure};

/// Parses the expression in its dialect.
pub(super) fn spec(arguments: &Arguments) -> Result<TriggerSpec, String> {
    let text = arguments.expression.as_deref().unwrap_or_default();
    let dialect = arguments.dialect.as_deref().unwrap_or_default();
    let dialect = dialect.to_ascii_lowercase().replace('_', "-");
    let is_systemd = dialect == "systemd" && !is_cron(text);
    if !is_systemd && dialect != "on-calendar" {
        return Ok(cron(arguments));
    }
    if arguments.day_rule.is_some() {
        return Err("a calendar event has no day rule, leave --day-rule out".to_owned());
    }
    // The dialect systemd includes systemd's policies for clock changes.
    let gap = is_systemd.then_some(Gap::Skip);
    let fold = is_systemd.then_some(Fold::First);
    let mut event = OnCalendarSpec::default();
    event.expr = text.to_owned();
    event.gap = arguments.gap.or(gap);
    event.fold = arguments.fold.or(fold);
    Ok(TriggerSpec::OnCalendar(event))
}

/// Formats the error of an expression, and names a dialect in which it is valid.
///
/// Removes the path of an error, because the expression is the whole input.
pub(super) fn wrong(arguments: &Arguments, error: &TriggerError) -> String {
    let reason = Failure::from(error.reason().clone());
    let text = arguments.expression.as_deref().unwrap_or_default();
    if arguments.dialect.is_none() && OnCalendar::parse(text).is_ok() {
        return format!("{reason}; as a calendar event of systemd it needs --dialect on-calendar");
    }
    reason.to_string()
}

fn cron(arguments: &Arguments) -> TriggerSpec {
    let mut cron = CronSpec::default();
    cron.expr.clone_from(&arguments.expression);
    cron.gap = arguments.gap;
    cron.fold = arguments.fold;
    cron.dialect.clone_from(&arguments.dialect);
    cron.day_rule = arguments.day_rule;
    TriggerSpec::Cron(cron)
}

/// Returns whether the text has at least the five fields of a cron expression, or is a name such as `@daily`.
/// A calendar event has at most four words, and only a number after an `@`.
fn is_cron(text: &str) -> bool {
    let mut words = text.split_whitespace().filter(|word| !word.contains('='));
    let is_name = |word: &str| {
        word.strip_prefix('@')
            .is_some_and(|name| !name.starts_with(|first: char| first.is_ascii_digit()))
    };
    words.clone().next().is_some_and(is_name) || words.nth(4).is_some()
}
