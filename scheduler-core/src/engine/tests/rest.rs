//! The result of a driver turn: how long it may sleep, and whether an entry was due.

use std::time::Duration;

use chrono::TimeDelta;

use crate::{
    Job, Options,
    engine::{Rest, rig::Rig},
};

/// Takes a driver turn. Returns whether an entry was due.
fn served(rig: &mut Rig) -> bool {
    match rig.engine.handle_timeout(&rig.now) {
        Rest::Until { served, .. } => served,
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_a_turn_in_which_something_was_due_has_served() {
    let mut rig = Rig::started(Options::default());
    for seconds in [1, 2] {
        rig.submit(Job::new(|_| async {}).after(Duration::from_secs(seconds)));
    }
    assert!(!served(&mut rig));
    rig.now.pass(Duration::from_secs(1));
    rig.now.shift_wall(TimeDelta::seconds(1));
    assert!(served(&mut rig));
    assert!(!served(&mut rig));
}
