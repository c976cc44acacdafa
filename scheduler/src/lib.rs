#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod prelude;

#[cfg(feature = "async-std")]
#[doc(inline)]
pub use backend_async_std as async_std;
#[cfg(feature = "smol")]
#[doc(inline)]
pub use backend_smol as smol;
#[cfg(feature = "thread")]
#[doc(inline)]
pub use backend_thread as thread;
#[cfg(feature = "tokio")]
#[doc(inline)]
pub use backend_tokio as tokio;
/// Re-exported because instants of triggers and events have its types.
#[doc(no_inline)]
pub use chrono;
#[doc(inline)]
pub use scheduler_core::*;
#[cfg(feature = "testing")]
#[doc(inline)]
pub use scheduler_testing as testing;
