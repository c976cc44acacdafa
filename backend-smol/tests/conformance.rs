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
    use conformance_tests::{Backend, Harness};
    use smol::Executor;

    struct Given;

    impl Backend for Given {
        fn name(&self) -> String {
            "smol".into()
        }

        fn harness(&self) -> Harness {
            let executor = Arc::new(Executor::new());
            let runtime = SmolRuntime::new(&executor).threads(NonZeroUsize::MIN);
            let (stop, stopped) = smol::channel::bounded::<()>(1);
            thread::spawn(move || smol::block_on(executor.run(stopped.recv())));
            Harness {
                runtime: Arc::new(runtime),
                guard: Box::new(stop),
            }
        }

        fn stops_with_its_guard(&self) -> bool {
            true
        }
    }

    conformance_tests::conformance_suite!(Given);
}
