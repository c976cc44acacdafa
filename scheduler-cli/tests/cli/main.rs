//! The program, as its users run it.

#[cfg(feature = "suite")]
mod again;
mod check;
#[cfg(feature = "suite")]
mod conformance;
mod control;
mod convert;
mod crontab;
mod files;
mod help;
mod load;
mod log;
mod notify;
mod other_crons;
#[cfg(feature = "suite")]
mod out;
mod ping;
mod policies;
mod processes;
mod program;
mod reload;
mod run;
#[cfg(feature = "suite")]
mod selection;
mod signals;
mod stall;
mod state;
mod system;
mod table;
