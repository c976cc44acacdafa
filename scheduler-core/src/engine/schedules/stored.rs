//! [`StoredRule`]: when a stored schedule is due, and which of its due instants run. The decisions are those of
//! schedules in memory: the same [`plan`].

use std::sync::Arc;

use super::{
    ask::Ask,
    jitter,
    overlap::{self, Fate, Wish},
    plan::{Plan, PlanRequest, plan},
    start_rules::age_limit,
};
use crate::{
    Overlap, RunCause, SkipReason, Span,
    base::{panic::Contained, unix_time::UnixTime},
    engine::slab::Key,
    schedule::{
        Policies, search,
        whole_micros::{WholeMicros, raise},
    },
    trigger::{Asked, Trigger},
};

/// Trigger and policies of a stored schedule.
#[derive(Clone)]
pub(in crate::engine) struct StoredRule {
    request: PlanRequest,
}

/// The decisions about due instants.
#[derive(Debug, Default)]
pub(in crate::engine) struct StoredPlan {
    /// Instants that run, each with the range of instants that it replaces.
    pub(in crate::engine) runs: Vec<(UnixTime, RunCause, Option<Span>)>,
    /// Instants that do not run.
    pub(in crate::engine) passed: Vec<(Span, SkipReason)>,
    /// The next instant. `None` if the trigger is exhausted.
    pub(in crate::engine) next: Option<UnixTime>,
}

/// Result of the overlap policy.
pub(in crate::engine) struct StoredFates {
    /// One for each waiting run and then for each new one, in their order.
    pub(in crate::engine) fates: Vec<StoredFate>,
    /// Number of active runs to cancel, oldest first.
    pub(in crate::engine) cancelled: usize,
}

/// Decision about a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum StoredFate {
    Start,
    Keep,
    Drop(SkipReason),
}

impl StoredRule {
    /// `id` is that of the schedule, from which its jitter follows. All instants are whole microseconds.
    pub(in crate::engine) fn new(id: &str, trigger: Arc<dyn Trigger>, policies: Policies) -> Self {
        let trigger: Arc<dyn Trigger> = Arc::new(WholeMicros(trigger));
        let request = PlanRequest {
            // The answer is taken at once, so that no record has to be found again.
            schedule: Key::first(0),
            revision: 0,
            asked: Asked::of(&*trigger),
            trigger: Contained::new(trigger),
            policies: Some(Arc::new(policies)),
            passes: None,
            seed: jitter::seed(id),
            waited: 0,
            last_cost: 0,
            ask: Ask::Shift {
                nominal: UnixTime::default(),
            },
        };
        Self { request }
    }

    pub(in crate::engine) fn policies(&self) -> &Policies {
        self.request.policies()
    }

    /// Returns the trigger with its relative parts fixed at `now`, if it has any, and the first instant from `now` on.
    pub(in crate::engine) fn begin(
        &self,
        now: UnixTime,
    ) -> (Option<Arc<dyn Trigger>>, Option<UnixTime>) {
        let plan = self.ask(Ask::First {
            wall: now,
            elapsed: now,
            taken: None,
        });
        let anchored = plan
            .trigger
            .as_ref()
            .map(|(trigger, _)| trigger.clone().into_inner());
        // The fixed trigger may have finer instants.
        (anchored, plan.next_nominal().map(raise))
    }

    /// Returns when the instant at a cursor starts, with its jitter.
    pub(in crate::engine) fn start_of(&self, nominal: UnixTime) -> UnixTime {
        let shift = self
            .ask(Ask::Shift { nominal })
            .next
            .map_or(0, |next| next.shift);
        nominal.after(shift)
    }

    /// Returns whether a kept run is too late to start at `now`, because of its catch-up window or the hours.
    pub(in crate::engine) fn is_too_late(&self, nominal: UnixTime, now: UnixTime) -> bool {
        let limit = age_limit(self.policies(), now);
        limit.is_some_and(|(age, _)| now.since(self.start_of(nominal)) > age)
    }

    /// Returns the first instant of the trigger at or after this time.
    pub(in crate::engine) fn first_from(&self, at: UnixTime) -> Option<UnixTime> {
        let (found, _) = search::asked(|| search::first_from(&*self.request.trigger, at));
        found.ok().flatten()
    }

    /// Decides about the instants from `nominal` up to `now`.
    pub(in crate::engine) fn due(&self, nominal: UnixTime, now: UnixTime) -> StoredPlan {
        self.ask(Ask::Due {
            nominal,
            now,
            wall: now,
        })
        .into()
    }

    /// Skips the instants from `nominal` to the one before `from`, because the schedule was paused.
    pub(in crate::engine) fn resume(&self, nominal: UnixTime, from: UnixTime) -> StoredPlan {
        self.ask(Ask::Resume { nominal, from }).into()
    }

    fn ask(&self, ask: Ask) -> Plan {
        plan(&PlanRequest {
            ask,
            ..self.request.clone()
        })
    }

    /// Decides about `waiting` kept runs and `new` due ones, while `running` runs are active.
    pub(in crate::engine) fn fates(
        &self,
        waiting: usize,
        new: usize,
        running: usize,
    ) -> StoredFates {
        let policies = self.policies();
        let wish = Wish {
            policy: policies.overlap,
            limit: policies.max_instances,
            buffer: policies.buffer_limit,
            held: false,
        };
        let wishes = vec![wish; waiting + new];
        let pass = overlap::pass(&wishes, running);
        let fate = |fate: Fate| match fate {
            Fate::Start | Fate::StartBeside => StoredFate::Start,
            Fate::Keep => StoredFate::Keep,
            Fate::Drop(reason) => StoredFate::Drop(reason),
        };
        StoredFates {
            fates: pass.fates.into_iter().map(fate).collect(),
            cancelled: pass.cancelled,
        }
    }

    /// Returns whether a run may wait for another one, so that the end of a run is worth a look.
    pub(in crate::engine) fn keeps_runs(&self) -> bool {
        !matches!(self.policies().overlap, Overlap::Skip | Overlap::AllowAll)
    }
}

impl From<Plan> for StoredPlan {
    fn from(plan: Plan) -> Self {
        let next = plan.next_nominal();
        let runs = plan.runs.into_vec().into_iter();
        Self {
            runs: runs
                .map(|run| (run.nominal, run.cause, run.others))
                .collect(),
            passed: plan
                .passed
                .into_iter()
                .map(|passed| (passed.span, passed.reason))
                .collect(),
            next,
        }
    }
}
