//! Situations of overlap policies that scenarios must cover.

use scheduler_core::State;

use super::Coverage;
use crate::model::{machine::Machine, trace::Told};

impl Coverage {
    pub(super) fn note_overlaps(&mut self, told: &Told, state: &Machine) {
        match told {
            Told::Kept(..) => self.mark("a run was buffered"),
            Told::Skipped(_, _, reason) if reason == "BufferFull" => {
                self.mark("a buffer was full");
            }
            Told::Skipped(_, _, reason) if reason == "Superseded" => {
                self.mark("a buffered run was superseded");
            }
            Told::Scheduled(label, _) if state.starts_kept(*label) => {
                self.mark("a buffered run started");
                if state.state == State::ShuttingDown {
                    self.mark("a buffered run started in a drain");
                }
            }
            Told::Cancelling(label) if state.is_replaced(*label) => {
                self.mark("a running run was replaced");
            }
            Told::Finished(_, outcome) if outcome == "Cancelled(Replaced)" => {
                self.mark("a run ended because it was replaced");
            }
            _ => {}
        }
    }
}
