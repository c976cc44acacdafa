//! Parses a crontab: schedules, commands, their environment, and all errors.
//!
//! A line is a comment (`#`), blank, policies of the next entry (`#@ key=value …`), a setting (`NAME=value`, for the lines below it), or an entry:
//! a schedule and a command; in a system crontab, with a user between them. A schedule is
//!
//! * `@reboot`, once at the start, another name (`@hourly`), or `@every` and a duration;
//! * five fields; six if the sixth word is a field too, seconds first; seven with a year at the
//!   end. If the sixth word may also be a command, the line is refused.
//!
//! `CRON_TZ=` sets the zone of the lines below it; before the fields, of that line only, as `TZ=` does
//! there. Elsewhere `TZ=` is a setting like others: commands see it, schedules do not.

mod ambiguity;
mod command;
mod entry;
mod environment;
mod fields;
mod policies;
mod setting;
mod table;
#[cfg(test)]
mod tests;
mod user;

use std::{collections::HashSet, str, time::Duration};

use scheduler_core::trigger::Zone;

pub(crate) use self::table::parse as parse_table;
pub(crate) use self::{entry::Entry, environment::Environment, policies::Policies, user::User};
use self::{setting::Setting, user::Users};

/// Maximum number of mistakes that are reported: near names of zones take a millisecond each.
pub(crate) const MOST_PROBLEMS: usize = 100;

/// A crontab.
#[derive(Debug)]
pub(crate) struct Crontab {
    pub(crate) entries: Vec<Entry>,
    /// Settings that have no effect.
    pub(crate) notes: Vec<Problem>,
}

/// A mistake in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) message: String,
}

impl Problem {
    /// Creates a problem of a whole file.
    pub(crate) const fn of_file(message: String) -> Self {
        Self {
            line: 1,
            column: 1,
            message,
        }
    }
}

/// Whether entries have a column of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// A schedule and a command.
    Own,
    /// A schedule, a user and a command, as in `/etc/crontab`.
    System,
}

impl From<bool> for Layout {
    /// Returns the layout by whether there is the option `--system`.
    fn from(is_system: bool) -> Self {
        match is_system {
            true => Self::System,
            false => Self::Own,
        }
    }
}

/// Parses a crontab. `zone` is the zone of schedules that name none. Reports all mistakes at once, but no
/// more than [`MOST_PROBLEMS`].
pub(crate) fn parse(text: &[u8], zone: &Zone, layout: Layout) -> Result<Crontab, Vec<Problem>> {
    let mut reader = Reader {
        layout,
        zone: zone.clone(),
        settings: Vec::new(),
        entries: Vec::new(),
        policies: None,
        delay: None,
        notes: Vec::new(),
        users: Users::known(),
        ids: HashSet::new(),
    };
    let mut problems = Vec::new();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    for (line, bytes) in (1..).zip(text.split(|&byte| byte == b'\n')) {
        if let Err((column, message)) = reader.bytes(line, bytes) {
            problems.push(Problem {
                line,
                column,
                message,
            });
            if problems.len() == MOST_PROBLEMS {
                break;
            }
        }
    }
    problems.extend(reader.stray_policies());
    if problems.is_empty() {
        Ok(reader.finish())
    } else {
        Err(problems)
    }
}

/// State of the parser.
struct Reader {
    layout: Layout,
    zone: Zone,
    /// All settings so far. An entry sees those above it.
    settings: Vec<(String, String)>,
    entries: Vec<Entry>,
    /// Line and settings of `#@` lines that wait for their entry.
    policies: Option<(usize, Policies)>,
    /// Jitter of the entries below a setting `RANDOM_DELAY`.
    delay: Option<Duration>,
    notes: Vec<Problem>,
    users: Users,
    /// Ids that policies have set.
    ids: HashSet<String>,
}

/// A column, counted from 1, and a message with the text found there and the expected one.
type Wrong = (usize, String);

impl Reader {
    /// Shares the settings between the entries.
    fn finish(mut self) -> Crontab {
        let settings = self.settings.into();
        for entry in &mut self.entries {
            entry.environment.share(&settings);
        }
        Crontab {
            entries: self.entries,
            notes: self.notes,
        }
    }

    /// Returns the problem of policies without an entry.
    fn stray_policies(&self) -> Option<Problem> {
        let (line, _) = self.policies.as_ref()?;
        Some(Problem {
            line: *line,
            column: 1,
            message: "found policies at the end of the file, expected an entry below them"
                .to_owned(),
        })
    }

    fn bytes(&mut self, number: usize, bytes: &[u8]) -> Result<(), Wrong> {
        let start = bytes.trim_ascii_start();
        if start.starts_with(b"#@ ") || start.starts_with(b"#@\t") {
            return self.pragma(number, text(bytes)?);
        }
        // Any other comment may hold anything.
        if start.starts_with(b"#") {
            return Ok(());
        }
        let line = text(bytes)?;
        self.line(number, line.strip_suffix('\r').unwrap_or(line))
    }

    fn line(&mut self, number: usize, line: &str) -> Result<(), Wrong> {
        if words(line).is_empty() {
            return Ok(());
        }
        let Some(setting) = Setting::read(line)? else {
            return self.entry(number, line, 0);
        };
        if !setting.is_zone() {
            return self.setting(number, line, &setting);
        }
        let (zone, rest) = setting.zone(line)?;
        let outer = std::mem::replace(&mut self.zone, zone);
        match rest {
            None => Ok(()),
            Some(start) => {
                let answer = self.entry(number, line, start);
                self.zone = outer;
                answer
            }
        }
    }

    /// Adds the policies of a `#@` line to those of its entry.
    fn pragma(&mut self, number: usize, line: &str) -> Result<(), Wrong> {
        let start = line.find("#@").map_or(0, |start| start + 2);
        let (_, policies) = self
            .policies
            .get_or_insert_with(|| (number, Policies::default()));
        policies.read(line, start)
    }

    fn setting(&mut self, line: usize, text: &str, setting: &Setting<'_>) -> Result<(), Wrong> {
        if setting.name == "RANDOM_DELAY" {
            self.delay = setting.minutes(text)?;
        }
        self.notes.extend(setting.note().map(|message| Problem {
            line,
            column: 1,
            message,
        }));
        let (name, value) = (setting.name.to_owned(), setting.value.to_owned());
        self.settings.push((name, value));
        Ok(())
    }

    /// Parses an entry that begins at `start`, with the policies above it.
    fn entry(&mut self, number: usize, line: &str, start: usize) -> Result<(), Wrong> {
        let (_, policies) = self.policies.take().unwrap_or_default();
        if let Some(mistake) = policies.mistake() {
            return Err((column(line, start), mistake.to_owned()));
        }
        if let Some(id) = policies
            .id
            .clone()
            .filter(|id| !self.ids.insert(id.clone()))
        {
            return Err((column(line, start), format!("duplicate id {id:?}")));
        }
        let outer = self.zone.clone();
        self.zone = policies.zone.clone().unwrap_or_else(|| outer.clone());
        let parsed = self.entry_with(number, line, start, policies);
        self.zone = outer;
        parsed
    }

    /// Parses the schedule and the command that begin at `start`.
    fn entry_with(
        &mut self,
        number: usize,
        line: &str,
        start: usize,
        mut policies: Policies,
    ) -> Result<(), Wrong> {
        let (start, is_quiet) = quiet(line, start);
        let words = words_from(line, start);
        let (fields, trigger) = fields::schedule(&self.zone, line, &words)?;
        let user = match self.layout {
            Layout::Own => None,
            Layout::System => Some(self.user(line, words.get(fields))?),
        };
        let Some(&(start, _)) = words.get(fields + usize::from(user.is_some())) else {
            let message = "found the end of the line, expected a command after the schedule";
            return Err((column(line, line.len()), message.to_owned()));
        };
        let (command, input) = command::split(&line[start..]);
        if user.is_none() {
            self.check_user(line, start, &command)?;
        }
        policies.jitter = policies.jitter.or(self.delay);
        let (last, word) = words[fields - 1];
        let id = || entry::default_id(number, &command);
        self.entries.push(Entry {
            line: number,
            id: policies.id.clone().unwrap_or_else(id),
            schedule: line[words[0].0..last + word.len()].to_owned(),
            zone: self.zone.clone(),
            trigger,
            command,
            input,
            environment: Environment::above(self.settings.len()),
            policies,
            is_quiet,
            user,
        });
        Ok(())
    }

    /// Returns the user in the column of a system crontab.
    fn user(&self, line: &str, word: Option<&(usize, &str)>) -> Result<User, Wrong> {
        let Some(&(place, name)) = word else {
            let message = "found the end of the line, expected a user after the schedule";
            return Err((column(line, line.len()), message.to_owned()));
        };
        let user = self.users.named(name);
        user.map_err(|message| (column(line, place), message))
    }

    /// Refuses a command that begins with the user column of a system crontab.
    fn check_user(&self, line: &str, start: usize, command: &str) -> Result<(), Wrong> {
        let mut settings = self.settings.iter().rev();
        let path = settings.find(|(name, _)| name == "PATH");
        let path = path.map(|(_, path)| path.as_str());
        match self.users.column(command, path) {
            None => Ok(()),
            Some(user) => {
                let message = format!(
                    "found {user:?}, which is a user and no program: a system crontab has a column of users; \
                     --system reads it, or remove the column"
                );
                Err((column(line, start), message))
            }
        }
    }
}

/// Returns a whole file as text, without a byte order mark.
fn whole_text(bytes: &[u8]) -> Result<&str, Problem> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    str::from_utf8(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let last = before.rsplit('\n').next().unwrap_or_default();
        Problem {
            line: before.matches('\n').count() + 1,
            column: last.chars().count() + 1,
            message: "found a byte that is not UTF-8, expected text".to_owned(),
        }
    })
}

/// Returns a line as text, or the column of the first byte that is not valid UTF-8.
fn text(bytes: &[u8]) -> Result<&str, Wrong> {
    let text = str::from_utf8(bytes).map_err(|error| {
        let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let message = "found a byte that is not UTF-8, expected text";
        (good.chars().count() + 1, message.to_owned())
    })?;
    match text.find('\0') {
        Some(place) => Err((
            column(text, place),
            "found a NUL character, expected text".to_owned(),
        )),
        None => Ok(text),
    }
}

/// Returns the column of a byte, counted from 1.
fn column(line: &str, byte: usize) -> usize {
    line[..byte].chars().count() + 1
}

/// Returns the start of the schedule, and whether a sign before it makes the entry quiet. No field begins with one.
fn quiet(line: &str, start: usize) -> (usize, bool) {
    let blanks = line[start..].len() - line[start..].trim_start().len();
    let is_quiet = line[start + blanks..].starts_with('-');
    (start + blanks + usize::from(is_quiet), is_quiet)
}

/// Maximum number of words that a schedule and the beginning of a command have.
const MOST_WORDS: usize = 9;

/// Returns the first words after a byte of a line and their positions in the line.
fn words_from(line: &str, start: usize) -> Vec<(usize, &str)> {
    let words = words(&line[start..]).into_iter();
    words.map(|(place, word)| (place + start, word)).collect()
}

/// Returns the first words of a line and their positions in bytes.
fn words(line: &str) -> Vec<(usize, &str)> {
    let start = |word: &str| word.as_ptr() as usize - line.as_ptr() as usize;
    line.split_whitespace()
        .take(MOST_WORDS)
        .map(|word| (start(word), word))
        .collect()
}
