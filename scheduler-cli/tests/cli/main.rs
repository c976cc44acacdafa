//! The program, as its users run it.

mod conformance;
mod program;
mod run;
