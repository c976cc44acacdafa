//! The program, as its users run it.

mod again;
mod check;
mod conformance;
mod control;
mod crontab;
mod files;
mod help;
mod log;
mod notify;
mod out;
mod ping;
mod policies;
mod processes;
mod program;
mod reload;
mod run;
mod selection;
mod signals;
mod stall;
mod state;
mod system;
mod table;
