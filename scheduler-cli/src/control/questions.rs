//! Responses to requests. Everything in them comes from the engine.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use scheduler_core::{
    ScheduleHandle, ScheduleId, ScheduleInfo, SchedulerExt,
    job::JobInfo,
    schedule::{Decision, Explanation, ResumeFrom, Verdict},
    text::visible,
    trigger::{Moment, Zone},
};
use serde_json::{Value, json};

use super::{Control, Request};
use crate::{installed, tally};

impl Control {
    /// Responds to a line: an object with `ok`, or with `error`.
    pub(super) fn respond(&self, line: &[u8]) -> Value {
        let request = serde_json::from_slice(line).map_err(|error| error.to_string());
        match request.and_then(|request| self.response(&request)) {
            Ok(value) => json!({ "ok": value }),
            Err(error) => json!({ "error": error }),
        }
    }

    fn response(&self, request: &Request) -> Result<Value, String> {
        match request {
            Request::Status {} => Ok(self.status()),
            Request::Health {} => {
                serde_json::to_value(self.health()).map_err(|error| error.to_string())
            }
            Request::History { id } => self.history(id),
            Request::Why { id, time } => self.why(id, time),
            Request::Pause { id, reason } => {
                self.order(id, reason, "was paused", |schedule| schedule.pause(reason))
            }
            Request::Resume { id, reason } => self.order(id, reason, "was resumed", |schedule| {
                schedule.resume(ResumeFrom::Now)
            }),
            Request::RunNow { id, reason } => self.order(id, reason, "runs now", |schedule| {
                schedule.run_now().map(drop)
            }),
        }
    }

    fn status(&self) -> Value {
        let overview = self.scheduler.overview();
        let schedules = overview.schedules.iter().map(schedule);
        let jobs = overview.jobs.iter().map(job);
        json!({
            "state": self.scheduler.state().to_string(),
            "backend": self.scheduler.backend(),
            "schedules": schedules.collect::<Vec<_>>(),
            "jobs": jobs.collect::<Vec<_>>(),
            "text": overview.to_string(),
        })
    }

    fn history(&self, id: &str) -> Result<Value, String> {
        let decisions = self
            .schedule(id)
            .history()
            .map_err(|error| self.wrong(id, &error))?;
        let lines = decisions.iter().map(|decision| format!("{decision}\n"));
        Ok(json!({
            "decisions": decisions.iter().map(decision).collect::<Vec<_>>(),
            "text": lines.collect::<String>(),
        }))
    }

    fn why(&self, id: &str, time: &str) -> Result<Value, String> {
        let moment: Moment =
            serde_json::from_value(Value::from(time)).map_err(|error| error.to_string())?;
        let at = moment
            .earliest_in(&self.zone(id))
            .map_err(|error| error.to_string())?;
        let explained = self.schedule(id).explain(at);
        let explained = explained.map_err(|error| self.wrong(id, &error))?;
        let decision = match &explained {
            Explanation::Decided(decided) => decision(decided),
            _ => Value::Null,
        };
        let text = format!("{id} at {}: {explained}", written(at));
        Ok(json!({ "at": written(at), "decision": decision, "text": text }))
    }

    /// Obeys an order, and writes it to the log with its reason.
    fn order(
        &self,
        id: &str,
        reason: &str,
        what: &str,
        obey: impl FnOnce(&ScheduleHandle) -> Result<(), scheduler_core::Error>,
    ) -> Result<Value, String> {
        if reason.trim().is_empty() {
            return Err("the reason is empty".to_owned());
        }
        obey(&self.schedule(id)).map_err(|error| self.wrong(id, &error))?;
        let text = format!("[{id}] {what}: {}", visible(reason));
        self.log.note(&text);
        Ok(json!({ "text": text }))
    }

    fn schedule(&self, id: &str) -> ScheduleHandle {
        self.scheduler.schedule(&ScheduleId::new(id))
    }

    /// Describes an error, with similar ids if there is no such entry.
    fn wrong(&self, id: &str, error: &scheduler_core::Error) -> String {
        match error {
            scheduler_core::Error::UnknownSchedule(_) => {
                let ids: Vec<_> = self
                    .scheduler
                    .schedules()
                    .into_iter()
                    .map(|info| info.id)
                    .collect();
                let hint = crate::similar::did_you_mean(id, ids.iter().map(ScheduleId::as_str));
                format!("unknown entry {id:?}{hint}")
            }
            other => other.to_string(),
        }
    }

    fn zone(&self, id: &str) -> Zone {
        installed::zone(&self.known, &ScheduleId::new(id))
    }
}

fn schedule(info: &ScheduleInfo) -> Value {
    let paused = info
        .paused
        .as_ref()
        .map(|pause| json!({ "reason": &*pause.reason, "since": written(pause.since) }));
    json!({
        "id": info.id.as_str(),
        "trigger": info.trigger().map(ToString::to_string),
        "next": info.next.map(written),
        "last": info.last.map(written),
        "paused": paused,
        "ended": info.ended.map(|end| end.to_string()),
        "running": info.running,
        "buffered": info.kept,
        "started": info.started,
        "skipped": info.skipped,
        "failures_in_a_row": info.failures,
    })
}

fn job(info: &JobInfo) -> Value {
    json!({
        "job": info.id.to_string(),
        "entry": info.schedule.as_ref().map(ScheduleId::as_str),
        "status": format!("{:?}", info.status).to_lowercase(),
        "attempt": info.attempt,
    })
}

fn decision(decision: &Decision) -> Value {
    let Decision {
        span,
        at,
        verdict,
        met,
        run,
        ..
    } = decision;
    let outcome = match verdict {
        Verdict::Ran { outcome, .. } => Some(tally::name(*outcome)),
        _ => None,
    };
    let run = run.as_ref().map(|run| {
        json!({
            "began": run.began.map(written),
            "ended": written(run.ended),
            "attempts": run.attempts,
            "error": run.error.as_deref(),
        })
    });
    let late = decision.lateness().map(TimeDelta::as_seconds_f64);
    json!({
        "run": run,
        "late_seconds": late,
        "met": met.map(|job| job.to_string()),
        "from": written(span.from),
        "to": written(span.to),
        "count": span.count.known(),
        "decided": written(*at),
        "verdict": verdict.to_string(),
        "outcome": outcome,
        "reason": verdict.reason().map(|reason| format!("{reason:?}")),
    })
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
