//! Prints and writes a report in its formats.

use std::{
    fs::{self, File},
    io::{self, IsTerminal, Write},
    path::Path,
    process,
};

use conformance_tests::{Report, Screen};

use super::{Arguments, Format, Stop};
use crate::console::{has_colour, show};

/// Prints the report in the requested format, and writes all formats into the directory, if one was given.
pub(super) fn put(report: &Report, arguments: &Arguments) -> Result<(), Stop> {
    let text = match arguments.format {
        Format::Matrix => report.matrix_for(screen(arguments)),
        format => formatted(report, format),
    };
    show(&text)?;
    let mut directory = arguments.out.iter();
    directory.try_for_each(|directory| write_all(report, directory))
}

/// Creates the output directory before the run, so that an error is reported early.
pub(super) fn prepare(arguments: &Arguments) -> Result<(), Stop> {
    let mut directory = arguments.out.iter();
    directory.try_for_each(|directory| {
        let made = fs::create_dir_all(directory);
        made.map_err(|error| format!("--out {}: {error}", directory.display()).into())
    })
}

fn screen(arguments: &Arguments) -> Screen {
    let mut screen = Screen::default();
    screen.columns = super::width::columns();
    screen.colour = has_colour(io::stdout().is_terminal());
    screen.cases = arguments.cases;
    screen
}

fn formatted(report: &Report, format: Format) -> String {
    match format {
        Format::Matrix => report.matrix(),
        Format::Json => report.json_text(),
        Format::Junit => report.junit(),
        Format::Html => report.html(),
        Format::Badge => report.badge(),
        Format::BadgeJson => report.badge_json_text(),
    }
}

const FILES: [(&str, Format); 6] = [
    ("matrix.txt", Format::Matrix),
    ("report.json", Format::Json),
    ("junit.xml", Format::Junit),
    ("report.html", Format::Html),
    ("badge.svg", Format::Badge),
    ("badge.json", Format::BadgeJson),
];

fn write_all(report: &Report, directory: &Path) -> Result<(), Stop> {
    let files = FILES.map(|(name, format)| (directory.join(name), format));
    files.iter().try_for_each(|(file, format)| {
        let written = replace(file, formatted(report, *format).as_bytes());
        written.map_err(|error| Stop::Unwritten(format!("{}: {error}", file.display())))
    })
}

/// Replaces a file by a new one with this content. A link or a pipe with that name is replaced too: writing
/// into it would follow the link, or block until the pipe has a reader.
fn replace(file: &Path, content: &[u8]) -> io::Result<()> {
    let mut new = file.as_os_str().to_owned();
    new.push(format!(".new-{}", process::id()));
    let new = Path::new(&new);
    let written = File::create_new(new).and_then(|mut file| file.write_all(content));
    let replaced = written.and_then(|()| fs::rename(new, file));
    if replaced.is_err() {
        fs::remove_file(new).unwrap_or_default();
    }
    replaced
}
