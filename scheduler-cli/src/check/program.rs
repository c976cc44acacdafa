//! Checks whether the program of a command exists.

use std::{env, path::Path};

use rustix::fs::{Access, access};

use crate::crontab::Entry;

/// Words that shells execute themselves.
const BUILT_IN: [&str; 40] = [
    ".", ":", "[", "alias", "bg", "break", "case", "cd", "command", "continue", "echo", "eval",
    "exec", "exit", "export", "false", "fg", "for", "getopts", "hash", "if", "jobs", "kill",
    "local", "printf", "pwd", "read", "readonly", "return", "set", "shift", "source", "test",
    "time", "trap", "true", "ulimit", "umask", "until", "while",
];

/// Returns a warning if the first word of the command is a program that cannot be found.
pub(super) fn missing(entry: &Entry) -> Option<String> {
    let word = entry.command.split_whitespace().next()?;
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._+-".contains(letter);
    // Only a shell can say what any other word is.
    if !word.chars().all(is_plain) || BUILT_IN.contains(&word) {
        return None;
    }
    let exists = |path: &Path| access(path, Access::EXEC_OK).is_ok();
    if word.contains('/') {
        let home = entry.environment.get("HOME").unwrap_or(".");
        let found = exists(&Path::new(home).join(word));
        return (!found).then(|| format!("{word:?} is not an executable file"));
    }
    let outer = env::var("PATH").unwrap_or_default();
    let path = entry.environment.get("PATH").unwrap_or(&outer);
    let found = path
        .split(':')
        .any(|folder| exists(&Path::new(folder).join(word)));
    (!found).then(|| format!("{word:?} is not in PATH={path:?}"))
}
