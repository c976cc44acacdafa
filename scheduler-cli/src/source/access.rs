//! Checks who can write to a crontab, before its commands run.
//!
//! cron refuses a system crontab of another owner, and any that the group or others can write to. Mounts of
//! containers meet the first rule without being unsafe: a file of the host keeps its owner. So the owner counts for
//! `--system` alone, which runs commands as any user. What can be written by others is always refused, unless its
//! file system is mounted read-only, so that no user here can write to it.

use std::{fs::File, io, os::unix::fs::MetadataExt};

use rustix::{
    fs::{StatVfsMountFlags, fstatvfs},
    process::geteuid,
};

use crate::crontab::Layout;

/// Write permission of the group and of all others.
const WRITE_OF_OTHERS: u32 = 0o022;

/// Refuses a file that users other than root can write to, if this process is root. Returns a warning about one
/// that another user owns.
pub(super) fn check(file: &File, layout: Layout) -> io::Result<Option<String>> {
    // The open file is checked, because its path can lead to another one a moment later.
    let metadata = file.metadata()?;
    if !geteuid().is_root() || !metadata.is_file() || is_read_only(file) {
        return Ok(None);
    }
    let owner = metadata.uid();
    if metadata.mode() & WRITE_OF_OTHERS != 0 {
        let message = "group or others can write to it, and its commands would run as root; \
             remove the permission with `chmod go-w`, or mount it read-only";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
    }
    let text = format!("user {owner} owns it, and its commands run as root");
    match (owner, layout) {
        (0, _) => Ok(None),
        (_, Layout::Own) => Ok(Some(text)),
        (_, Layout::System) => {
            let message =
                format!("{text}; change the owner with `chown root`, or mount it read-only");
            Err(io::Error::new(io::ErrorKind::PermissionDenied, message))
        }
    }
}

/// Returns whether the file is on a file system that is mounted read-only.
fn is_read_only(file: &File) -> bool {
    fstatvfs(file).is_ok_and(|system| system.f_flag.contains(StatVfsMountFlags::RDONLY))
}
