//! CronJobs of Kubernetes, as `kubectl get cronjobs -o json` prints them.

use std::path::Path;

use serde_json::Value;

use super::{Converted, entry::Entry, read, shell};
use crate::console::visible_path;

pub(super) fn convert(path: &Path) -> Result<Converted, String> {
    let name = visible_path(path);
    let document: Value = serde_json::from_str(&read(path)?)
        .map_err(|error| format!("{name}: {error}; kubectl prints JSON with -o json"))?;
    let one = std::slice::from_ref(&document);
    let jobs = document["items"].as_array().map_or(one, Vec::as_slice);
    let mut all = Converted::default();
    for job in jobs.iter().filter(|job| job["kind"] == "CronJob") {
        let one = entry(job).map_err(|error| format!("{name}: {error}"))?;
        all.text += &one.text;
        all.left_out.extend(one.left_out);
    }
    match all.text.is_empty() {
        true => Err(format!("{name}: found no CronJob")),
        false => Ok(all),
    }
}

fn entry(job: &Value) -> Result<Converted, String> {
    let (name, spec) = (text(&job["metadata"]["name"]), &job["spec"]);
    let name = name.ok_or("found a CronJob without a name")?;
    let schedule = text(&spec["schedule"]).ok_or("found a CronJob without a schedule")?;
    let mut entry = Entry::new(name);
    entry.text("trigger", schedule);
    // By default, the zone is that of the controller, which is UTC nearly always.
    entry.text("tz", text(&spec["timeZone"]).unwrap_or("UTC"));
    match text(&spec["concurrencyPolicy"]) {
        Some("Forbid") => {}
        Some("Replace") => entry.text("overlap", "terminate-other"),
        _ => entry.text("overlap", "allow-all"),
    }
    if let Some(seconds) = spec["startingDeadlineSeconds"].as_u64() {
        entry.text("catch-up", &format!("{seconds}s"));
    }
    if spec["suspend"] == true {
        entry.comment("suspended: sched pause does so at run time, and --state keeps it");
        entry.leave_out("suspend");
    }
    let job = &spec["jobTemplate"]["spec"];
    // Each failure of the pod is tried again six times by default, from 10 s on.
    let retries = job["backoffLimit"].as_u64().unwrap_or(6);
    if retries > 0 {
        entry.value("retry", &retries.saturating_add(1));
        entry.text("backoff", "10s");
    }
    if let Some(seconds) = job["activeDeadlineSeconds"].as_u64() {
        entry.text("timeout", &format!("{seconds}s"));
    }
    for key in ["completions", "parallelism", "podFailurePolicy"] {
        if !job[key].is_null() && job[key] != 1 {
            entry.leave_out(key);
        }
    }
    command(&mut entry, &job["template"]["spec"])?;
    Ok(entry.finish())
}

/// Adds the command of the first container, with its variables.
fn command(entry: &mut Entry, pod: &Value) -> Result<(), String> {
    let containers = pod["containers"].as_array().map_or(&[][..], Vec::as_slice);
    let [container, others @ ..] = containers else {
        return Err("found a CronJob without containers".to_owned());
    };
    if !others.is_empty() || !pod["initContainers"].is_null() {
        entry.leave_out("further containers");
    }
    let list = |key: &str| container[key].as_array().into_iter().flatten();
    let words = list("command").chain(list("args")).filter_map(text);
    let mut words: Vec<_> = words.map(shell::literal).collect();
    if words.is_empty() {
        entry.leave_out("the command of the image, which is not in the CronJob");
        words.push("false".to_owned());
    }
    let mut settings = Vec::new();
    for variable in list("env") {
        let name = text(&variable["name"]).unwrap_or_default();
        match text(&variable["value"]) {
            Some(value) => settings.push(format!("{name}={}", shell::literal(value))),
            None => entry.leave_out(format!("the variable {name}")),
        }
    }
    if !container["envFrom"].is_null() {
        entry.leave_out("envFrom");
    }
    settings.extend(words);
    let folder = text(&container["workingDir"]);
    let change = folder.map(|folder| format!("cd {} && ", shell::literal(folder)));
    entry.text(
        "command",
        &(change.unwrap_or_default() + &settings.join(" ")),
    );
    Ok(())
}

fn text(value: &Value) -> Option<&str> {
    value.as_str()
}
