//! The program, as its users run it.

mod again;
mod conformance;
mod crontab;
mod help;
mod out;
mod program;
mod run;
