//! The models are put to the test: each flaw is put into a copy of the sources, and the model that is
//! about it has to fail.

#![cfg(loom)]

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A flaw of a source: in `file`, `sound` is replaced by `flawed`; `model` has to fail.
struct Flaw {
    file: &'static str,
    sound: &'static str,
    flawed: &'static str,
    model: &'static str,
}

const fn flaw(
    file: &'static str,
    sound: &'static str,
    flawed: &'static str,
    model: &'static str,
) -> Flaw {
    Flaw {
        file,
        sound,
        flawed,
        model,
    }
}

const TASK: &str = "backend-thread/src/task.rs";
const POOL: &str = "backend-thread/src/pool.rs";
const CREW: &str = "backend-thread/src/crew.rs";

const FLAWS: &[Flaw] = &[
    // Whoever closes leaves the future to the poll that is going on, which leaves it to nobody.
    flaw(
        TASK,
        "        self.state.store(OVER, Ordering::SeqCst);\n        self.destroy();\n",
        "        if answer.is_ready() {\n            self.destroy();\n        }\n",
        "a_task_that_is_woken_while_its_pool_closes_is_dropped",
    ),
    // A task that is woken during its poll goes on as if nothing had closed.
    flaw(
        TASK,
        "            if self.change(WOKEN, QUEUED) {\n                return Polled::Again;\n            }\n",
        "            self.state.store(QUEUED, Ordering::SeqCst);\n            return Polled::Again;\n",
        "a_task_that_is_woken_while_its_pool_closes_is_dropped",
    ),
    // A wake during the poll is forgotten.
    flaw(
        TASK,
        "            if self.change(POLLING, WOKEN) {\n",
        "            if self.state.load(Ordering::SeqCst) == POLLING {\n",
        "a_task_that_is_woken_while_it_is_polled_is_polled_again",
    ),
    // The pool leaves its tasks alone when it closes.
    flaw(
        POOL,
        "            task.abort();\n",
        "            drop(task);\n",
        "what_a_closed_pool_holds_is_dropped",
    ),
    // Nobody is told of the last task.
    flaw(
        POOL,
        "        if last {\n            self.work.notify_all();\n        }\n",
        "",
        "every_task_runs_and_the_workers_end",
    ),
    // A wake starts no worker.
    flaw(
        POOL,
        "            drop(self.push(state, task));\n",
        "            let mut state = state;\n            state.ready.push_back(task);\n            drop(state);\n            self.work.notify_one();\n",
        "tasks_that_are_woken_wait_for_no_other_while_there_may_be_workers",
    ),
    // A thread that waits is taken for one that is free, however much waits for it.
    flaw(
        CREW,
        "        let wanted = work.saturating_sub(self.idle + self.coming);\n",
        "        let wanted = work * usize::from(self.idle + self.coming == 0);\n",
        "work_that_blocks_waits_for_no_other_while_there_may_be_threads",
    ),
    // A change that comes between the look and the wait is missed.
    flaw(
        "scheduler-core/src/signal.rs",
        "            listener!(self.event => changed);\n            if let Some(found) = look() {\n                return found;\n            }\n",
        "            if let Some(found) = look() {\n                return found;\n            }\n            listener!(self.event => changed);\n",
        "a_change_wakes_who_waits_for_it",
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (entry, to) = (entry?.path(), to.to_owned());
        let name = entry.file_name().expect("an entry has a name");
        if entry.is_dir() {
            copy(&entry, &to.join(name))?;
        } else {
            fs::copy(&entry, to.join(name))?;
        }
    }
    Ok(())
}

/// The sources that the models are compiled of, and the models, in a place of their own.
fn copied() -> PathBuf {
    let tree = Path::new(env!("CARGO_TARGET_TMPDIR")).join("flaws");
    if tree.exists() {
        fs::remove_dir_all(&tree).expect("an old copy goes");
    }
    for part in [
        "models/src",
        "models/tests",
        "scheduler-core/src",
        "backend-thread/src",
    ] {
        copy(&root().join(part), &tree.join(part)).expect("sources can be copied");
    }
    for part in ["models/Cargo.toml", "models/Cargo.lock"] {
        fs::copy(root().join(part), tree.join(part)).expect("sources can be copied");
    }
    tree
}

fn run(tree: &Path, model: &str) -> Output {
    Command::new(env!("CARGO"))
        .args(["test", "--release", "--locked", "--manifest-path"])
        .arg(tree.join("models/Cargo.toml"))
        .arg("--target-dir")
        .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("flaws-target"))
        .args(["--test", "models", "--", "--exact", model])
        .output()
        .expect("cargo runs")
}

/// Whether the model failed; a flaw that does not compile proves nothing.
fn fails(output: &Output) -> bool {
    let said = String::from_utf8_lossy(&output.stdout);
    let ran = said.contains("running 1 test");
    assert!(ran, "{}", String::from_utf8_lossy(&output.stderr));
    !output.status.success()
}

#[test]
fn every_flaw_makes_the_model_fail_that_is_about_it() {
    let tree = copied();
    let mut unnoticed = Vec::new();
    for (number, flaw) in FLAWS.iter().enumerate() {
        let source = fs::read_to_string(root().join(flaw.file)).expect("a source");
        let found = source.matches(flaw.sound).count();
        assert_eq!(
            found, 1,
            "flaw {number} is to be in one place: {}",
            flaw.sound
        );
        let flawed = source.replace(flaw.sound, flaw.flawed);
        fs::write(tree.join(flaw.file), flawed).expect("the copy can be written");
        if !fails(&run(&tree, flaw.model)) {
            unnoticed.push((number, flaw.model));
        }
        fs::write(tree.join(flaw.file), source).expect("the copy can be written");
    }
    assert!(unnoticed.is_empty(), "{unnoticed:?}");
}
