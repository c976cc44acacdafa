//! The helper: `sched` re-executes itself as the process that becomes the shell of a command.
//!
//! It asks the system to kill it when the supervisor ends, even by SIGKILL. The request survives the exec of
//! the shell, but no fork: it covers the shell only.

use std::{
    ffi::{OsStr, OsString},
    io::{Write, stderr},
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, ExitCode},
};

use rustix::process::{Pid, Signal, getpid, getppid};

/// First argument of the helper. No command of `sched` has such a name.
const MARK: &str = "--become-shell";

/// The program of this process, even if its file has been replaced.
const THIS: &str = "/proc/self/exe";

/// Exit code of a shell that cannot be executed, as shells use it.
const CANNOT_EXECUTE: u8 = 126;

/// Returns a call of the shell, through the helper if the system can kill it with this process.
pub(super) fn call(shell: &str, command: &str) -> Command {
    if !cfg!(target_os = "linux") || !Path::new(THIS).exists() {
        let mut call = Command::new(shell);
        call.arg("-c").arg(command);
        return call;
    }
    let mut call = Command::new(THIS);
    let parent = getpid().as_raw_nonzero().to_string();
    call.arg0("sched").args([MARK, &parent, shell, command]);
    call
}

/// Executes the shell if these are the arguments of a helper. Returns an exit code only if that failed.
pub(crate) fn become_shell(arguments: &[OsString]) -> Option<ExitCode> {
    let [_, mark, parent, shell, command] = arguments else {
        return None;
    };
    if mark != MARK {
        return None;
    }
    if !dies_with(parent) {
        // The supervisor ended before the request: its commands end too.
        return Some(ExitCode::FAILURE);
    }
    let error = Command::new(shell).arg("-c").arg(command).exec();
    let line = format!("sched: the shell {shell:?} cannot be run: {error}");
    writeln!(stderr(), "{line}").unwrap_or_default();
    Some(ExitCode::from(CANNOT_EXECUTE))
}

/// Requests SIGKILL at the end of the parent. Returns whether the parent still exists.
fn dies_with(parent: &OsStr) -> bool {
    #[cfg(target_os = "linux")]
    // A system that refuses it runs commands without it.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).unwrap_or_default();
    // In that order: a parent that ended before the request sends no signal.
    let pid = getppid().map(|pid: Pid| pid.as_raw_nonzero().to_string());
    pid.as_deref().map(OsStr::new) == Some(parent)
}

/// Makes orphans of commands children of this process, so that no zombies are left where the first process
/// of a container does not reap them.
pub(super) fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    // A system that refuses it leaves orphans to its first process.
    rustix::process::set_child_subreaper(Some(getpid())).unwrap_or_default();
}
