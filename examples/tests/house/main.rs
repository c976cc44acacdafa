//! Tests of the sources themselves: their language and their shape.
#![forbid(unsafe_code)]

mod exhaustive;
mod idioms;
mod length;
mod prose;
mod settings;
mod sources;
