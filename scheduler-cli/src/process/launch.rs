//! Starts the shell of a command.

use std::{
    env, fs, io,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Stdio},
};

use rustix::fs::{Access, access};

use super::helper;
use crate::{
    crontab::{Entry, Environment, User},
    notify,
};

/// Starts the shell of an entry in a process group of its own, with pipes for its output and its input.
pub(super) fn launch(entry: &Entry) -> io::Result<Child> {
    let shell = shell(&entry.environment);
    let user = entry.user.as_ref();
    let home = entry.environment.get("HOME").or_else(|| user.map(home));
    check(&shell, home)?;
    let mut call = helper::call(&shell, &entry.command, user)?;
    if let Some(user) = user {
        call.env("HOME", home.unwrap_or("/"));
        call.envs([("LOGNAME", &user.name), ("USER", &user.name)]);
    }
    for name in notify::VARIABLES {
        call.env_remove(name);
    }
    let settings = entry.environment.settings().iter();
    call.envs(settings.map(|(name, value)| (name, value)));
    if let Some(home) = home {
        call.current_dir(home);
    }
    let input = entry.input.as_ref();
    call.process_group(0)
        .stdin(input.map_or_else(Stdio::null, |_| Stdio::piped()))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| cannot_run(&shell, &error))
}

/// Returns the directory of a user, or the root directory if that cannot be entered, as cron does.
fn home(user: &User) -> &str {
    match fs::metadata(Path::new(&user.home).join(".")) {
        Ok(_) => &user.home,
        Err(_) => "/",
    }
}

/// Returns the shell of the crontab, or else of the environment, or else `/bin/sh`.
fn shell(environment: &Environment) -> String {
    let outer = || env::var("SHELL").ok().filter(|shell| !shell.is_empty());
    let inner = environment.get("SHELL").map(str::to_owned);
    inner.or_else(outer).unwrap_or_else(|| "/bin/sh".to_owned())
}

/// Checks the directory and the shell, because the error of the system does not say which of them is missing.
fn check(shell: &str, home: Option<&str>) -> io::Result<()> {
    if let Some(home) = home {
        let entered = fs::metadata(Path::new(home).join("."));
        entered.map_err(|error| {
            let text = format!("the directory HOME={home:?} cannot be entered: {error}");
            io::Error::new(error.kind(), text)
        })?;
    }
    // A name without a slash is looked for in PATH.
    if shell.contains('/') {
        let path = Path::new(home.unwrap_or(".")).join(shell);
        let executable = access(&path, Access::EXEC_OK);
        executable.map_err(|error| cannot_run(shell, &error.into()))?;
    }
    Ok(())
}

fn cannot_run(shell: &str, error: &io::Error) -> io::Error {
    let text = format!("the shell {shell:?} cannot be run: {error}");
    io::Error::new(error.kind(), text)
}
