//! The selection of the measurements, and their precision.

use clap::Parser;

use crate::suite::BENCHMARKS;

/// Measures the scheduler side by side with raw executors and peers. Each line shows the ratio to
/// the first one of its table: median (min … max) over the rounds.
#[derive(Debug, Parser)]
#[command(name = "scheduler-bench")]
pub struct Plan {
    /// Runs only these benchmarks; all by default.
    benchmarks: Vec<String>,
    /// Sets the number of jobs or schedules; may be given several times.
    #[arg(long)]
    size: Vec<usize>,
    /// Sets the number of rounds.
    #[arg(long)]
    rounds: Option<usize>,
    /// Runs only the contenders whose name contains this, besides the first one of each table.
    #[arg(long)]
    pub only: Option<String>,
    /// Runs only the executors whose name contains this, where there is a table for each.
    #[arg(long)]
    pub host: Option<String>,
    /// Uses small sizes and few rounds: under two minutes on two cores.
    #[arg(long)]
    quick: bool,
    /// Lists the benchmarks.
    #[arg(long)]
    pub list: bool,
}

impl Plan {
    /// Returns the first requested benchmark that does not exist.
    pub fn unknown(&self) -> Option<&str> {
        let is_known = |name: &str| BENCHMARKS.iter().any(|known| known.name == name);
        let mut names = self.benchmarks.iter().map(String::as_str);
        names.find(|name| !is_known(name))
    }

    pub fn selects(&self, name: &str) -> bool {
        self.benchmarks.is_empty() || self.benchmarks.iter().any(|wanted| wanted == name)
    }

    /// Returns the requested sizes, or else the benchmark's own.
    pub fn sizes(&self, full: &[usize], quick: &[usize]) -> Vec<usize> {
        match (&*self.size, self.quick) {
            ([], true) => quick.to_vec(),
            ([], false) => full.to_vec(),
            (asked, _) => asked.to_vec(),
        }
    }

    /// Returns the requested number of rounds, or else the benchmark's own.
    pub fn rounds(&self, full: usize, quick: usize) -> usize {
        let own = if self.quick { quick } else { full };
        self.rounds.unwrap_or(own).max(1)
    }
}
