//! The files of the arguments: files themselves, and those of directories.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

/// The files of the arguments, in the order in which they are read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Files {
    pub(super) read: Vec<PathBuf>,
    /// Files of directories that are left out because of their names.
    pub(super) ignored: Vec<PathBuf>,
    /// Whether entries are named after their files: there is a directory, or more than one argument.
    is_many: bool,
}

impl Files {
    /// Lists the files. The error comes with the path of the directory that cannot be listed.
    pub(super) fn list(arguments: &[PathBuf]) -> Result<Self, (PathBuf, io::Error)> {
        let mut files = Self {
            read: Vec::new(),
            ignored: Vec::new(),
            is_many: arguments.len() > 1,
        };
        for path in arguments {
            if path.is_dir() {
                files.is_many = true;
                let added = files.add_directory(path);
                added.map_err(|error| (path.clone(), error))?;
            } else {
                files.read.push(path.clone());
            }
        }
        Ok(files)
    }

    /// Adds the files of a directory in the order of their names, without directories in it.
    fn add_directory(&mut self, folder: &Path) -> io::Result<()> {
        let entries = fs::read_dir(folder)?;
        let paths = entries.map(|entry| Ok(entry?.path()));
        let mut paths = paths.collect::<io::Result<Vec<_>>>()?;
        paths.sort();
        for path in paths.into_iter().filter(|path| !path.is_dir()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            match kind(&name) {
                Kind::Read => self.read.push(path),
                Kind::Ignored => self.ignored.push(path),
                Kind::Hidden => {}
            }
        }
        Ok(())
    }

    /// Returns what the ids of a file's entries begin with: its name, or its path if another file has that name.
    pub(super) fn label(&self, path: &Path) -> Option<String> {
        let name = |path: &Path| {
            let name = path.file_name().unwrap_or(path.as_os_str());
            name.to_string_lossy().into_owned()
        };
        let mut counts = HashMap::<String, usize>::new();
        for path in &self.read {
            *counts.entry(name(path)).or_default() += 1;
        }
        let own = name(path);
        let is_unique = counts.get(&own).is_none_or(|count| *count == 1);
        let label = if is_unique {
            own
        } else {
            path.to_string_lossy().into_owned()
        };
        self.is_many.then_some(label)
    }
}

/// Meaning of a name in a directory.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Read,
    /// Another program may have written it, such as a package manager: NAME.dpkg-old.
    Ignored,
    /// Never meant to be read: .placeholder, and what mounts of Kubernetes contain.
    Hidden,
}

/// The rule of Debian's cron for `/etc/cron.d`: letters, digits, underscores and hyphens. Besides, files of entries in
/// TOML, which it does not know.
fn kind(name: &str) -> Kind {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    if name.starts_with('.') {
        Kind::Hidden
    } else if name
        .strip_suffix(".toml")
        .unwrap_or(name)
        .chars()
        .all(is_plain)
    {
        Kind::Read
    } else {
        Kind::Ignored
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_decide_as_for_cron() {
        for name in ["backup", "e2scrub_all", "php-7", "jobs.toml"] {
            assert_eq!(kind(name), Kind::Read, "{name}");
        }
        for name in [
            "backup.dpkg-old",
            "backup~",
            "#backup#",
            "jobs.crontab",
            "jobs.toml.bak",
            "sauve\u{e9}",
        ] {
            assert_eq!(kind(name), Kind::Ignored, "{name}");
        }
        for name in [".placeholder", "..data"] {
            assert_eq!(kind(name), Kind::Hidden, "{name}");
        }
    }

    #[test]
    fn labels_are_unique() {
        let list = |paths: &[&str]| {
            let paths: Vec<_> = paths.iter().map(PathBuf::from).collect();
            Files::list(&paths).expect("no directories")
        };
        assert_eq!(list(&["/no/a"]).label(Path::new("/no/a")), None);
        let files = list(&["/no/a", "/no/b", "/non/b"]);
        let labels = files.read.iter().map(|path| files.label(path));
        let labels: Vec<_> = labels.flatten().collect();
        assert_eq!(labels, ["a", "/no/b", "/non/b"]);
    }
}
