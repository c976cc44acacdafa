//! Timers of systemd, with the services beside them.

use std::{path::Path, time::Duration};

use super::{Converted, entry::Entry, entry::quoted, read, shell};
use crate::console::visible_path;

/// Keys without an effect on the command and its times.
const IGNORED: [&str; 5] = [
    "AccuracySec",
    "Unit",
    "Type",
    "RemainAfterElapse",
    "SyslogIdentifier",
];

/// A key and a value of a section.
type Setting = (String, String);

pub(super) fn convert(path: &Path) -> Result<Converted, String> {
    let name = visible_path(path);
    let wrong = |error: &str| format!("{name}: {error}");
    let timer = section(&read(path)?, "Timer");
    if timer.is_empty() {
        return Err(wrong("found no section [Timer]"));
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let unit = last(&timer, "Unit").map_or_else(|| format!("{stem}.service"), str::to_owned);
    let service = section(&read(&path.with_file_name(unit))?, "Service");
    let mut entry = Entry::new(&stem);
    times(&mut entry, &timer).map_err(|error| wrong(&error))?;
    command(&mut entry, &service).map_err(|error| wrong(&error))?;
    Ok(entry.finish())
}

/// Returns the settings of a section, without the values that a later empty one removes.
fn section(text: &str, name: &str) -> Vec<Setting> {
    let text = text.replace("\\\n", " ");
    let head = format!("[{name}]");
    let mut is_inside = false;
    let mut settings = Vec::<Setting>::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            is_inside = line == head;
        }
        let is_comment = line.starts_with(['#', ';']);
        let Some((key, value)) = line.split_once('=').filter(|_| is_inside && !is_comment) else {
            continue;
        };
        let (key, value) = (key.trim(), value.trim());
        match value.is_empty() {
            true => settings.retain(|(known, _)| known != key),
            false => settings.push((key.to_owned(), value.to_owned())),
        }
    }
    settings
}

fn all<'a>(settings: &'a [Setting], key: &'a str) -> impl Iterator<Item = &'a str> {
    let found = settings.iter().filter(move |(known, _)| known == key);
    found.map(|(_, value)| value.as_str())
}

fn last<'a>(settings: &'a [Setting], key: &'a str) -> Option<&'a str> {
    all(settings, key).last()
}

/// Adds the trigger of a timer.
fn times(entry: &mut Entry, timer: &[Setting]) -> Result<(), String> {
    let event = |expr: &str| format!("{{ type = \"on_calendar\", expr = {} }}", quoted(expr));
    let mut triggers: Vec<_> = all(timer, "OnCalendar").map(event).collect();
    for value in all(timer, "OnUnitActiveSec").chain(all(timer, "OnUnitInactiveSec")) {
        let seconds = span(value)?.as_secs().max(1);
        triggers.push(format!("{{ type = \"interval\", every = \"{seconds}s\" }}"));
    }
    let at_start = ["OnActiveSec", "OnBootSec", "OnStartupSec"];
    let is_at_start = at_start.iter().any(|key| last(timer, key).is_some());
    match &triggers[..] {
        [] if is_at_start => entry.text("trigger", "@reboot"),
        [] => return Err("found no time in [Timer]".to_owned()),
        [one] => entry.value("trigger", one),
        more => entry.value(
            "trigger",
            &format!("{{ type = \"any_of\", triggers = [{}] }}", more.join(", ")),
        ),
    }
    for (key, value) in timer {
        match key.as_str() {
            "OnCalendar" | "OnUnitActiveSec" => {}
            "OnUnitInactiveSec" => {
                entry.comment("OnUnitInactiveSec: the interval is from start to start");
            }
            key if at_start.contains(&key) => {
                entry.leave_out(format!("{key}={value}, the delay of the first run"));
            }
            "RandomizedDelaySec" => entry.text("jitter", &format!("{}s", span(value)?.as_secs())),
            "Persistent" if is_yes(value) => {
                entry.comment("Persistent: call sched run with --state");
            }
            "Persistent" => {}
            key if IGNORED.contains(&key) => {}
            key => entry.leave_out(format!("{key}={value}")),
        }
    }
    Ok(())
}

fn is_yes(value: &str) -> bool {
    ["1", "yes", "true", "on"].contains(&value.to_ascii_lowercase().as_str())
}

/// Adds the command of a service.
fn command(entry: &mut Entry, service: &[Setting]) -> Result<(), String> {
    let mut parts = Vec::new();
    for (key, value) in service {
        match key.as_str() {
            "ExecStart" | "ExecStartPre" | "ExecStartPost" => {}
            "User" => entry.text("user", value),
            "TimeoutStartSec" | "RuntimeMaxSec" if value != "infinity" => {
                entry.text("timeout", &format!("{}s", span(value)?.as_secs()));
            }
            "Environment" => {
                let words = shell::words(value).ok_or_else(|| open_quote(value))?;
                let pairs = words.iter().filter_map(|word| word.split_once('='));
                parts.extend(
                    pairs.map(|(name, value)| format!("export {name}={}", shell::literal(value))),
                );
            }
            "WorkingDirectory" => parts.push(format!("cd {}", shell::literal(value))),
            key if IGNORED.contains(&key) => {}
            key => entry.leave_out(format!("{key}={value}")),
        }
    }
    let order = ["ExecStartPre", "ExecStart", "ExecStartPost"];
    for line in order.iter().flat_map(|key| all(service, key)) {
        parts.push(call(entry, line)?);
    }
    if last(service, "ExecStart").is_none() {
        return Err("its service has no ExecStart=".to_owned());
    }
    entry.text("command", &parts.join(" && "));
    Ok(())
}

/// Returns a line of ExecStart as a command of a shell.
fn call(entry: &mut Entry, line: &str) -> Result<String, String> {
    let program = line.trim_start_matches(['-', '@', ':', '+', '!']);
    let prefix = &line[..line.len() - program.len()];
    if prefix.contains(['@', ':', '+', '!']) {
        entry.leave_out(format!("the prefix {prefix} of {program}"));
    }
    if program.replace("%%", "").contains('%') {
        entry.leave_out(format!("the specifiers of {program}"));
    }
    let words = shell::words(program).ok_or_else(|| open_quote(line))?;
    let words = words
        .iter()
        .map(|word| shell::with_variables(&word.replace("%%", "%")));
    let call = words.collect::<Vec<_>>().join(" ");
    Ok(match prefix.contains('-') {
        true => format!("{{ {call} || true; }}"),
        false => call,
    })
}

fn open_quote(text: &str) -> String {
    format!("found a quote without its other half: {text:?}")
}

/// Parses a span of time, such as `1h 30min` or `90`.
fn span(text: &str) -> Result<Duration, String> {
    let wrong = || format!("found {text:?}, expected a span of time, such as 1h 30min");
    let mut rest = text.trim();
    let mut total = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
        let (number, after) = rest.split_at(end.unwrap_or(rest.len()));
        let after = after.trim_start();
        let end = after.find(|letter: char| !letter.is_alphabetic());
        let (unit, after) = after.split_at(end.unwrap_or(after.len()));
        let number: f64 = number.parse().map_err(|_| wrong())?;
        total += number * unit_seconds(unit).ok_or_else(wrong)?;
        rest = after.trim_start();
    }
    Duration::try_from_secs_f64(total).map_err(|_| wrong())
}

/// Returns the seconds of a unit.
fn unit_seconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "us" | "usec" | "μs" | "µs" => 1e-6,
        "ms" | "msec" => 1e-3,
        "" | "s" | "sec" | "second" | "seconds" => 1.0,
        "m" | "min" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hour" | "hours" => 3_600.0,
        "d" | "day" | "days" => 86_400.0,
        "w" | "week" | "weeks" => 604_800.0,
        "M" | "month" | "months" => 2_629_800.0,
        "y" | "year" | "years" => 31_557_600.0,
        _ => return None,
    })
}
