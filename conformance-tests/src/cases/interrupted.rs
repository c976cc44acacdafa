//! Cases of BF: backfills that end before their last instant.

use scheduler_core::{
    Shutdown,
    backfill::{BackfillEnd, BackfillHandle, BackfillReport},
};

use super::{
    backfills::{begin, end_of, range, schedule},
    stage::{Stage, it_id},
};
use crate::{Backend, gate::Gate};

/// Begins a backfill, interrupts it by `end` during its first run, and returns its report.
fn interrupted(stage: &Stage, gate: &Gate, end: impl FnOnce(&BackfillHandle)) -> BackfillReport {
    stage.add(schedule(stage, stage.record.held_task(gate)));
    let backfill = begin(stage, range(stage, -45, -5));
    end(&backfill);
    stage.world.settle();
    assert_eq!(backfill.report().end, None, "its run is still active");
    stage.world.time.outside(|| gate.open());
    let report = end_of(stage, &backfill);
    assert_eq!(stage.ran(), [-45]);
    assert_eq!((report.succeeded, report.left), (1, Some(stage.at(-35))));
    report
}

pub(super) fn a_backfill_can_be_stopped(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let stop = |backfill: &BackfillHandle| stage.world.call(|_| backfill.stop());
    let report = interrupted(&stage, &Gate::default(), stop);
    assert_eq!(report.end, Some(BackfillEnd::Cancelled));
}

pub(super) fn a_backfill_ends_with_its_schedule(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let remove = |_: &BackfillHandle| {
        let removed = stage.world.call(|it| it.schedule(&it_id()).remove());
        removed.expect("removed");
    };
    let report = interrupted(&stage, &Gate::default(), remove);
    assert_eq!(report.end, Some(BackfillEnd::ScheduleRemoved));
}

pub(super) fn a_shutdown_interrupts_a_backfill(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let shut_down = |_: &BackfillHandle| {
        let graceful = Shutdown::graceful();
        let begun = stage.world.call(|it| it.request_shutdown(graceful));
        begun.expect("requested");
    };
    let report = interrupted(&stage, &Gate::default(), shut_down);
    assert_eq!(report.end, Some(BackfillEnd::Shutdown));
}
