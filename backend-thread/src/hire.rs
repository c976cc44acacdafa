//! Threads, which the operating system may refuse.

use std::io;

use crate::primitives::thread;

/// Starts a thread of that name.
///
/// # Errors
///
/// The operating system's.
pub(crate) fn hire(name: &str, life: impl FnOnce() + Send + 'static) -> io::Result<()> {
    #[cfg(test)]
    tests::refused()?;
    let thread = thread::Builder::new().name(name.into());
    thread.spawn(life).map(drop)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::{cell::RefCell, io};

    /// What the error says of a thread that was refused.
    pub(crate) const REFUSED: &str = "as many threads as there may be";

    thread_local! {
        /// What happens before the next thread that is asked for here is refused.
        static REFUSAL: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
    }

    /// The next thread that this one asks for is refused, after something else has happened.
    pub(crate) fn refuse_next(meanwhile: impl FnOnce() + 'static) {
        REFUSAL.set(Some(Box::new(meanwhile)));
    }

    pub(super) fn refused() -> io::Result<()> {
        let Some(meanwhile) = REFUSAL.take() else {
            return Ok(());
        };
        meanwhile();
        Err(io::Error::other(REFUSED))
    }
}
