//! [`WakerList`]: the wakers of all waiters for one condition.
//!
//! A waker is user code. Waking, cloning or dropping it may poll its task at once, drop the task,
//! or panic. The list is therefore only changed under its lock, and removed wakers are woken or
//! dropped after unlocking.

use std::{collections::BTreeMap, task::Waker};

use crate::base::panic::caught;

/// Wakers in the order of registration, each with a ticket.
#[derive(Default)]
pub(crate) struct WakerList {
    last: u64,
    /// The first waker, stored inline because there is usually no other.
    first: Option<(u64, Waker)>,
    /// Later wakers; allocated on demand, because each job has such lists.
    more: Option<BTreeMap<u64, Waker>>,
}

impl WakerList {
    /// Adds a waker at the end, and returns its ticket.
    pub(crate) fn add(&mut self, waker: Waker) -> u64 {
        self.last += 1;
        if self.is_empty() {
            self.first = Some((self.last, waker));
        } else {
            self.more.get_or_insert_default().insert(self.last, waker);
        }
        self.last
    }

    /// Returns the waker with this ticket, unless it was removed.
    pub(crate) fn get_mut(&mut self, ticket: u64) -> Option<&mut Waker> {
        match &mut self.first {
            Some((first, waker)) if *first == ticket => Some(waker),
            _ => self.more.as_mut()?.get_mut(&ticket),
        }
    }

    /// Removes the waker with this ticket.
    pub(crate) fn remove(&mut self, ticket: u64) -> Option<Waker> {
        match self.first.take_if(|(first, _)| *first == ticket) {
            Some((_, waker)) => Some(waker),
            None => self.more.as_mut()?.remove(&ticket),
        }
    }

    /// Removes all wakers, in order.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = Waker> + use<> {
        let first = self.first.take().map(|(_, waker)| waker);
        let more = self.more.take();
        let more = more.into_iter().flat_map(BTreeMap::into_values);
        first.into_iter().chain(more)
    }

    pub(crate) fn is_empty(&self) -> bool {
        let more = self.more.as_ref();
        self.first.is_none() && more.is_none_or(BTreeMap::is_empty)
    }
}

/// Wakes one waiter, and catches a panic of its waker, so that the others are woken. Call it without a lock.
pub fn wake(waker: Waker) {
    let _woken = caught(|| waker.wake());
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        task::Wake,
    };

    use super::*;

    /// A waker that records the order in which wakers are woken.
    struct Numbered(usize, Arc<AtomicUsize>);

    impl Wake for Numbered {
        fn wake(self: Arc<Self>) {
            assert_eq!(self.1.fetch_add(1, Ordering::SeqCst), self.0);
        }
    }

    #[test]
    fn those_that_are_left_are_taken_in_their_order() {
        let (mut list, woken) = (WakerList::default(), Arc::default());
        let mut add = |number| {
            let waker = Arc::new(Numbered(number, Arc::clone(&woken)));
            list.add(waker.into())
        };
        let gone = add(9);
        add(0);
        let also_gone = add(9);
        add(1);
        assert!(list.remove(gone).is_some() && list.remove(gone).is_none());
        list.add(Arc::new(Numbered(2, woken.clone())).into());
        assert!(list.remove(also_gone).is_some());
        list.take().for_each(Waker::wake);
        assert_eq!(woken.load(Ordering::SeqCst), 3);
        assert!(list.is_empty());
    }

    #[test]
    fn a_ticket_is_never_given_twice() {
        let mut list = WakerList::default();
        let first = list.add(Waker::noop().clone());
        drop(list.take());
        let second = list.add(Waker::noop().clone());
        assert_ne!(first, second);
        assert!(list.get_mut(first).is_none() && list.get_mut(second).is_some());
    }
}
