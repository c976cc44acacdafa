//! The helper: `sched` re-executes itself as the process that takes the user of an entry and becomes its shell.
//!
//! It asks the system to kill it when the supervisor ends, even by SIGKILL. The request survives the exec of
//! the shell, but no fork: it covers the shell only.

use std::{
    ffi::{OsStr, OsString},
    io,
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, ExitCode},
};

use rustix::process::{Pid, Signal, getpid, getppid};

use crate::{console::complain, crontab::User};

/// First argument of the helper. No command of `sched` has such a name.
const MARK: &str = "--become-shell";

/// The program of this process, even if its file has been replaced.
const THIS: &str = "/proc/self/exe";

/// Exit code of a shell that cannot be executed, as shells use it.
const CANNOT_EXECUTE: u8 = 126;

/// Returns a call of the shell, through the helper if the system can kill it with this process, or if another
/// user runs it.
pub(super) fn call(shell: &str, command: &str, user: Option<&User>) -> io::Result<Command> {
    let user = user.filter(|user| !user.is_current());
    if cfg!(target_os = "linux") && Path::new(THIS).exists() {
        let mut call = Command::new(THIS);
        let parent = getpid().as_raw_nonzero().to_string();
        let user = user.map_or_else(String::new, credentials);
        call.arg0("sched")
            .args([MARK, &parent, &user, shell, command]);
        return Ok(call);
    }
    if user.is_some() {
        let text = "this system has no /proc, which is needed to run commands of other users";
        return Err(io::Error::new(io::ErrorKind::Unsupported, text));
    }
    let mut call = Command::new(shell);
    call.arg("-c").arg(command);
    Ok(call)
}

/// Executes the shell if these are the arguments of a helper. Returns an exit code only if that failed.
pub(crate) fn become_shell(arguments: &[OsString]) -> Option<ExitCode> {
    let [_, mark, parent, user, shell, command] = arguments else {
        return None;
    };
    if mark != MARK {
        return None;
    }
    // In that order: the system forgets the request of the death signal when the user changes.
    if let Err(error) = switch(&user.to_string_lossy()) {
        complain(format_args!("sched: the user cannot be switched: {error}"));
        return Some(ExitCode::from(CANNOT_EXECUTE));
    }
    if !dies_with(parent) {
        // The supervisor ended before the request: its commands end too.
        return Some(ExitCode::FAILURE);
    }
    let error = Command::new(shell).arg("-c").arg(command).exec();
    complain(format_args!(
        "sched: the shell {shell:?} cannot be run: {error}"
    ));
    Some(ExitCode::from(CANNOT_EXECUTE))
}

/// Formats the ids of a user and of the groups, the main one first.
fn credentials(user: &User) -> String {
    let others = user.groups.iter().filter(|group| **group != user.group);
    let ids = [user.id, user.group].into_iter().chain(others.copied());
    ids.map(|id| id.to_string()).collect::<Vec<_>>().join(",")
}

/// Switches to the user and the groups. The helper has one thread, so it switches the process.
#[cfg(target_os = "linux")]
fn switch(credentials: &str) -> io::Result<()> {
    use rustix::{
        process::{Gid, Uid},
        thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid},
    };
    if credentials.is_empty() {
        return Ok(());
    }
    let ids = credentials.split(',').map(str::parse);
    let ids: Result<Vec<u32>, _> = ids.collect();
    let ids = ids.map_err(|_| io::Error::other("invalid credentials"))?;
    let [user, groups @ ..] = &*ids else {
        return Err(io::Error::other("no user"));
    };
    let groups: Vec<_> = groups.iter().map(|id| Gid::from_raw(*id)).collect();
    let group = *groups.first().ok_or_else(|| io::Error::other("no group"))?;
    let user = Uid::from_raw(*user);
    // The user last: afterwards the process may not change its groups.
    set_thread_groups(&groups)?;
    set_thread_res_gid(group, group, group)?;
    Ok(set_thread_res_uid(user, user, user)?)
}

#[cfg(not(target_os = "linux"))]
fn switch(_: &str) -> io::Result<()> {
    Ok(())
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
