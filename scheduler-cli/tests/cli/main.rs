//! The program, as its users run it.

mod again;
mod conformance;
mod help;
mod program;
mod run;
