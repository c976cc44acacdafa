//! Watches the crontabs for changes.

use std::{fs, io, os::unix::fs::MetadataExt, path::PathBuf, thread, time::Duration};

use crate::{source::Source, threads};

/// Time between two looks. A look is a few system calls, which also work on mounts that send no notifications.
const EVERY: Duration = Duration::from_secs(1);

/// State of the files, as far as a change of their content changes it. `None` if one cannot be found.
type Stamp = Option<Vec<(PathBuf, [i128; 5])>>;

/// Crontabs and their state at an earlier time.
#[derive(Debug)]
pub(crate) struct Watch {
    source: Source,
    stamp: Stamp,
}

impl Watch {
    /// Takes the state of the files. Create it before they are read, so that no change is missed.
    pub(crate) fn new(source: Source) -> Self {
        let stamp = stamp(&source);
        Self { source, stamp }
    }

    /// Calls `changed` after each change, when the files have been the same in two looks: they may be written in
    /// parts.
    pub(crate) fn start(mut self, mut changed: impl FnMut() + Send + 'static) -> io::Result<()> {
        threads::spawn("sched-watch", move || {
            let mut last = self.stamp.clone();
            loop {
                let now = stamp(&self.source);
                // A file that is gone for a moment is being replaced.
                if now.is_some() && now == last && now != self.stamp {
                    self.stamp.clone_from(&now);
                    changed();
                }
                last = now;
                thread::sleep(EVERY);
            }
        })?;
        Ok(())
    }
}

fn stamp(source: &Source) -> Stamp {
    let state = |path: PathBuf| {
        let file = fs::metadata(&path).ok()?;
        let (device, node) = (file.dev().into(), file.ino().into());
        let (size, time) = (file.size().into(), file.mtime().into());
        Some((path, [device, node, size, time, file.mtime_nsec().into()]))
    };
    source.files().ok()?.into_iter().map(state).collect()
}
