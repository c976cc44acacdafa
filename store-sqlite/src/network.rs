//! Refuses files on network file systems, on which SQLite cannot share a file between processes.

use std::path::Path;

use scheduler_core::store::StoreError;

/// File systems of other hosts, by the names of the Linux kernel.
const NETWORK: &[&str] = &[
    "afs",
    "ceph",
    "cifs",
    "fuse.glusterfs",
    "fuse.sshfs",
    "gpfs",
    "lustre",
    "nfs",
    "nfs4",
    "smb3",
    "smbfs",
];

/// Checks the file system of a folder, where the system lists them.
pub(crate) fn check(folder: &Path) -> Result<(), StoreError> {
    let Ok(folder) = folder.canonicalize() else {
        return Ok(());
    };
    let Ok(mounts) = std::fs::read_to_string("/proc/self/mountinfo") else {
        return Ok(());
    };
    match kind_of(&mounts, &folder) {
        Some(kind) if NETWORK.contains(&kind) => Err(StoreError::Unsuitable(format!(
            "the file is on a network file system ({kind}), on which SQLite cannot share it: move it to a local disk"
        ))),
        _ => Ok(()),
    }
}

/// Returns the kind of the file system that a folder is on: that of the mount with the longest path above it.
fn kind_of<'a>(mounts: &'a str, folder: &Path) -> Option<&'a str> {
    let mount = |line: &'a str| {
        let (mount, kind) = line.split_once(" - ")?;
        let point = unescaped(mount.split(' ').nth(4)?);
        Some((point, kind.split(' ').next()?))
    };
    let above = mounts
        .lines()
        .filter_map(mount)
        .filter(|(point, _)| folder.starts_with(point));
    // The last of equal paths hides the others.
    above
        .max_by_key(|(point, _)| point.len())
        .map(|(_, kind)| kind)
}

/// Returns a path of the list of mounts, in which spaces and the like are octal numbers.
fn unescaped(path: &str) -> String {
    [
        ("\\040", " "),
        ("\\011", "\t"),
        ("\\012", "\n"),
        ("\\134", "\\"),
    ]
    .into_iter()
    .fold(path.to_owned(), |path, (written, meant)| {
        path.replace(written, meant)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "21 1 8:1 / / rw - ext4 /dev/sda1 rw
30 21 0:4 / /srv rw shared:1 - nfs4 host:/export rw
31 30 0:5 / /srv/local\\040disk rw - xfs /dev/sdb1 rw";

    #[test]
    fn the_longest_mount_above_the_folder_counts() {
        for (folder, kind) in [
            ("/home", "ext4"),
            ("/srv", "nfs4"),
            ("/srv/jobs", "nfs4"),
            ("/srvx", "ext4"),
            ("/srv/local disk/jobs", "xfs"),
        ] {
            assert_eq!(kind_of(MOUNTS, Path::new(folder)), Some(kind), "{folder}");
        }
        assert_eq!(kind_of("", Path::new("/")), None);
    }
}
