//! Parses an entry: a table with a trigger, a command and policies.

use std::{sync::Arc, time::Duration};

use scheduler_core::{
    Trigger,
    trigger::{Expression, Once, TriggerError, TriggerSpec, Zone},
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Reader,
    place::{Mistake, at, position},
    unknown,
    value::{json, scalar, string},
};
use crate::crontab::{Entry, Policies, User, entry, policies::KEYS as POLICIES};

/// The keys of an entry besides policies.
const KEYS: [&str; 5] = ["trigger", "command", "input", "user", "quiet"];

impl Reader<'_> {
    /// Parses an entry, and reports the first mistake in it.
    pub(super) fn entry(&mut self, value: &Spanned<DeValue<'_>>) -> Result<(), Mistake> {
        let DeValue::Table(table) = value.get_ref() else {
            return Err(at(value)("expected entries, each below a line [[entry]]"));
        };
        let policies = policies(table)?;
        if let Some(mistake) = policies.mistake() {
            return Err(at(value)(mistake));
        }
        if let Some(id) = policies
            .id
            .clone()
            .filter(|id| !self.ids.insert(id.clone()))
        {
            return Err(at(value)(format!("duplicate id {id:?}")));
        }
        let required = |key: &str| {
            let missing = || at(value)(format!("missing key {key:?}"));
            table.get(key).ok_or_else(missing)
        };
        let command = string(required("command")?)?.trim().to_owned();
        if command.is_empty() {
            return Err(at(value)("the command is empty"));
        }
        let zone = policies.zone.clone().unwrap_or_else(|| self.zone.clone());
        let (schedule, trigger, zone) = trigger(required("trigger")?, &zone, &command)?;
        let (line, _) = position(self.text, value.span().start);
        let id = || entry::default_id(line, &command);
        let entry = Entry {
            line,
            id: policies.id.clone().unwrap_or_else(id),
            schedule,
            zone,
            trigger,
            input: table
                .get("input")
                .map(string)
                .transpose()?
                .map(str::to_owned),
            environment: self.environment_of_entry(),
            policies,
            is_quiet: is_quiet(table)?,
            user: self.user(table)?,
            command,
        };
        self.entries.push(entry);
        Ok(())
    }

    fn user(&self, table: &DeTable<'_>) -> Result<Option<User>, Mistake> {
        let Some(value) = table.get("user") else {
            return Ok(None);
        };
        let user = self.users.named(string(value)?);
        user.map(Some).map_err(at(value))
    }
}

/// Parses the keys of policies, and refuses unknown keys.
fn policies(table: &DeTable<'_>) -> Result<Policies, Mistake> {
    let mut policies = Policies::default();
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        if POLICIES.contains(&name) {
            policies.set(name, &scalar(value)?).map_err(at(value))?;
        } else if !KEYS.contains(&name) {
            let known: Vec<_> = KEYS.into_iter().chain(POLICIES).collect();
            return Err(unknown(key, &known));
        }
    }
    Ok(policies)
}

fn is_quiet(table: &DeTable<'_>) -> Result<bool, Mistake> {
    match table.get("quiet").map(|value| (value, value.get_ref())) {
        None => Ok(false),
        Some((_, DeValue::Boolean(is_quiet))) => Ok(*is_quiet),
        Some((value, _)) => Err(at(value)("expected true or false")),
    }
}

/// Parses a trigger: the schedule of a crontab, or a table as in `sched next --trigger`. Returns it as text, and its zone, too.
fn trigger(
    value: &Spanned<DeValue<'_>>,
    zone: &Zone,
    command: &str,
) -> Result<(String, Arc<dyn Trigger>, Zone), Mistake> {
    if let DeValue::Table(_) = value.get_ref() {
        let json = json(value)?.to_string();
        let spec: Result<TriggerSpec, TriggerError> = json.parse();
        let built = spec.and_then(|spec| spec.build_in(zone));
        let (trigger, zone) = built.map_err(at(value))?;
        return Ok((json, trigger, zone));
    }
    let text = string(value)?.trim();
    if text.eq_ignore_ascii_case("@reboot") {
        return Ok((
            text.to_owned(),
            Arc::new(Once::after(Duration::ZERO)),
            zone.clone(),
        ));
    }
    let parsed = Expression::parse_seeded(text, zone.clone(), command);
    let parsed = parsed.map_err(|error| {
        let within = match &error {
            // A quote stands before the first column.
            TriggerError::Cron(cron) => cron.column().unwrap_or_default(),
            _ => 0,
        };
        let start = value.span().start;
        ((start + within).min(value.span().end), error.to_string())
    })?;
    Ok((text.to_owned(), parsed.into_trigger(), zone.clone()))
}
