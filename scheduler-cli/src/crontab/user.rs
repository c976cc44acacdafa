//! Detects the user column of a system crontab.

use std::{collections::HashSet, env, fs, path::Path};

use rustix::fs::{Access, access};

/// The users of this machine.
#[derive(Debug)]
pub(super) struct Users(HashSet<String>);

impl Users {
    pub(super) fn known() -> Self {
        let text = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let names = text.lines().filter_map(|line| line.split(':').next());
        // An image without the file has this user too.
        Self(names.chain(["root"]).map(str::to_owned).collect())
    }

    /// Returns the user that a command begins with: a name that is not a program, before a further word.
    pub(super) fn column<'a>(&self, command: &'a str, path: Option<&str>) -> Option<&'a str> {
        let (user, rest) = command.trim_start().split_once(char::is_whitespace)?;
        let is_column = self.0.contains(user) && !rest.trim().is_empty() && !is_program(user, path);
        is_column.then_some(user)
    }
}

/// Returns whether the name is that of a program in the path, by default that of the environment.
fn is_program(name: &str, path: Option<&str>) -> bool {
    let outer = env::var("PATH").unwrap_or_default();
    let mut folders = path.unwrap_or(&outer).split(':');
    folders.any(|folder| access(Path::new(folder).join(name), Access::EXEC_OK).is_ok())
}
