//! [`Source`]: crontabs in files, directories or on standard input, and how they are read.

mod access;
mod files;

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use clap::Args;
use scheduler_core::trigger::Zone;

use self::files::Files;
use crate::{
    console::visible_path,
    crontab::{self, Crontab, Entry, Layout, Problem},
    zone,
};

/// Arguments that name crontabs.
#[derive(Debug, Args)]
#[group(id = "source")]
pub(crate) struct Arguments {
    /// The crontabs; - is standard input. Of a directory, the files are read whose names consist of letters, digits,
    /// _ and -, as in /etc/cron.d, or end with .toml. A file NAME.toml has entries with triggers of any kind:
    /// docs/guide/cron.md describes it.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The time zone of schedules that name none: an IANA name, an offset such as +05:30, or local. The
    /// default is local: the zone of TZ, or else of /etc/localtime, or else UTC with a warning.
    #[arg(long, value_name = "ZONE", value_parser = zone::parse)]
    tz: Option<Zone>,
    /// Reads a user between the schedule and the command, as in /etc/crontab. Root runs the command as that user;
    /// other users can name only themselves.
    #[arg(long)]
    system: bool,
}

/// Crontabs, and how they are read again.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    paths: Vec<PathBuf>,
    zone: Zone,
    layout: Layout,
}

/// The entries of all crontabs, and the lines of warnings.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) entries: Vec<Entry>,
    pub(crate) warnings: Vec<String>,
}

/// A crontab that was read.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// The path, as it is shown.
    pub(crate) name: String,
    pub(crate) content: Result<Crontab, Trouble>,
}

/// Why a crontab has no entries.
#[derive(Debug)]
pub(crate) enum Trouble {
    File(io::Error),
    Lines(Vec<Problem>),
}

impl Source {
    pub(crate) fn new(arguments: &Arguments) -> Self {
        let zone = zone::given_or_local(arguments.tz.as_ref());
        Self::of(arguments.files.clone(), zone, arguments.system.into())
    }

    pub(crate) const fn of(paths: Vec<PathBuf>, zone: Zone, layout: Layout) -> Self {
        Self {
            paths,
            zone,
            layout,
        }
    }

    /// Returns the paths of the arguments, as they are shown.
    pub(crate) fn name(&self) -> String {
        let names: Vec<_> = self.paths.iter().map(visible_path).collect();
        names.join(", ")
    }

    /// Returns whether standard input is read, which is possible once.
    pub(crate) fn has_input(&self) -> bool {
        self.paths.iter().any(|path| path.as_os_str() == "-")
    }

    /// Returns the files as they are now: those of directories can change.
    pub(crate) fn files(&self) -> io::Result<Vec<PathBuf>> {
        let files = Files::list(&self.paths).map_err(|(_, error)| error)?;
        Ok(files.read)
    }

    /// Reads all crontabs.
    pub(crate) fn parse(&self) -> Vec<Parsed> {
        let files = match Files::list(&self.paths) {
            Ok(files) => files,
            Err((path, error)) => {
                let content = Err(Trouble::File(error));
                let name = visible_path(path);
                return vec![Parsed { name, content }];
            }
        };
        let mut all: Vec<_> = files
            .read
            .iter()
            .map(|path| self.one(path, &files))
            .collect();
        refuse_duplicates(&mut all);
        all.extend(files.ignored.iter().map(ignored));
        all
    }

    /// Reads all crontabs. Otherwise returns the lines that describe the problems.
    pub(crate) fn read(&self) -> Result<Loaded, Vec<String>> {
        let mut loaded = Loaded {
            entries: Vec::new(),
            warnings: Vec::new(),
        };
        let mut problems = Vec::new();
        for Parsed { name, content } in self.parse() {
            match content {
                Ok(crontab) => {
                    loaded.warnings.extend(warnings(&name, &crontab));
                    loaded.entries.extend(crontab.entries);
                }
                Err(Trouble::File(error)) => problems.push(format!("sched: {name}: {error}")),
                Err(Trouble::Lines(lines)) => problems.extend(describe(&name, &lines)),
            }
        }
        match problems.is_empty() {
            true => Ok(loaded),
            false => Err(problems),
        }
    }

    fn one(&self, path: &Path, files: &Files) -> Parsed {
        let content = self.crontab(path).map(|mut crontab| {
            if let Some(label) = files.label(path) {
                let unnamed = |entry: &&mut Entry| entry.policies.id.is_none();
                for entry in crontab.entries.iter_mut().filter(unnamed) {
                    entry.id = format!("{label}:{}", entry.id);
                }
            }
            crontab
        });
        let name = visible_path(path);
        Parsed { name, content }
    }

    fn crontab(&self, path: &Path) -> Result<Crontab, Trouble> {
        let (text, warning) = self.text(path).map_err(Trouble::File)?;
        let is_table = path.extension().is_some_and(|ending| ending == "toml");
        let parsed = match is_table {
            true => crontab::parse_table(&text, &self.zone),
            false => crontab::parse(&text, &self.zone, self.layout),
        };
        let mut crontab = parsed.map_err(Trouble::Lines)?;
        crontab.notes.extend(warning.map(Problem::of_file));
        Ok(crontab)
    }

    /// Returns the text of a crontab, and a warning about its owner. `-` is standard input.
    fn text(&self, path: &Path) -> io::Result<(Vec<u8>, Option<String>)> {
        let mut text = Vec::new();
        if path.as_os_str() == "-" {
            io::stdin().read_to_end(&mut text)?;
            return Ok((text, None));
        }
        let mut file = File::open(path)?;
        let warning = access::check(&file, self.layout)?;
        file.read_to_end(&mut text)?;
        Ok((text, warning))
    }
}

/// Returns a crontab without entries, with the warning that its file is not read.
fn ignored(path: &PathBuf) -> Parsed {
    let text = "the file is ignored: names in a directory consist of letters, digits, _ and -, or end with .toml";
    Parsed {
        name: visible_path(path),
        content: Ok(Crontab {
            entries: Vec::new(),
            notes: vec![Problem::of_file(text.to_owned())],
        }),
    }
}

/// Refuses ids that entries of an earlier file have.
fn refuse_duplicates(all: &mut [Parsed]) {
    let mut known = HashMap::<String, String>::new();
    for parsed in all {
        let Ok(crontab) = &parsed.content else {
            continue;
        };
        let mut problems = Vec::new();
        for entry in &crontab.entries {
            if let Some(other) = known.get(&entry.id) {
                problems.push(Problem {
                    line: entry.line,
                    column: 1,
                    message: format!("duplicate id {:?}, which an entry of {other} has", entry.id),
                });
            }
        }
        let ids = crontab.entries.iter().map(|entry| entry.id.clone());
        known.extend(ids.map(|id| (id, parsed.name.clone())));
        if !problems.is_empty() {
            problems.truncate(crontab::MOST_PROBLEMS);
            parsed.content = Err(Trouble::Lines(problems));
        }
    }
}

/// Returns the warnings of a crontab as lines.
fn warnings(name: &str, crontab: &Crontab) -> Vec<String> {
    let line = |note: &Problem| format!("{name}:{}: warning: {}", note.line, note.message);
    crontab.notes.iter().map(line).collect()
}

/// Describes each problem, and their number.
fn describe(name: &str, problems: &[Problem]) -> Vec<String> {
    let line = |problem: &Problem| {
        let Problem {
            line,
            column,
            message,
        } = problem;
        format!("{name}:{line}:{column}: {message}")
    };
    let number = match problems.len() {
        crontab::MOST_PROBLEMS => format!("{} or more problems", crontab::MOST_PROBLEMS),
        fewer => count(fewer, "problem"),
    };
    let last = format!("sched: {name} has {number}");
    problems.iter().map(line).chain([last]).collect()
}

/// Formats a number of things.
pub(crate) fn count(number: usize, what: &str) -> String {
    let end = match (number, what.strip_suffix('y')) {
        (1, _) => return format!("1 {what}"),
        (_, Some(stem)) => return format!("{number} {stem}ies"),
        (_, None) => "s",
    };
    format!("{number} {what}{end}")
}
