#![doc = include_str!("../../README.md")]

/// Declares the pages whose code is run.
macro_rules! pages {
    ($($page:ident from $path:literal),* $(,)?) => {$(
        #[doc = include_str!($path)]
        pub mod $page {}
    )*};
}

pages! {
    migrating from "../../docs/guide/migrating.md",
    prove_your_backend from "../../docs/guide/prove-your-backend.md",
    scheduler_core_readme from "../../scheduler-core/README.md",
    scheduler_testing_readme from "../../scheduler-testing/README.md",
    testing from "../../docs/guide/testing.md",
    durable from "../../docs/guide/durable.md",
    troubleshooting from "../../docs/guide/troubleshooting.md",
    triggers from "../../docs/guide/triggers.md",
    tutorial from "../../docs/guide/tutorial.md",
}
