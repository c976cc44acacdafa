//! Checks whether the system provides threads, before an executor relies on them.

use std::{
    io,
    sync::{Mutex, PoisonError},
    thread,
};

use crate::SpawnError;

/// Checks that the system provides `count` threads at the same time, by starting and ending them.
///
/// Use it for a runtime over an executor that panics or aborts the process when it gets no thread. The
/// result may be outdated when the executor starts its own threads.
///
/// # Errors
///
/// [`SpawnError::Failed`] with the refusal of the operating system.
///
/// ```
/// scheduler_core::implement::check_threads(1)?;
/// # Ok::<(), scheduler_core::runtime::SpawnError>(())
/// ```
#[allow(
    clippy::disallowed_methods,
    reason = "it is asked in the name of a runtime, which starts as many"
)]
pub fn check_threads(count: usize) -> Result<(), SpawnError> {
    let gate = Mutex::new(());
    let wait = || drop(gate.lock().unwrap_or_else(PoisonError::into_inner));
    let started = thread::scope(|scope| {
        // No thread ends before all have started.
        let _closed = gate.lock().unwrap_or_else(PoisonError::into_inner);
        let start = |_| {
            let thread = thread::Builder::new().name("scheduler-check".into());
            thread.spawn_scoped(scope, wait).map(drop)
        };
        (0..count).try_for_each(start)
    });
    started.map_err(|error: io::Error| SpawnError::failed(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_threads_can_be_had() {
        for count in [0, 1, 5] {
            assert!(check_threads(count).is_ok());
        }
    }
}
