//! Tests of the sources themselves: their language.
#![forbid(unsafe_code)]

mod idioms;
mod prose;
mod sources;
