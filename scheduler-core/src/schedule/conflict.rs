//! [`Conflict`]: policy for an id that exists.

/// Policy of [`add`](crate::SchedulerExt::add) for an id that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Conflict {
    /// Returns `DuplicateId` and changes nothing.
    #[default]
    Refuse,
    /// Replaces the old definition. Its active runs continue and count for the new overlap policy;
    /// its pause and history remain (`SC-004`).
    ///
    /// An equal trigger keeps its next instant and its due instants (`SC-017`).
    /// [`Trigger::equals`](crate::Trigger::equals) decides; a trigger that counts from the start of its schedule is compared
    /// as it was defined. A different trigger begins to count now, and due instants of the old one are
    /// recorded as [`ScheduleChanged`](crate::SkipReason::ScheduleChanged) (`SC-008`).
    /// [`waiting_for`](crate::Schedule::waiting_for) overrides the next instant in both cases.
    Replace,
    /// Keeps the existing schedule, drops the new one, and returns the existing id.
    Keep,
}
