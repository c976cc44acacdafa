//! Reads a crontab from a file or from standard input.

use std::{
    fs::{File, Metadata},
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::Path,
};

use rustix::process::geteuid;

/// Write permission of the group and of all others.
const WRITE_OF_OTHERS: u32 = 0o022;

/// Returns the text of a crontab. `-` is standard input.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    if path.as_os_str() == "-" {
        io::stdin().read_to_end(&mut text)?;
        return Ok(text);
    }
    let mut file = File::open(path)?;
    // The open file is checked, because its path can lead to another one a moment later.
    let metadata = file.metadata()?;
    if geteuid().is_root() && metadata.is_file() {
        refuse_others(&metadata)?;
    }
    file.read_to_end(&mut text)?;
    Ok(text)
}

/// Refuses a file that users other than root can write to, because its commands run as root.
fn refuse_others(metadata: &Metadata) -> io::Result<()> {
    let message = match (metadata.uid(), metadata.mode() & WRITE_OF_OTHERS) {
        (0, 0) => return Ok(()),
        (0, _) => "group or others can write to it, and its commands would run as root; \
             remove the permission with `chmod go-w`"
            .to_owned(),
        (owner, _) => format!(
            "user {owner} owns it, and its commands would run as root; \
             change the owner with `chown root`, or run `sched` as that user"
        ),
    };
    Err(io::Error::new(io::ErrorKind::PermissionDenied, message))
}
