//! Watches the crontab for changes.

use std::{fs, io, os::unix::fs::MetadataExt, path::PathBuf, thread, time::Duration};

use crate::threads;

/// Time between two looks. A look is one system call, which also works on mounts that send no notifications.
const EVERY: Duration = Duration::from_secs(1);

/// State of a file, as far as a change of its content changes it. `None` if it cannot be found.
type Stamp = Option<(u64, u64, u64, i64, i64)>;

/// A file and its state at an earlier time.
#[derive(Debug)]
pub(crate) struct Watch {
    path: PathBuf,
    stamp: Stamp,
}

impl Watch {
    /// Takes the state of the file. Create it before the file is read, so that no change is missed.
    pub(crate) fn new(path: PathBuf) -> Self {
        let stamp = stamp(&path);
        Self { path, stamp }
    }

    /// Calls `changed` after each change, when the file has been the same in two looks: it may be written in
    /// parts.
    pub(crate) fn start(mut self, mut changed: impl FnMut() + Send + 'static) -> io::Result<()> {
        threads::spawn("sched-watch", move || {
            let mut last = self.stamp;
            loop {
                let now = stamp(&self.path);
                // A file that is gone for a moment is being replaced.
                if now.is_some() && now == last && now != self.stamp {
                    self.stamp = now;
                    changed();
                }
                last = now;
                thread::sleep(EVERY);
            }
        })?;
        Ok(())
    }
}

fn stamp(path: &PathBuf) -> Stamp {
    let file = fs::metadata(path).ok()?;
    let id = (file.dev(), file.ino());
    Some((id.0, id.1, file.size(), file.mtime(), file.mtime_nsec()))
}
