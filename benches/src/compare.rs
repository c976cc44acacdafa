//! Comparisons: contenders alternate in rounds, and each is divided by the first one of the same
//! round. Other load on the machine then affects all of them alike.

use std::{sync::OnceLock, time::Duration};

/// A part of the names of the selected contenders; all of them if unset.
pub static ONLY: OnceLock<String> = OnceLock::new();

/// One side of a comparison. A turn returns one figure, such as nanoseconds per job.
struct Contender<'a> {
    name: String,
    turn: Box<dyn FnMut() -> f64 + 'a>,
    samples: Vec<f64>,
}

/// Contenders for one figure. The first one is the baseline.
pub struct Comparison<'a> {
    title: String,
    unit: &'static str,
    contenders: Vec<Contender<'a>>,
}

impl<'a> Comparison<'a> {
    pub fn new(title: impl Into<String>, unit: &'static str) -> Self {
        Self {
            title: title.into(),
            unit,
            contenders: Vec::new(),
        }
    }

    /// Adds a contender if it is selected. The first one is always included.
    pub fn with(mut self, name: &str, turn: impl FnMut() -> f64 + 'a) -> Self {
        let is_wanted = ONLY.get().is_none_or(|only| name.contains(only));
        if !is_wanted && !self.contenders.is_empty() {
            return self;
        }
        self.contenders.push(Contender {
            name: name.to_owned(),
            turn: Box::new(turn),
            samples: Vec::new(),
        });
        self
    }

    /// Measures and prints. The first round only warms up, unless it is the only one.
    pub fn run(mut self, rounds: usize) {
        for round in 0..rounds + usize::from(rounds > 1) {
            self.round(round);
        }
        if rounds > 1 {
            for contender in &mut self.contenders {
                contender.samples.remove(0);
            }
        }
        self.print(rounds);
    }

    /// Runs one turn of each contender. The first one rotates from round to round.
    fn round(&mut self, round: usize) {
        let count = self.contenders.len();
        for place in 0..count {
            let contender = &mut self.contenders[(place + round) % count];
            let figure = (contender.turn)();
            contender.samples.push(figure);
        }
    }

    fn print(&self, rounds: usize) {
        println!("\n{} [{rounds} rounds]", self.title);
        let Some(base) = self.contenders.first() else {
            return;
        };
        for contender in &self.contenders {
            let spread = Spread::of(&contender.ratios(base));
            let figure = Spread::of(&contender.samples).median;
            println!(
                "  {:<44} {:>6.3}x  ({:.3} … {:.3})  {:>10} {}",
                contender.name,
                spread.median,
                spread.min,
                spread.max,
                short(figure),
                self.unit
            );
        }
    }
}

impl Contender<'_> {
    fn ratios(&self, base: &Self) -> Vec<f64> {
        let pairs = self.samples.iter().zip(&base.samples);
        pairs.map(|(own, base)| own / base).collect()
    }
}

struct Spread {
    min: f64,
    median: f64,
    max: f64,
}

impl Spread {
    fn of(samples: &[f64]) -> Self {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
        Self {
            min: at(0),
            median: (at(sorted.len().saturating_sub(1) / 2) + at(sorted.len() / 2)) / 2.0,
            max: at(sorted.len().saturating_sub(1)),
        }
    }
}

/// Formats a figure with three significant digits.
fn short(figure: f64) -> String {
    match figure.abs() {
        large if large >= 100.0 => format!("{figure:.0}"),
        medium if medium >= 10.0 => format!("{figure:.1}"),
        _ => format!("{figure:.2}"),
    }
}

/// Returns the nanoseconds for each of `count` operations.
pub fn per_op(took: Duration, count: usize) -> f64 {
    took.as_nanos() as f64 / count as f64
}

/// Returns the value below which `share` of the samples lie.
pub fn percentile(samples: &mut [f64], share: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    let index = (samples.len() as f64 * share) as usize;
    let last = samples.len().saturating_sub(1);
    samples.get(index.min(last)).copied().unwrap_or(f64::NAN)
}
