//! Prints and writes a report in its formats.

use std::{fs, io::IsTerminal, path::Path};

use conformance_tests::{Report, Screen};

use super::{Arguments, Format, Stop};
use crate::console::{has_colour, show, width};

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
    screen.columns = width();
    screen.colour = has_colour(std::io::stdout().is_terminal());
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
        let written = fs::write(file, formatted(report, *format));
        written.map_err(|error| Stop::Unwritten(format!("{}: {error}", file.display())))
    })
}
