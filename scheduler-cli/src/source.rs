//! [`Source`]: a crontab in a file or on standard input, and how it is read.

use std::{
    fs::{File, Metadata},
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use clap::Args;

use rustix::process::geteuid;
use scheduler_core::trigger::Zone;

use crate::{
    console::visible_path,
    crontab::{self, Crontab, Layout, Problem},
    zone,
};

/// Arguments that name a crontab.
#[derive(Debug, Args)]
#[group(id = "source")]
pub(crate) struct Arguments {
    /// The crontab; - is standard input.
    pub(crate) file: PathBuf,
    /// The time zone of schedules that name none: an IANA name, an offset such as +05:30, or local. The
    /// default is local: the zone of TZ, or else of /etc/localtime, or else UTC with a warning.
    #[arg(long, value_name = "ZONE", value_parser = zone::parse)]
    tz: Option<Zone>,
    /// Reads a user between the schedule and the command, as in /etc/crontab. Root runs the command as that user;
    /// other users can name only themselves.
    #[arg(long)]
    system: bool,
}

/// A crontab, and how it is read again.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    path: PathBuf,
    zone: Zone,
    layout: Layout,
}

impl Source {
    pub(crate) fn new(arguments: &Arguments) -> Self {
        Self {
            path: arguments.file.clone(),
            zone: zone::given_or_local(arguments.tz.as_ref()),
            layout: match arguments.system {
                true => Layout::System,
                false => Layout::Own,
            },
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the crontab. The outer error is that of the file.
    pub(crate) fn parse(&self) -> io::Result<Result<Crontab, Vec<Problem>>> {
        let text = read(&self.path)?;
        Ok(crontab::parse(&text, &self.zone, self.layout))
    }

    /// Reads the crontab. Otherwise returns the lines that describe its problems.
    pub(crate) fn read(&self) -> Result<Crontab, Vec<String>> {
        let name = visible_path(&self.path);
        let parsed = self.parse();
        let parsed = parsed.map_err(|error| vec![format!("sched: {name}: {error}")])?;
        parsed.map_err(|problems| describe(&name, &problems))
    }

    /// Returns the warnings of a crontab as lines.
    pub(crate) fn warnings(&self, crontab: &Crontab) -> Vec<String> {
        let name = visible_path(&self.path);
        let notes = crontab.notes.iter();
        let lines = notes.map(|note| format!("{name}:{}: warning: {}", note.line, note.message));
        lines.collect()
    }
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

/// Write permission of the group and of all others.
const WRITE_OF_OTHERS: u32 = 0o022;

/// Returns the text of a crontab. `-` is standard input.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    if path.as_os_str() == "-" {
        io::stdin().read_to_end(&mut text)?;
        return Ok(text);
    }
    let mut file = File::open(path)?;
    // The open file is checked, because its path can lead to another one a moment later.
    let metadata = file.metadata()?;
    if geteuid().is_root() && metadata.is_file() {
        refuse_others(&metadata)?;
    }
    file.read_to_end(&mut text)?;
    Ok(text)
}

/// Refuses a file that users other than root can write to, because its commands run as root.
fn refuse_others(metadata: &Metadata) -> io::Result<()> {
    let message = match (metadata.uid(), metadata.mode() & WRITE_OF_OTHERS) {
        (0, 0) => return Ok(()),
        (0, _) => "group or others can write to it, and its commands would run as root; \
             remove the permission with `chmod go-w`"
            .to_owned(),
        (owner, _) => format!(
            "user {owner} owns it, and its commands would run as root; \
             change the owner with `chown root`, or run `sched` as that user"
        ),
    };
    Err(io::Error::new(io::ErrorKind::PermissionDenied, message))
}
