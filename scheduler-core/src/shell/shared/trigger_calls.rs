//! Calls triggers: in a turn of the driver, or on a thread that may block.

use std::sync::Arc;

use super::Shared;
use crate::engine::{Plan, PlanRequest, Question, WORK_PER_TURN, plan};

impl Shared {
    /// Calls triggers within the budget of a turn, expensive ones last. Returns the results and the remaining
    /// requests.
    pub(super) fn ask_in_turn(questions: &mut Vec<PlanRequest>) -> (Vec<Plan>, Vec<PlanRequest>) {
        if questions.iter().any(PlanRequest::is_heavy) {
            questions.sort_by_key(PlanRequest::is_heavy);
        }
        let mut plans = Vec::with_capacity(questions.len());
        let mut cost = 0_u32;
        for question in &*questions {
            let plan = plan(question);
            cost = cost.saturating_add(plan.cost);
            plans.push(plan);
            if cost > WORK_PER_TURN {
                break;
            }
        }
        let left = questions.split_off(plans.len());
        (plans, left)
    }

    /// Calls a trigger on a thread of the runtime that may block. If the runtime refuses or drops
    /// the call, the driver makes it.
    pub(super) fn ask_elsewhere(&self, question: Question) {
        let Some(shared) = self.me() else { return };
        let asking = Asking {
            shared,
            question: Some(question),
        };
        drop(self.runtime.spawn_blocking(Box::new(move || asking.run())));
    }
}

/// A trigger call that was passed to a thread which may block. If it is dropped unused, the driver makes the call.
struct Asking {
    shared: Arc<Shared>,
    question: Option<Question>,
}

impl Asking {
    fn run(mut self) {
        let shared = &self.shared;
        match self.question.take() {
            Some(Question::Plan(question)) => {
                let plan = plan(&question);
                shared.call(|engine, now| {
                    engine.handle_plan(&question, plan, now);
                    engine.release_gathered(now);
                });
            }
            Some(Question::Instants(question)) => {
                let answer = question.ask();
                shared.call(|engine, now| engine.handle_instants(*question, answer, now));
            }
            Some(Question::Retire(question)) => {
                let span = question.ask();
                shared.call(|engine, now| engine.handle_retired(*question, span, now));
            }
            None => {}
        }
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if let Some(question) = self.question.take() {
            self.shared
                .call(|engine, now| engine.put_off([question], now));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        Options, Schedule, Task,
        engine::{Action, rig::Rig},
        trigger::{AnyOf, Interval, Trigger},
    };

    fn schedule(members: usize, id: &str) -> Schedule {
        let every = || Interval::every(Duration::from_secs(1)).unwrap();
        let members = (0..members).map(|_| Arc::new(every()) as Arc<dyn Trigger>);
        let task = Task::new(|_| async {});
        Schedule::new(AnyOf::new(members).unwrap(), task).id(id)
    }

    /// Returns the trigger calls of all schedules that are due after a second.
    fn questions(rig: &mut Rig) -> Vec<PlanRequest> {
        rig.now.pass(Duration::from_secs(1));
        rig.now.shift_wall(chrono::TimeDelta::seconds(1));
        rig.engine.handle_timeout(&rig.now);
        let actions = rig.engine.drain().actions().into_iter();
        let question = |action| match action {
            Action::Plan(question) => Some(question),
            _ => None,
        };
        actions.filter_map(question).collect()
    }

    #[test]
    fn what_took_much_work_is_asked_last_and_put_off() {
        let mut rig = Rig::started(Options::default());
        for number in 0..19 {
            rig.add(schedule(1_000, &format!("heavy-{number}")))
                .unwrap();
        }
        rig.add(schedule(1, "light")).unwrap();
        let mut asked = questions(&mut rig);
        assert_eq!(asked.len(), 20);
        let light = asked.iter().filter(|one| !one.is_heavy());
        let light: Vec<_> = light.map(|one| one.schedule).collect();
        assert_eq!(light.len(), 1);
        let (plans, left) = Shared::ask_in_turn(&mut asked);
        assert_eq!((asked.len(), plans.len() + left.len()), (plans.len(), 20));
        assert_eq!(asked[0].schedule, light[0]);
        assert!(!left.is_empty(), "{} results in one turn", plans.len());
        for (question, plan) in asked.iter().zip(plans) {
            rig.engine.handle_plan(question, plan, &rig.now);
        }
        let put_off = left.len();
        rig.engine
            .put_off(left.into_iter().map(Question::Plan), &rig.now);
        assert!(rig.engine.drain().wake_driver);
        for number in 0..19 {
            let id = format!("heavy-{number}");
            rig.engine.remove(&id.as_str().into(), &rig.now).unwrap();
        }
        rig.engine.handle_timeout(&rig.now);
        let actions = rig.engine.drain().actions();
        let is_question = |action: &Action| matches!(action, Action::Plan(_));
        assert!(!actions.iter().any(is_question), "no result is needed");
        let is_dropped = |action: &&Action| matches!(action, Action::Discard(_));
        assert!(actions.iter().filter(is_dropped).count() >= put_off);
    }
}
