#![doc = include_str!("../../README.md")]

#[doc = include_str!("../../docs/guide/migrating.md")]
pub mod migrating {}
