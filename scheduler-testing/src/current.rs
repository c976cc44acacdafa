//! Thread-local record of the participant that the calling thread runs.

use std::cell::Cell;

use super::{turns::Id, world::World};

thread_local! {
    /// The address of the world, and the participant in it.
    static CURRENT: Cell<Option<(usize, Id)>> = const { Cell::new(None) };
}

/// Marks the calling thread as running `id` until the guard is dropped.
pub(super) fn enter(world: &World, id: Id) -> CurrentGuard {
    CurrentGuard {
        outer: CURRENT.replace(Some((address(world), id))),
    }
}

/// Returns the participant of `world` that the calling thread runs.
pub(super) fn current(world: &World) -> Option<Id> {
    let (address_of, id) = CURRENT.get()?;
    (address_of == address(world)).then_some(id)
}

fn address(world: &World) -> usize {
    std::ptr::from_ref(world).addr()
}

pub(super) struct CurrentGuard {
    outer: Option<(usize, Id)>,
}

impl Drop for CurrentGuard {
    fn drop(&mut self) {
        CURRENT.set(self.outer);
    }
}
