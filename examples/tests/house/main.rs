//! Tests of the sources themselves: their language.
#![forbid(unsafe_code)]

mod exhaustive;
mod idioms;
mod prose;
mod sources;
