//! Cases that supercronic and cronie document or test, run with the program. docs/internals/other-crons.md lists all of them.

mod lines;
mod listed;
mod times;
