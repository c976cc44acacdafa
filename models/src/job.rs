//! A reduced job, with only the parts that [`Orders`] needs.

#[allow(dead_code, reason = "a part is used")]
#[path = "../../scheduler-core/src/job/cancel_requests.rs"]
pub(crate) mod orders;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "a part is used")]
pub(crate) enum CancelReason {
    Requested,
    TimedOut,
}

impl CancelReason {
    pub(crate) const fn code(self) -> u8 {
        self as u8 + 1
    }

    pub(crate) const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Requested),
            2 => Some(Self::TimedOut),
            _ => None,
        }
    }
}
