//! Shrinking: makes a failing scenario smaller while it still fails.

use super::{
    scenario::{Call, ClientCall, Command, Config, How, Scenario},
    work::{JobSpec, PolicySpec, QueueSpec, Step},
};

/// The maximum number of smaller scenarios to try.
const TRIES: usize = 4_000;

/// Returns the smallest scenario found for which `fails` still returns `true`.
///
/// The passes remove whole clients, then concurrency, commands, steps of scripts and delays, and at
/// last faults and limits. They are repeated until none of them helps.
///
/// ```
/// use conformance_tests::model::{Command, generate, shrink};
///
/// let scenario = generate(3);
/// let small = shrink(&scenario, |scenario| {
///     scenario.commands.iter().any(|command| matches!(command, Command::Advance(_)))
/// });
/// assert_eq!(small.commands, [Command::Advance(0)]);
/// ```
pub fn shrink(scenario: &Scenario, mut fails: impl FnMut(&Scenario) -> bool) -> Scenario {
    let mut best = scenario.clone();
    let mut tries = 0;
    loop {
        let before = best.clone();
        for pass in PASSES {
            let mut at = 0;
            while let Some(smaller) = pass(&best, at) {
                tries += 1;
                if tries > TRIES {
                    return best;
                }
                if smaller != best && fails(&smaller) {
                    best = smaller;
                } else {
                    at += 1;
                }
            }
        }
        if best == before {
            return best;
        }
    }
}

/// A way to shrink a scenario: returns the possibility number `at`, or `None` if there are fewer.
type Pass = fn(&Scenario, usize) -> Option<Scenario>;

const PASSES: [Pass; 10] = [
    drop_client,
    drop_half,
    drop_parallel,
    drop_command,
    drop_call,
    simplify_script,
    shorten,
    plainer_job,
    plainer_policy,
    drop_limit,
];

fn with_commands(scenario: &Scenario, commands: Vec<Command>) -> Scenario {
    Scenario {
        commands,
        ..scenario.clone()
    }
}

/// Removes one client.
fn drop_client(scenario: &Scenario, at: usize) -> Option<Scenario> {
    let client = u8::try_from(at)
        .ok()
        .filter(|&client| client < scenario.clients())?;
    let keep = |call: &ClientCall| call.client != client;
    let commands = scenario
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::Call(call) => keep(call).then(|| command.clone()),
            Command::Par(calls) => {
                let calls: Vec<_> = calls.iter().filter(|call| keep(call)).cloned().collect();
                (!calls.is_empty()).then_some(Command::Par(calls))
            }
            other => Some(other.clone()),
        });
    Some(with_commands(scenario, commands.collect()))
}

/// Removes a range of commands: halves first, then quarters, and so on.
fn drop_half(scenario: &Scenario, at: usize) -> Option<Scenario> {
    let (mut size, mut at) = (scenario.commands.len() / 2, at);
    while size > 1 {
        let pieces = scenario.commands.len().div_ceil(size);
        if at < pieces {
            let piece = at * size..((at + 1) * size).min(scenario.commands.len());
            let mut commands = scenario.commands.clone();
            commands.drain(piece);
            return Some(with_commands(scenario, commands));
        }
        at -= pieces;
        size /= 2;
    }
    None
}

/// Replaces concurrent calls by consecutive calls.
fn drop_parallel(scenario: &Scenario, at: usize) -> Option<Scenario> {
    let is_parallel = |(_, command): &(usize, &Command)| matches!(command, Command::Par(_));
    let (place, _) = scenario
        .commands
        .iter()
        .enumerate()
        .filter(is_parallel)
        .nth(at)?;
    let mut commands = scenario.commands.clone();
    let calls = commands[place].calls().to_vec();
    commands.splice(place..=place, calls.into_iter().map(Command::Call));
    Some(with_commands(scenario, commands))
}

fn drop_command(scenario: &Scenario, at: usize) -> Option<Scenario> {
    let mut commands = scenario.commands.clone();
    if at >= commands.len() {
        return None;
    }
    commands.remove(at);
    Some(with_commands(scenario, commands))
}

/// Removes one of several concurrent calls.
fn drop_call(scenario: &Scenario, at: usize) -> Option<Scenario> {
    let mut next = scenario.clone();
    let mut at = at;
    for command in &mut next.commands {
        if let Command::Par(calls) = command {
            if at < calls.len() {
                calls.remove(at);
                return Some(next);
            }
            at -= calls.len();
        }
    }
    None
}

/// Applies `change` number `at` to a part that the calls of a scenario contain.
fn change_nth(
    scenario: &Scenario,
    at: usize,
    count: fn(&mut Call) -> usize,
    change: fn(&mut Call, usize),
) -> Option<Scenario> {
    let mut next = scenario.clone();
    let mut at = at;
    for command in &mut next.commands {
        for ClientCall { call, .. } in command.calls_mut() {
            let places = count(call);
            if at < places {
                change(call, at);
                return Some(next);
            }
            at -= places;
        }
    }
    None
}

fn script(call: &mut Call) -> Option<&mut Vec<Step>> {
    match call {
        Call::Submit(job) | Call::TrySubmit(job) | Call::Post(job) => Some(&mut job.script),
        Call::Add(schedule) => Some(&mut schedule.script),
        _ => None,
    }
}

fn simplify_script(scenario: &Scenario, at: usize) -> Option<Scenario> {
    let steps = |call: &mut Call| script(call).map_or(0, |script| script.len());
    change_nth(scenario, at, steps, |call, at| {
        if let Some(script) = script(call) {
            script.remove(at);
        }
    })
}

fn job(call: &mut Call) -> Option<&mut JobSpec> {
    match call {
        Call::Submit(job) | Call::TrySubmit(job) | Call::Post(job) => Some(job),
        _ => None,
    }
}

/// Removes the delay of a job, or makes it async.
fn plainer_job(scenario: &Scenario, at: usize) -> Option<Scenario> {
    let places = |call: &mut Call| if job(call).is_some() { 2 } else { 0 };
    change_nth(scenario, at, places, |call, at| {
        if let Some(job) = job(call) {
            match at {
                0 => job.delay = 0,
                _ => job.blocking = false,
            }
        }
    })
}

fn policy(call: &mut Call) -> Option<&mut PolicySpec> {
    match call {
        Call::Add(schedule) => Some(&mut schedule.policy),
        call => job(call).map(|job| &mut job.policy),
    }
}

/// Removes one limit of the policy of a job, to find a smaller scenario.
fn plainer_policy(scenario: &Scenario, at: usize) -> Option<Scenario> {
    let places = |call: &mut Call| match policy(call) {
        Some(policy) if !policy.is_plain() => 7,
        _ => 0,
    };
    change_nth(scenario, at, places, |call, at| {
        if let Some(policy) = policy(call) {
            match at {
                0 => policy.rate = None,
                1 => policy.retry = None,
                2 => policy.attempt_timeout = None,
                3 => policy.timeout = None,
                4 => policy.timeout_grace = 0,
                5 => policy.queue = 0,
                _ => policy.start_within = None,
            }
        }
    })
}

/// Shortens a time: of the clock, of a shutdown or of a sleep.
fn shorten(scenario: &Scenario, at: usize) -> Option<Scenario> {
    let is_advance = |(_, command): &(usize, &Command)| matches!(command, Command::Advance(_));
    let advances: Vec<usize> = scenario
        .commands
        .iter()
        .enumerate()
        .filter(is_advance)
        .map(|(place, _)| place)
        .collect();
    if let Some(&place) = advances.get(at) {
        let mut next = scenario.clone();
        if let Command::Advance(by) = &mut next.commands[place] {
            *by /= 2;
        }
        return Some(next);
    }
    let how = |call: &mut Call| usize::from(how(call).is_some());
    change_nth(scenario, at - advances.len(), how, |call, _| {
        if let Some(how) = self::how(call) {
            how.drain = how.drain.map(|drain| drain / 2);
            how.grace /= 2;
            how.abandon /= 2;
        }
    })
}

fn how(call: &mut Call) -> Option<&mut How> {
    match call {
        Call::Shutdown(how) | Call::RequestShutdown(how) => Some(how),
        _ => None,
    }
}

/// Removes a limit or the fault.
fn drop_limit(scenario: &Scenario, at: usize) -> Option<Scenario> {
    let mut next = scenario.clone();
    if at == 2 {
        next.fault = None;
        return Some(next);
    }
    next.config = match at {
        0 => Config {
            queue_limit: None,
            ..next.config
        },
        1 => Config {
            max_concurrent_jobs: None,
            ..next.config
        },
        3 => Config {
            queues: vec![QueueSpec::default(); next.config.queues.len()],
            ..next.config
        },
        _ => return None,
    };
    Some(next)
}
