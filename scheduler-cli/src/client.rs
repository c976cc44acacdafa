//! `sched status`, `why`, `history`, `pause`, `resume`, `run-now` and `health`: calls to a running `sched`.

use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::{
    console::{complain, show, visible_path},
    control::Request,
};

/// The variable that names the socket for `sched run` and for calls.
pub(crate) const VARIABLE: &str = "SCHED_SOCKET";

/// Time limit of a response.
const LIMIT: Duration = Duration::from_secs(10);

/// Arguments of all calls.
#[derive(Debug, Args)]
struct Call {
    /// The socket of sched run --socket. The default is the environment variable SCHED_SOCKET.
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// Text for people, or the JSON of the response.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Shows the entries and the runs of a running sched.
#[derive(Debug, Args)]
#[command(after_long_help = CODES)]
pub(crate) struct Status {
    #[command(flatten)]
    call: Call,
}

/// Exits with 0 if nothing that is due is undecided in a running sched.
///
/// For health checks of containers: HEALTHCHECK CMD ["sched", "health"].
#[derive(Debug, Args)]
#[command(after_long_help = CODES)]
pub(crate) struct Health {
    #[command(flatten)]
    call: Call,
}

/// Shows what was decided about the last instants of an entry.
#[derive(Debug, Args)]
#[command(after_long_help = CODES)]
pub(crate) struct History {
    /// The id of the entry, as in the log.
    id: String,
    #[command(flatten)]
    call: Call,
}

/// Shows why an entry ran, or did not run, at an instant.
#[derive(Debug, Args)]
#[command(after_long_help = CODES)]
pub(crate) struct Why {
    /// The id of the entry, as in the log.
    id: String,
    /// The instant: 2026-03-01T09:00:00 in the zone of the entry, or with an offset.
    time: String,
    #[command(flatten)]
    call: Call,
}

/// An order about an entry.
#[derive(Debug, Args)]
#[command(after_long_help = CODES)]
pub(crate) struct Order {
    /// The id of the entry, as in the log.
    id: String,
    /// The reason, for the log and for sched status.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    call: Call,
}

const CODES: &str = "\
Examples:
  SCHED_SOCKET=/run/sched.sock sched status
  sched why backup 2026-03-01T03:00:00 --socket /run/sched.sock
  sched pause backup --reason \"the disk is full\"

Exit code:
  0  done; sched health: healthy
  1  refused by the running sched; sched health: not healthy
  2  there is no running sched at the socket, or the call is wrong";

pub(crate) fn status(Status { call }: Status) -> ExitCode {
    call.send(&Request::Status {})
}

pub(crate) fn health(Health { call }: Health) -> ExitCode {
    call.send(&Request::Health {})
}

pub(crate) fn history(History { id, call }: History) -> ExitCode {
    call.send(&Request::History { id })
}

pub(crate) fn why(Why { id, time, call }: Why) -> ExitCode {
    call.send(&Request::Why { id, time })
}

pub(crate) fn pause(Order { id, reason, call }: Order) -> ExitCode {
    call.send(&Request::Pause { id, reason })
}

pub(crate) fn resume(Order { id, reason, call }: Order) -> ExitCode {
    call.send(&Request::Resume { id, reason })
}

pub(crate) fn run_now(Order { id, reason, call }: Order) -> ExitCode {
    call.send(&Request::RunNow { id, reason })
}

/// Returns the socket that the environment names.
pub(crate) fn socket_of_environment() -> Option<PathBuf> {
    env::var_os(VARIABLE)
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
}

impl Call {
    fn send(self, request: &Request) -> ExitCode {
        let Some(path) = self.socket.or_else(socket_of_environment) else {
            complain(format_args!(
                "sched: no socket: name it with --socket or {VARIABLE}"
            ));
            return ExitCode::from(2);
        };
        let response = match ask(&path, request) {
            Ok(response) => response,
            Err(error) => {
                complain(format_args!(
                    "sched: the socket {}: {error}",
                    visible_path(&path)
                ));
                return ExitCode::from(2);
            }
        };
        if let Some(error) = response.get("error").and_then(Value::as_str) {
            complain(format_args!("sched: {error}"));
            return ExitCode::FAILURE;
        }
        let ok = &response["ok"];
        let text = match self.format {
            Format::Json => format!("{ok}\n"),
            Format::Text => format!("{}\n", ok["text"].as_str().unwrap_or_default().trim_end()),
        };
        match show(&text) {
            Ok(()) if ok["healthy"] == false => ExitCode::FAILURE,
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                complain(format_args!("sched: standard output: {error}"));
                ExitCode::from(2)
            }
        }
    }
}

fn ask(path: &PathBuf, request: &Request) -> io::Result<Value> {
    let stream = UnixStream::connect(path)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    let line = serde_json::to_string(request)? + "\n";
    (&stream).write_all(line.as_bytes())?;
    let mut response = String::new();
    BufReader::new(&stream).read_line(&mut response)?;
    if response.is_empty() {
        let text = "the connection was closed without a response";
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, text));
    }
    Ok(serde_json::from_str(&response)?)
}
