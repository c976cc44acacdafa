//! Parses the schedule of an entry: a name, `@every` and a duration, or fields.

use std::{sync::Arc, time::Duration};

use scheduler_core::{
    Trigger,
    trigger::{CronError, Expression, Once, TriggerError, Zone},
};

use super::{Wrong, ambiguity, column};

/// Parses the schedule, and returns the number of its words.
pub(super) fn schedule(
    zone: &Zone,
    line: &str,
    words: &[(usize, &str)],
) -> Result<(usize, Arc<dyn Trigger>), Wrong> {
    let first = words[0].1;
    if first.eq_ignore_ascii_case("@reboot") {
        return Ok((1, Arc::new(Once::after(Duration::ZERO))));
    }
    if first.starts_with('@') {
        let fields = 1 + usize::from(first.eq_ignore_ascii_case("@every"));
        return Ok((fields, expression(zone, line, words, fields)?));
    }
    let longer = |fields: &usize| words.len() > *fields;
    let mut stray = None;
    for fields in [7, 6].into_iter().filter(longer) {
        match read(zone, line, words, fields) {
            Ok(trigger) => {
                let is_shorter = || read(zone, line, words, 5).is_ok();
                ambiguity::check(line, words, fields, is_shorter)?;
                return Ok((fields, trigger));
            }
            // No command has such a name: these are fields, and one of them is wrong.
            Err(error) if words[5..fields].iter().all(|(_, word)| is_field(word)) => {
                return Err(wrong(line, words, &error));
            }
            // Five fields and a stray space are more words.
            Err(error) if is_stray(&error) => stray = Some(error),
            Err(_) => {}
        }
    }
    match read(zone, line, words, 5) {
        Ok(trigger) => Ok((5, trigger)),
        Err(error) => Err(wrong(line, words, &stray.unwrap_or(error))),
    }
}

/// Parses the first `count` words as a schedule.
fn expression(
    zone: &Zone,
    line: &str,
    words: &[(usize, &str)],
    fields: usize,
) -> Result<Arc<dyn Trigger>, Wrong> {
    let trigger = read(zone, line, words, fields);
    trigger.map_err(|error| wrong(line, words, &error))
}

/// Parses at most the first `count` words as a schedule.
fn read(
    zone: &Zone,
    line: &str,
    words: &[(usize, &str)],
    fields: usize,
) -> Result<Arc<dyn Trigger>, TriggerError> {
    let start = words[0].0;
    let (last, word) = words[fields.min(words.len()) - 1];
    let text = &line[start..last + word.len()];
    // Each command has its own numbers for `H`, whatever else is in the crontab.
    let command = line[last + word.len()..].trim();
    let parsed = Expression::parse_seeded(text, zone.clone(), command);
    parsed.map(Expression::into_trigger)
}

/// Returns the mistake in the schedule that begins with the first word, and its column.
fn wrong(line: &str, words: &[(usize, &str)], error: &TriggerError) -> Wrong {
    let within = match error {
        TriggerError::Cron(cron) => cron.column().unwrap_or(1),
        _ => 1,
    };
    (column(line, words[0].0) + within - 1, error.to_string())
}

const fn is_stray(error: &TriggerError) -> bool {
    matches!(error, TriggerError::Cron(CronError::StraySpace { .. }))
}

/// Returns whether a word can only be a field.
fn is_field(word: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_digit() || "*,-/?".contains(letter);
    word.chars().all(is_part)
}
