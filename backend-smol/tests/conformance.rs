//! The conformance suite on this backend.

/// The global executor, which nothing can end.
mod global {
    conformance_tests::conformance_suite!(conformance_tests::backend(
        backend_smol::SmolRuntime::global
    ));
}

/// An executor for each case, which ends with its guard.
mod given {
    use std::{num::NonZeroUsize, sync::Arc, thread};

    use backend_smol::SmolRuntime;
    use smol::{Executor, channel::Sender};

    fn driven() -> (SmolRuntime, Sender<()>) {
        let executor = Arc::new(Executor::new());
        let runtime = SmolRuntime::new(&executor).threads(NonZeroUsize::MIN);
        let (stop, stopped) = smol::channel::bounded(1);
        thread::spawn(move || smol::block_on(executor.run(stopped.recv())));
        (runtime, stop)
    }

    conformance_tests::conformance_suite!(conformance_tests::guarded_backend("smol", driven));
}
