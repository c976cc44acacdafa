//! Tests of the models: each flaw is put into a copy of the sources, and the named model must fail.

#![cfg(loom)]

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// A flaw: the file, the original text, its replacement, and the model that must detect it.
struct Flaw {
    file: &'static str,
    sound: &'static str,
    flawed: &'static str,
    model: &'static str,
}

const SIGNAL: &str = "scheduler-core/src/sync/signal.rs";
const DOOR: &str = "scheduler-core/src/sync/listener_gate.rs";
const GATE: &str = "scheduler-core/src/sync/gate.rs";
const ROOM: &str = "scheduler-core/src/sync/fair_queue.rs";
const CHANNEL: &str = "scheduler-core/src/event/channel.rs";
const TASK: &str = "backend-thread/src/task.rs";
const POOL: &str = "backend-thread/src/pool.rs";

const FLAWS: &[Flaw] = &[
    // A pause does not wait for jobs that are crossing the gate.
    Flaw {
        file: GATE,
        sound: "        while count(self.word.load(Ordering::Acquire), half) > 0 {",
        flawed: "        while half > u64::MAX / 2 {",
        model: "a_pause_waits_for_who_crosses_the_gate",
    },
    // A job that passes may see state from before the gate was closed.
    Flaw {
        file: GATE,
        sound: "self.word.fetch_or(0, Ordering::AcqRel)",
        flawed: "self.word.load(Ordering::Relaxed)",
        model: "nobody_passes_a_gate_that_is_known_to_be_closed",
    },
    // The thread that makes a change does not see the waiter.
    Flaw {
        file: SIGNAL,
        sound: "        fence(Ordering::SeqCst);\n        if",
        flawed: "        if",
        model: "a_change_wakes_who_waits_for_it",
    },
    // The waiter does not see the change.
    Flaw {
        file: SIGNAL,
        sound: "        destroy(replaced);\n        fence(Ordering::SeqCst);",
        flawed: "        destroy(replaced);",
        model: "a_change_wakes_who_waits_for_it",
    },
    Flaw {
        file: SIGNAL,
        sound: "            look().map_or(Poll::Pending, Poll::Ready)",
        flawed: "            Poll::Pending",
        model: "a_change_wakes_who_waits_for_it",
    },
    Flaw {
        file: SIGNAL,
        sound: "wakers.for_each(wake)",
        flawed: "wakers.take(1).for_each(wake)",
        model: "a_change_wakes_everybody_who_waits_for_it",
    },
    // A waiter that leaves removes all other waiters.
    Flaw {
        file: SIGNAL,
        sound: "waiting.remove(ticket)));",
        flawed: "waiting.take().last()));\n            let _ = ticket;",
        model: "who_stops_waiting_takes_nobody_along",
    },
    // A lock is held while wakers run.
    Flaw {
        file: SIGNAL,
        sound: "            let wakers = self.change(WakerList::take);\n            wakers.for_each(wake);",
        flawed: "            self.change(|waiting| waiting.take().for_each(wake));",
        model: "who_is_polled_by_the_one_who_wakes_sees_the_change",
    },
    Flaw {
        file: "scheduler-core/src/sync/waker_slot.rs",
        sound: "        if let Some(waker) = self.take() {",
        flawed: "        let mut known = self.lock();\n        if let Some(waker) = known.take() {",
        model: "a_reader_that_is_polled_by_the_one_who_wakes_reads",
    },
    Flaw {
        file: "scheduler-core/src/sync/alarm.rs",
        sound: "        self.is_rung.swap(true, Ordering::AcqRel);",
        flawed: "",
        model: "no_ring_is_forgotten_before_it_was_looked_at",
    },
    // A call begins while the listener is being removed, or continues after the removal.
    Flaw {
        file: DOOR,
        sound: "            if state.is_closed {\n                return;\n            }\n",
        flawed: "",
        model: "no_call_of_a_listener_outlasts_its_removal",
    },
    Flaw {
        file: DOOR,
        sound: "        self.lock().is_inside = false;\n        self.left.notify();",
        flawed: "        self.left.notify();\n        self.lock().is_inside = false;",
        model: "no_call_of_a_listener_outlasts_its_removal",
    },
    Flaw {
        file: ROOM,
        sound: "            self.turn.store(cx.waker());\n            look().map_or(Poll::Pending, Poll::Ready)",
        flawed: "            let found = look();\n            self.turn.store(cx.waker());\n            found.map_or(Poll::Pending, Poll::Ready)",
        model: "a_place_that_becomes_free_is_taken",
    },
    Flaw {
        file: ROOM,
        sound: "        self.turn.clear();\n        self.line.notify();",
        flawed: "        self.turn.clear();",
        model: "the_next_in_line_is_told_when_the_first_leaves",
    },
    Flaw {
        file: CHANNEL,
        sound: "            reading.0.store(cx.waker());\n            self.0.poll_next()",
        flawed: "            let next = self.0.poll_next();\n            reading.0.store(cx.waker());\n            next",
        model: "every_event_is_read_and_the_end_is_seen",
    },
    // The thread that closes leaves the future to the current poll, which never drops it.
    Flaw {
        file: TASK,
        sound: "        self.state.store(OVER, Ordering::SeqCst);\n        self.destroy();\n",
        flawed: "        if answer.is_ready() {\n            self.destroy();\n        }\n",
        model: "a_task_that_is_woken_while_its_pool_closes_is_dropped",
    },
    // A task that is woken during its poll continues as if nothing had closed.
    Flaw {
        file: TASK,
        sound: "            if self.change(WOKEN, QUEUED) {\n                return Polled::Again;\n            }\n",
        flawed: "            self.state.store(QUEUED, Ordering::SeqCst);\n            return Polled::Again;\n",
        model: "a_task_that_is_woken_while_its_pool_closes_is_dropped",
    },
    // A wake during the poll is lost.
    Flaw {
        file: TASK,
        sound: "            if self.change(POLLING, WOKEN) {\n",
        flawed: "            if self.state.load(Ordering::SeqCst) == POLLING {\n",
        model: "a_task_that_is_woken_while_it_is_polled_is_polled_again",
    },
    // The pool does not drop its tasks when it closes.
    Flaw {
        file: POOL,
        sound: "            task.abort();\n",
        flawed: "            drop(task);\n",
        model: "what_a_closed_pool_holds_is_dropped",
    },
    // The workers are not woken after the last task.
    Flaw {
        file: POOL,
        sound: "        if last {\n            self.work.notify_all();\n        }\n",
        flawed: "",
        model: "tasks_that_are_woken_wait_for_no_other_while_there_may_be_workers",
    },
    // A wake starts no worker.
    Flaw {
        file: POOL,
        sound: "            drop(self.push(state, task));\n",
        flawed: "            let mut state = state;\n            state.ready.push_back(task);\n            drop(state);\n            self.work.notify_one();\n",
        model: "tasks_that_are_woken_wait_for_no_other_while_there_may_be_workers",
    },
    // A thread that waits counts as idle, no matter how much work waits for it.
    Flaw {
        file: "backend-thread/src/thread_count.rs",
        sound: "        let wanted = work.saturating_sub(self.idle + self.coming);\n",
        flawed: "        let wanted = work * usize::from(self.idle + self.coming == 0);\n",
        model: "work_that_blocks_waits_for_no_other_while_there_may_be_threads",
    },
];

#[test]
fn every_flaw_is_noticed() {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutants");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let missed: Vec<_> = FLAWS
        .iter()
        .filter(|flaw| !flaw.is_noticed(&root, &place))
        .map(|flaw| format!("{} without {:?}", flaw.model, flaw.sound))
        .collect();
    assert!(missed.is_empty(), "nothing was noticed by {missed:#?}");
}

impl Flaw {
    fn is_noticed(&self, root: &Path, place: &Path) -> bool {
        for part in [
            "models/src",
            "models/tests",
            "scheduler-core/src",
            "backend-thread/src",
        ] {
            copy(&root.join(part), &place.join(part)).expect("the sources can be copied");
        }
        for part in ["models/Cargo.toml", "models/Cargo.lock"] {
            fs::copy(root.join(part), place.join(part)).expect("the manifest can be copied");
        }
        let file = place.join(self.file);
        let source = fs::read_to_string(&file).expect("it can be read");
        let places = source.matches(self.sound).count();
        assert_eq!(places, 1, "{} holds {:?} once", self.file, self.sound);
        fs::write(&file, source.replace(self.sound, self.flawed)).expect("it can be written");
        !self.holds(place)
    }

    /// Returns whether the model passes in spite of the flaw.
    fn holds(&self, place: &Path) -> bool {
        let manifest = place.join("models/Cargo.toml");
        let cargo = |arguments: &[&str]| {
            let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            cargo.args([
                "test",
                "--release",
                "--locked",
                "--offline",
                "--test",
                "models",
            ]);
            cargo.arg("--manifest-path").arg(&manifest);
            cargo.arg("--target-dir").arg(place.join("target"));
            cargo.args(arguments).output().expect("cargo runs")
        };
        let built = cargo(&["--no-run"]);
        let complaint = String::from_utf8_lossy(&built.stderr);
        assert!(
            built.status.success(),
            "{} with a flaw:\n{complaint}",
            self.file
        );
        let run = cargo(&["--", "--exact", self.model]);
        let told = String::from_utf8_lossy(&run.stdout);
        assert!(told.contains("running 1 test"), "no model {}", self.model);
        run.status.success()
    }
}

/// Copies a folder of sources.
fn copy(from: &Path, to: &PathBuf) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&from, &to)?;
        } else {
            fs::write(&to, fs::read(&from)?)?;
        }
    }
    Ok(())
}
