//! Calls of supercronic: its flags, and the differences of its crontabs.

use std::{ffi::OsString, fmt::Write, path::Path};

use scheduler_core::trigger::{Expression, Zone};

use super::{Converted, read};

/// The flags of a call.
#[derive(Debug, Default)]
struct Call {
    is_overlapping: bool,
    /// The arguments of `sched run`.
    run: Vec<String>,
    left_out: Vec<String>,
    file: Option<String>,
}

/// Converts a crontab: settings first, because they are those of the whole file; seconds before six fields; and
/// escaped percent signs, which do not begin an input.
pub(super) fn convert(arguments: &[OsString]) -> Result<Converted, String> {
    let call = Call::read(arguments)?;
    let file = call
        .file
        .ok_or("supercronic: expected a crontab after the flags")?;
    let text = read(Path::new(&file))?;
    let mut converted = Converted {
        text: String::new(),
        left_out: call.left_out,
    };
    let run: String = call.run.iter().map(|word| format!(" {word}")).collect();
    // A string has room for all of it.
    writeln!(converted.text, "# sched run FILE{run}").unwrap_or_default();
    let lines = || {
        text.lines()
            .map(|line| line.trim_start_matches([' ', '\t']))
    };
    for setting in lines().filter_map(setting) {
        converted.text += &setting;
        converted.text.push('\n');
    }
    for line in lines().filter(|line| setting(line).is_none()) {
        let is_entry = !line.is_empty() && !line.starts_with('#');
        if is_entry && call.is_overlapping {
            converted.text += "#@ overlap=allow-all max-instances=1000000\n";
        }
        converted.text += &if is_entry {
            entry(line)
        } else {
            line.to_owned()
        };
        converted.text.push('\n');
    }
    Ok(converted)
}

impl Call {
    fn read(arguments: &[OsString]) -> Result<Self, String> {
        let mut call = Self::default();
        let mut words = arguments.iter().map(|word| word.to_string_lossy());
        while let Some(word) = words.next() {
            let Some(flag) = word.strip_prefix('-').filter(|flag| !flag.is_empty()) else {
                call.file = Some(word.into_owned());
                continue;
            };
            let flag = flag.trim_start_matches('-');
            let (name, value) = match flag.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (flag, None),
            };
            let mut value = || value.clone().or_else(|| words.next().map(String::from));
            match name {
                "overlapping" => call.is_overlapping = true,
                "json" => call.run.extend(["--log", "json"].map(str::to_owned)),
                "passthrough-logs" => call.run.extend(["--log", "raw"].map(str::to_owned)),
                "inotify" => call.run.push("--watch".to_owned()),
                "prometheus-listen-address" => {
                    let address = value().unwrap_or_default();
                    call.run.extend(["--listen".to_owned(), with_port(address)]);
                }
                // Standard output and standard error are always apart, and orphans are always reaped.
                "split-logs" | "no-reap" => {}
                "sentry-dsn" | "sentryDsn" | "sentry-environment" | "sentry-release" => {
                    value();
                    call.left_out.push(format!(
                        "-{name} has no counterpart; #@ ping=URL of an entry reports its runs"
                    ));
                }
                "debug" | "quiet" => {
                    call.left_out.push(format!(
                        "-{name} has no counterpart; a - before an entry hides its successes"
                    ));
                }
                "test" => return Err("supercronic -test is sched check FILE".to_owned()),
                _ => return Err(format!("supercronic has no flag -{name}")),
            }
        }
        Ok(call)
    }
}

/// Adds the port that supercronic listens on by default.
fn with_port(address: String) -> String {
    let has_port = address
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.contains(']'));
    match has_port {
        true => address,
        false => format!("{address}:9746"),
    }
}

/// Returns the line of a setting: a name without blanks, a sign, and the rest of the line.
fn setting(line: &str) -> Option<String> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim_end();
    if name.is_empty() || name.starts_with('#') || name.contains(char::is_whitespace) {
        return None;
    }
    let value = value.trim_start();
    // One quote is a value there.
    let is_open =
        value.starts_with(['"', '\'']) && (value.len() == 1 || !value.ends_with(&value[..1]));
    Some(match is_open {
        true if value.starts_with('"') => format!("{name}='{value}'"),
        true => format!("{name}=\"{value}\""),
        false => format!("{name}={value}"),
    })
}

/// Converts an entry. Its schedule has seven fields if that can be read, or else six, of which the last is the year.
fn entry(line: &str) -> String {
    let words: Vec<_> = line.split_whitespace().take(8).collect();
    let reads = |fields: usize, seconds: &str| {
        let schedule = words.get(..fields).filter(|_| words.len() > fields);
        let parse = |text: String| Expression::parse(&text, Zone::utc()).is_ok();
        schedule.is_some_and(|schedule| parse(seconds.to_owned() + &schedule.join(" ")))
    };
    let has_year = !reads(7, "") && reads(6, "0 ");
    let seconds = if has_year { "0 " } else { "" };
    format!("{seconds}{}", line.replace('%', "\\%"))
}
