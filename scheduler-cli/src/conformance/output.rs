//! A report in each of its formats.

use std::{fs, io::IsTerminal, path::Path};

use conformance_tests::{Report, Screen};

use super::{Arguments, Format, Misuse};
use crate::console::{has_colour, show, width};

/// Prints the report as it was asked for, and writes it into the directory if there is one.
pub(super) fn put(report: &Report, arguments: &Arguments) -> Result<(), Misuse> {
    let text = match arguments.format {
        Format::Matrix => report.matrix_for(screen(arguments)),
        format => formatted(report, format),
    };
    show(&text);
    match &arguments.out {
        Some(directory) => write_all(report, directory)
            .map_err(|error| format!("{}: {error}", directory.display())),
        None => Ok(()),
    }
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
        Format::Json => format!("{:#}\n", report.json()),
        Format::Junit => report.junit(),
        Format::Html => report.html(),
        Format::Badge => report.badge(),
        Format::BadgeJson => format!("{:#}\n", report.badge_json()),
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

fn write_all(report: &Report, directory: &Path) -> std::io::Result<()> {
    fs::create_dir_all(directory)?;
    FILES
        .iter()
        .try_for_each(|(name, format)| fs::write(directory.join(name), formatted(report, *format)))
}
