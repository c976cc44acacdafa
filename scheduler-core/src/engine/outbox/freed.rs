//! [`Freed`]: the queues whose waiters may get a slot.

use crate::engine::queue_number::QueueNumber;

/// The queues of which a slot or a permit was freed in a call. Usually there is one at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Freed {
    #[default]
    Nothing,
    Of(QueueNumber),
    Several,
}

impl Freed {
    #[inline]
    pub(in crate::engine) fn add(&mut self, queue: QueueNumber) {
        *self = match *self {
            Self::Nothing => Self::Of(queue),
            Self::Of(known) if known == queue => return,
            _ => Self::Several,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_queues_are_not_told_apart() {
        let [first, second] = [0, 1].map(QueueNumber::of_index);
        let mut freed = Freed::default();
        freed.add(first);
        freed.add(first);
        assert_eq!(freed, Freed::Of(first));
        freed.add(second);
        freed.add(second);
        assert_eq!(freed, Freed::Several);
    }
}
