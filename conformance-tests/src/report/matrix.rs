//! The matrix of cases and backends, for a terminal.

use std::fmt::{Result, Write};

use super::{CaseReport, Report};

impl Report {
    /// The matrix of cases and backends, what was seen where it is not a pass, the verdicts, and the
    /// counts as the last line.
    #[must_use]
    pub fn matrix(&self) -> String {
        let mut text = String::new();
        let written = self.write_matrix(&mut text);
        written.expect("a string takes everything");
        text
    }

    fn write_matrix(&self, out: &mut String) -> Result {
        self.write_table(out)?;
        self.write_remarks(out)?;
        self.write_verdicts(out)?;
        for part in &self.unmatched {
            writeln!(out, "no rule or case is called {part:?}: see --list")?;
        }
        writeln!(out, "{}", self.counts())
    }

    fn write_table(&self, out: &mut String) -> Result {
        let Some(first) = self.backends.first() else {
            return out.write_str("no backend\n");
        };
        let names = first.cases.iter().map(|case| case.case.len());
        let width = names.max().unwrap_or(0);
        write!(out, "{:7} {:6} {:width$}", "rule", "level", "case")?;
        for backend in &self.backends {
            write!(out, "  {:5}", backend.name)?;
        }
        for (row, case) in first.cases.iter().enumerate() {
            let level = case.level.name();
            write!(out, "\n{:7} {level:6} {:width$}", case.rule, case.case)?;
            for backend in &self.backends {
                let (cell, columns) = (backend.cases[row].status.word(), backend.name.len().max(5));
                write!(out, "  {cell:columns$}")?;
            }
        }
        out.write_char('\n')
    }

    /// What was seen where a case did not pass.
    fn write_remarks(&self, out: &mut String) -> Result {
        for backend in &self.backends {
            for case in &backend.cases {
                write_remark(out, case, &backend.name)?;
            }
        }
        Ok(())
    }

    fn write_verdicts(&self, out: &mut String) -> Result {
        out.write_char('\n')?;
        for backend in &self.backends {
            write!(out, "{}: {}", backend.name, backend.verdict().name())?;
            let unproved = backend.unproved();
            match unproved.len() {
                0 => out.write_char('\n')?,
                1..=8 => writeln!(out, ", not proved: {}", unproved.join(" "))?,
                more => writeln!(out, ", {more} rules not proved")?,
            }
        }
        Ok(())
    }
}

fn write_remark(out: &mut String, case: &CaseReport, backend: &str) -> Result {
    let Some(message) = case.status.message() else {
        return Ok(());
    };
    let word = case.status.word();
    writeln!(out, "\n{word} {}/{} on {backend}", case.rule, case.case)?;
    if case.status.is_failure() {
        writeln!(out, "rule: {}", crate::rule(case.rule).text)?;
    }
    writeln!(out, "{message}")
}
