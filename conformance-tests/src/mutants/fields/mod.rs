//! Flaws of single fields: each field of each returned value and event is wrong in each of its
//! ways, one at a time.
//!
//! These flaws are made from the types, so they have no numbers. Each runs against the cases that
//! read the value, until one of them detects it.

mod backfills;
mod flaw;
mod known;
mod list;
mod reader;
mod run;
mod spoil;
mod teller;

pub use self::run::{FieldFlaws, put_fields_to_the_test};
use super::twist::Twist;

/// Creates the flaw with this name.
///
/// # Panics
///
/// If no flaw has this name.
pub(super) fn wrong_in(name: &str) -> impl Twist {
    let flaw = flaw::all().into_iter().find(|flaw| flaw.name == name);
    teller::Teller::wrong_in(std::sync::Arc::new(flaw.expect("the flaw exists")))
}
