//! `sched generate`: manual pages and completions, for packages.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::Shell;

use crate::console::complain;

/// Writes manual pages and completions into a directory.
///
/// The pages are man1/sched.1 and one for each command; the completions are those of bash, zsh and fish.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The directory, which is created.
    folder: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  sched generate target/share

Exit code:
  0  the files were written
  1  a file could not be written
  2  the call is wrong";

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match write(&arguments.folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(format_args!(
                "sched: {}: {error}",
                arguments.folder.display()
            ));
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> io::Result<()> {
    let pages = folder.join("man1");
    let completions = folder.join("completions");
    fs::create_dir_all(&pages)?;
    fs::create_dir_all(&completions)?;
    // It writes the packages of the program without itself.
    let command = crate::Arguments::command().mut_subcommand("generate", |own| own.hide(true));
    clap_mangen::generate_to(command.clone(), &pages)?;
    for shell in Shell::value_variants() {
        if matches!(shell, Shell::Bash | Shell::Zsh | Shell::Fish) {
            clap_complete::generate_to(*shell, &mut command.clone(), "sched", &completions)?;
        }
    }
    Ok(())
}
