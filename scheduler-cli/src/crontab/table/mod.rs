//! Parses `sched.toml`: entries with triggers of any kind, and the same policies as in a crontab.

mod entry;
mod place;
mod value;

use std::collections::HashSet;

use scheduler_core::trigger::Zone;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use self::{
    place::{Mistake, at},
    value::{scalar, string},
};
use crate::similar::did_you_mean;

use super::{Crontab, Entry, Environment, MOST_PROBLEMS, Problem, setting, user::Users};

/// The keys outside of entries.
const KEYS: [&str; 3] = ["tz", "environment", "entry"];

/// Parses the text of a TOML file. `zone` is the zone of triggers that name none.
pub(crate) fn parse(text: &[u8], zone: &Zone) -> Result<Crontab, Vec<Problem>> {
    let text = super::whole_text(text).map_err(|problem| vec![problem])?;
    let document = DeTable::parse(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        vec![place::problem(text, (start, error.message().to_owned()))]
    })?;
    let mut reader = Reader {
        text,
        zone: zone.clone(),
        settings: Vec::new(),
        entries: Vec::new(),
        users: Users::known(),
        ids: HashSet::new(),
        mistakes: Vec::new(),
    };
    reader.document(document.get_ref());
    reader.finish()
}

/// State of the parser.
struct Reader<'a> {
    text: &'a str,
    zone: Zone,
    settings: Vec<(String, String)>,
    entries: Vec<Entry>,
    users: Users,
    ids: HashSet<String>,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    fn document(&mut self, document: &DeTable<'_>) {
        for key in document
            .keys()
            .filter(|key| !KEYS.contains(&key.get_ref().as_ref()))
        {
            self.mistakes.push(unknown(key, &KEYS));
        }
        // The zone applies to entries above it, too.
        if let Some(value) = document.get("tz") {
            let zone = string(value).and_then(|name| Zone::named(name).map_err(at(value)));
            match zone {
                Ok(zone) => self.zone = zone,
                Err(mistake) => self.mistakes.push(mistake),
            }
        }
        if let Some(value) = document.get("environment") {
            let done = self.environment(value);
            self.mistakes.extend(done.err());
        }
        match document.get("entry").map(|value| (value, value.get_ref())) {
            None => {}
            Some((_, DeValue::Array(entries))) => {
                for value in entries.iter() {
                    let done = self.entry(value);
                    self.mistakes.extend(done.err());
                }
            }
            Some((value, _)) => {
                let expected = "expected entries, each below a line [[entry]]";
                self.mistakes.push(at(value)(expected));
            }
        }
    }

    fn environment(&mut self, value: &Spanned<DeValue<'_>>) -> Result<(), Mistake> {
        let DeValue::Table(table) = value.get_ref() else {
            return Err(at(value)("expected a table of settings"));
        };
        for (name, value) in table {
            if !setting::is_name(name.get_ref()) {
                let expected = format!("found {:?}, expected a name", name.get_ref());
                return Err(at(name)(expected));
            }
            let pair = (name.get_ref().to_string(), scalar(value)?);
            self.settings.push(pair);
        }
        Ok(())
    }

    /// Returns the entries, or the first problems in the order of their places.
    fn finish(mut self) -> Result<Crontab, Vec<Problem>> {
        if !self.mistakes.is_empty() {
            self.mistakes.sort();
            self.mistakes.truncate(MOST_PROBLEMS);
            let mistakes = self.mistakes.into_iter();
            return Err(mistakes
                .map(|mistake| place::problem(self.text, mistake))
                .collect());
        }
        let settings = self.settings.into();
        for entry in &mut self.entries {
            entry.environment.share(&settings);
        }
        Ok(Crontab {
            entries: self.entries,
            notes: Vec::new(),
        })
    }

    fn environment_of_entry(&self) -> Environment {
        Environment::above(self.settings.len())
    }
}

/// Returns the mistake of a key that is not one of these.
fn unknown(key: &Spanned<std::borrow::Cow<'_, str>>, known: &[&str]) -> Mistake {
    let name = key.get_ref();
    let hint = did_you_mean(name, known.iter().copied());
    let known = known.join(", ");
    at(key)(format!("unknown key {name:?}{hint}; the keys are {known}"))
}
