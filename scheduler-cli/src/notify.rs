//! Notifications for systemd: `Type=notify` and the watchdog.
//!
//! The protocol is a datagram to the socket in `NOTIFY_SOCKET`. It needs no library.

use std::{
    env,
    ffi::OsStr,
    io,
    os::unix::{
        ffi::OsStrExt,
        net::{SocketAddr, UnixDatagram},
    },
    process,
    sync::Arc,
    time::Duration,
};

use scheduler_core::{Scheduler, State};

use crate::{log::Log, threads};

/// The variables of the protocol. Commands do not get them: they are addressed to this process.
pub(crate) const VARIABLES: [&str; 3] = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

/// The service manager, if one started this process and wants to be notified.
#[derive(Debug, Clone)]
pub(crate) struct Notify(Option<Arc<Socket>>);

#[derive(Debug)]
struct Socket {
    socket: UnixDatagram,
    address: SocketAddr,
    log: Log,
}

impl Notify {
    /// Finds the service manager in the environment.
    pub(crate) fn new(log: &Log) -> io::Result<Self> {
        let Some(path) = env::var_os(VARIABLES[0]).filter(|path| !path.is_empty()) else {
            return Ok(Self(None));
        };
        let address = address(&path).map_err(|error| {
            io::Error::new(error.kind(), format!("NOTIFY_SOCKET {path:?}: {error}"))
        })?;
        Ok(Self(Some(Arc::new(Socket {
            socket: UnixDatagram::unbound()?,
            address,
            log: log.clone(),
        }))))
    }

    pub(crate) fn ready(&self) {
        self.send("READY=1");
    }

    pub(crate) fn stopping(&self) {
        self.send("STOPPING=1");
    }

    /// Feeds the watchdog, if the service manager has one. The driver ends each sleep, so the watchdog starves if
    /// the driver no longer works.
    pub(crate) fn feed(&self, scheduler: Arc<dyn Scheduler>) -> io::Result<()> {
        let Some(limit) = limit().filter(|_| self.0.is_some()) else {
            return Ok(());
        };
        let notify = self.clone();
        threads::spawn("sched-watchdog", move || {
            while scheduler.state() != State::ShutDown {
                notify.send("WATCHDOG=1");
                // Half of the limit, as systemd recommends.
                smol::block_on(scheduler.sleep(limit / 2));
            }
        })?;
        Ok(())
    }

    fn send(&self, text: &str) {
        let Some(socket) = &self.0 else {
            return;
        };
        let Socket {
            socket,
            address,
            log,
        } = &**socket;
        if let Err(error) = socket.send_to_addr(text.as_bytes(), address) {
            log.note(format_args!(
                "{text} could not be sent to NOTIFY_SOCKET: {error}"
            ));
        }
    }
}

/// Returns the address of a path. A name that begins with @ is in the abstract name space.
#[cfg(target_os = "linux")]
fn address(path: &OsStr) -> io::Result<SocketAddr> {
    use std::os::linux::net::SocketAddrExt;

    match path.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(path),
    }
}

/// Returns the address of a path.
#[cfg(not(target_os = "linux"))]
fn address(path: &OsStr) -> io::Result<SocketAddr> {
    SocketAddr::from_pathname(path)
}

/// Returns the time limit of the watchdog, if it is for this process.
fn limit() -> Option<Duration> {
    let number = |name: &str| env::var(name).ok()?.parse::<u64>().ok();
    let is_other = number(VARIABLES[2]).is_some_and(|id| id != u64::from(process::id()));
    let limit = number(VARIABLES[1]).filter(|limit| *limit > 0 && !is_other)?;
    Some(Duration::from_micros(limit))
}
