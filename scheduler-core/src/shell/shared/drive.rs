//! The begin and the end of the driver, once for each start of the scheduler.

use std::{sync::atomic::Ordering, time::Instant};

use super::Shared;
use crate::{Operation, Result, engine::Engine};

impl Shared {
    /// Begins a start. It may succeed after a failed one, because there may now be a runtime
    /// (`LC-019`).
    pub(crate) fn begin_start(&self, operation: Operation) -> Result<u64> {
        self.call(|engine, now| {
            let start_number = engine.start(operation, now)?;
            self.lost.store(false, Ordering::Release);
            Ok(start_number)
        })
    }

    /// Handles the first poll of the driver that start number `start_number` spawned. Returns false if a later
    /// start has spawned another driver; this one must then end.
    pub(crate) fn driver_up(&self, start_number: u64) -> bool {
        let parallelism = self.runtime.parallelism();
        self.call(|engine, now| {
            let current = engine.start_number() == start_number;
            if current {
                engine.set_parallelism(parallelism);
                self.note_driver_up();
                engine.handle_driver_up(now);
            }
            current
        })
    }

    /// Returns the deadline until which the driver sleeps, and the reading of the clock that it is
    /// based on.
    pub(crate) fn next_turn(&self) -> (u64, Instant) {
        self.ask(|engine, now| (engine.next_turn(now), now.mono()))
    }

    /// Handles the loss of the driver of a start. The runtime accepts no further tasks, unless a later start
    /// succeeded.
    pub(crate) fn driver_gone(&self, start_number: u64) {
        if self.look(Engine::start_number) != start_number {
            return;
        }
        let queued = self.begin_loss();
        let current = self.call(|engine, now| {
            let current = engine.start_number() == start_number;
            if current {
                self.lost.store(true, Ordering::Release);
                engine.handle_driver_gone(&queued, now);
            }
            current
        });
        if current {
            self.call_remaining_handlers();
            self.close();
        }
    }
}
