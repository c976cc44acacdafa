//! The users of a system crontab, and the detection of their column in other crontabs.

use std::{collections::HashMap, env, fs, path::Path};

use rustix::{
    fs::{Access, access},
    process::geteuid,
};

/// A user that runs a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) id: u32,
    pub(crate) group: u32,
    /// All groups of the user.
    pub(crate) groups: Vec<u32>,
    pub(crate) home: String,
}

impl User {
    /// Parses a line of `/etc/passwd`.
    fn read(line: &str) -> Option<Self> {
        let fields: Vec<_> = line.split(':').collect();
        let [name, _, id, group, _, home, ..] = fields[..] else {
            return None;
        };
        let group = group.parse().ok()?;
        Some(Self {
            name: name.to_owned(),
            id: id.parse().ok()?,
            group,
            groups: vec![group],
            home: home.to_owned(),
        })
    }

    /// Returns whether this process runs as that user already.
    pub(crate) fn is_current(&self) -> bool {
        geteuid().as_raw() == self.id
    }
}

/// The users of this machine.
#[derive(Debug)]
pub(super) struct Users(HashMap<String, User>);

impl Users {
    pub(super) fn known() -> Self {
        let text = fs::read_to_string("/etc/passwd").unwrap_or_default();
        // An image without the file has this user too. A name belongs to its first line.
        let lines = text.lines().rev();
        let users = ["root:x:0:0:root:/:"].into_iter().chain(lines);
        let users = users.filter_map(User::read);
        let mut users: HashMap<_, _> = users.map(|user| (user.name.clone(), user)).collect();
        let text = fs::read_to_string("/etc/group").unwrap_or_default();
        for line in text.lines() {
            add_members(&mut users, line);
        }
        Self(users)
    }

    /// Returns the user of a system crontab, if this process may run commands as that user.
    pub(super) fn named(&self, name: &str) -> Result<User, String> {
        let user = self.0.get(name);
        let user = user.ok_or_else(|| format!("unknown user {name:?}"))?;
        if geteuid().is_root() || user.is_current() {
            return Ok(user.clone());
        }
        Err(format!(
            "found user {name:?}, but only root can run commands of other users"
        ))
    }

    /// Returns the user that a command begins with: a name that is not a program, before a further word.
    pub(super) fn column<'a>(&self, command: &'a str, path: Option<&str>) -> Option<&'a str> {
        let (user, rest) = command.trim_start().split_once(char::is_whitespace)?;
        let is_column = self.0.contains_key(user) && !rest.trim().is_empty();
        (is_column && !is_program(user, path)).then_some(user)
    }
}

/// Adds the group of a line of `/etc/group` to its members.
fn add_members(users: &mut HashMap<String, User>, line: &str) {
    let fields: Vec<_> = line.split(':').collect();
    let [_, _, id, members] = fields[..] else {
        return;
    };
    let Ok(id) = id.parse() else {
        return;
    };
    for member in members.split(',') {
        if let Some(user) = users
            .get_mut(member)
            .filter(|user| !user.groups.contains(&id))
        {
            user.groups.push(id);
        }
    }
}

/// Returns whether the name is that of a program in the path, by default that of the environment.
fn is_program(name: &str, path: Option<&str>) -> bool {
    let outer = env::var("PATH").unwrap_or_default();
    let mut folders = path.unwrap_or(&outer).split(':');
    folders.any(|folder| access(Path::new(folder).join(name), Access::EXEC_OK).is_ok())
}
