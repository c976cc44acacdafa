//! [`Socket`]: the Unix socket, its permissions and its connections.

use std::{
    fs, io,
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    os::unix::{
        fs::FileTypeExt,
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rustix::{fs::Mode, process::umask};

use super::Control;
use crate::{console::visible_path, threads};

/// Maximum number of bytes of a request.
const LONGEST: u64 = 64 * 1024;

/// Maximum number of connections at a time. Further ones are closed.
const MOST: usize = 16;

/// Time limit of a connection without a request.
const SILENCE: Duration = Duration::from_secs(10);

/// A socket that is removed when it is dropped.
#[derive(Debug)]
pub(crate) struct Socket {
    path: PathBuf,
}

impl Socket {
    /// Creates the socket, readable and writable by its owner alone, and responds to requests.
    pub(crate) fn open(path: &Path, control: Control) -> io::Result<Self> {
        let name = visible_path(path);
        let listener = bind(path)
            .map_err(|error| io::Error::new(error.kind(), format!("the socket {name}: {error}")))?;
        let socket = Self {
            path: path.to_owned(),
        };
        threads::spawn("sched-socket", move || accept(&listener, &control))?;
        Ok(socket)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        fs::remove_file(&self.path).unwrap_or_default();
    }
}

/// Binds the path. A socket on which no process listens is left over, and replaced.
fn bind(path: &Path) -> io::Result<UnixListener> {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    if is_socket {
        match UnixStream::connect(path) {
            Ok(_) => {
                let text = "another sched uses it";
                return Err(io::Error::new(ErrorKind::AddrInUse, text));
            }
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => fs::remove_file(path)?,
            Err(error) => return Err(error),
        }
    }
    // The mask applies when the file is created: bits that are removed later leave a moment for others.
    let mask = umask(Mode::from_raw_mode(0o177));
    let listener = UnixListener::bind(path);
    umask(mask);
    listener
}

fn accept(listener: &UnixListener, control: &Control) {
    let open = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        let Ok(stream) = stream else {
            // Too many open files, which can pass.
            std::thread::sleep(Duration::from_millis(100));
            continue;
        };
        if open.fetch_add(1, Ordering::SeqCst) >= MOST {
            open.fetch_sub(1, Ordering::SeqCst);
            continue;
        }
        let (control, counter) = (control.clone(), Arc::clone(&open));
        let started = threads::spawn("sched-question", move || {
            // The other end has gone.
            talk(&stream, &control).unwrap_or_default();
            counter.fetch_sub(1, Ordering::SeqCst);
        });
        if started.is_err() {
            open.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// Responds to each line until the other end closes the connection.
fn talk(stream: &UnixStream, control: &Control) -> io::Result<()> {
    stream.set_read_timeout(Some(SILENCE))?;
    stream.set_write_timeout(Some(SILENCE))?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        let read = reader.by_ref().take(LONGEST).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(());
        }
        let response = control.respond(&line).to_string() + "\n";
        let mut writer = stream;
        writer.write_all(response.as_bytes())?;
        if line.last() != Some(&b'\n') {
            return Ok(());
        }
    }
}
