//! The log of `sched run`: the output of commands, and records about them.

mod backpressure;
mod outlet;
mod record;

use std::{
    fmt::Display,
    io::{self, IsTerminal, stderr, stdout},
    sync::Arc,
    time::SystemTime,
};

use chrono::{DateTime, SecondsFormat, Utc};
use clap::ValueEnum;
use rustix::fs::fstat;
use serde::Serialize;

use self::outlet::Outlet;
pub(crate) use self::{
    backpressure::Backpressure,
    outlet::CHECK,
    record::{End, Record},
};
use crate::console::has_colour;

/// A stream of a command, and the stream of `sched` that it is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    const fn name(self) -> &'static str {
        match self {
            Self::Stdout => "standard output",
            Self::Stderr => "standard error",
        }
    }

    fn is_terminal(self) -> bool {
        match self {
            Self::Stdout => stdout().is_terminal(),
            Self::Stderr => stderr().is_terminal(),
        }
    }
}

/// The format of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Lines after a label.
    Text,
    /// One JSON object per line, with a time.
    Json,
    /// Output of commands as it is; all else on standard error.
    Raw,
}

/// Whether lines of text begin with a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timestamps {
    Shown,
    Hidden,
}

/// Handle of the log.
#[derive(Debug, Clone)]
pub(crate) struct Log(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    format: Format,
    timestamps: Timestamps,
    out: Target,
    err: Target,
}

/// A stream of `sched`.
#[derive(Debug, Clone)]
struct Target {
    outlet: Outlet,
    is_terminal: bool,
    has_colour: bool,
}

impl Log {
    /// Starts the threads that write.
    pub(crate) fn start(format: Format, timestamps: Timestamps) -> io::Result<Self> {
        let out = Target::start(Stream::Stdout)?;
        // Two threads would tear the lines of one file apart.
        let err = if is_one_file() {
            out.clone()
        } else {
            Target::start(Stream::Stderr)?
        };
        Ok(Self(Arc::new(Inner {
            format,
            timestamps,
            out,
            err,
        })))
    }

    /// Writes a line about no entry.
    pub(crate) fn note(&self, message: impl Display) {
        let message = message.to_string();
        self.write(&Record::Note { message });
    }

    /// Writes a record.
    pub(crate) fn write(&self, record: &Record<'_>) {
        let Inner {
            format, out, err, ..
        } = &*self.0;
        match format {
            Format::Json => out.outlet.push(&json(record)),
            Format::Text => out.outlet.push(self.text(record, out).as_bytes()),
            Format::Raw => err.outlet.push(self.text(record, err).as_bytes()),
        }
    }

    /// Writes a line of a command, to the stream that the command wrote it to.
    pub(crate) fn output(&self, entry: &str, stream: Stream, line: &[u8]) {
        let target = self.target(stream);
        if self.0.format == Format::Raw {
            target.outlet.push(line);
            return;
        }
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
        let record = Record::Output {
            entry,
            stream,
            line: &line,
        };
        match self.0.format {
            Format::Json => target.outlet.push(&json(&record)),
            _ => target.outlet.push(self.text(&record, target).as_bytes()),
        }
    }

    /// Returns the backpressure on the output that commands write to a stream.
    pub(crate) fn backpressure(&self, stream: Stream) -> Backpressure {
        Backpressure::new(self.target(stream).outlet.clone())
    }

    /// Waits until all lines are written, or until the readers have stalled. Returns the number of lines that
    /// could not be written.
    pub(crate) fn finish(&self) -> usize {
        let lost = self.0.out.outlet.finish();
        if self.0.err.outlet.is(&self.0.out.outlet) {
            return lost;
        }
        lost + self.0.err.outlet.finish()
    }

    fn target(&self, stream: Stream) -> &Target {
        match stream {
            Stream::Stdout => &self.0.out,
            Stream::Stderr => &self.0.err,
        }
    }

    fn text(&self, record: &Record<'_>, target: &Target) -> String {
        let text = record.text(target.is_terminal);
        let text = match record.colour().filter(|_| target.has_colour) {
            Some(colour) => format!("\u{1b}[{colour}m{text}\u{1b}[0m"),
            None => text,
        };
        match self.0.timestamps {
            Timestamps::Shown => format!("{} {text}", now()),
            Timestamps::Hidden => text,
        }
    }
}

impl Target {
    fn start(stream: Stream) -> io::Result<Self> {
        let is_terminal = stream.is_terminal();
        Ok(Self {
            outlet: Outlet::start(stream)?,
            is_terminal,
            has_colour: has_colour(is_terminal),
        })
    }
}

/// A record with the time at which it was written.
#[derive(Serialize)]
struct Timed<'a> {
    time: String,
    #[serde(flatten)]
    record: &'a Record<'a>,
}

fn json(record: &Record<'_>) -> Vec<u8> {
    let timed = Timed {
        time: now(),
        record,
    };
    // Strings and numbers can always be written.
    serde_json::to_vec(&timed).unwrap_or_default()
}

fn now() -> String {
    DateTime::<Utc>::from(SystemTime::now()).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Returns whether standard output and standard error are the same file, pipe or terminal.
fn is_one_file() -> bool {
    match (fstat(stdout()), fstat(stderr())) {
        (Ok(out), Ok(err)) => (out.st_dev, out.st_ino) == (err.st_dev, err.st_ino),
        _ => false,
    }
}
