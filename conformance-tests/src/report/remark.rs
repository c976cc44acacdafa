//! Remarks: the cases that did not pass, grouped by backends with the same result.

use super::{BackendReport, CaseReport, Report};
use crate::Status;

/// A case that did not pass, with one result on some backends.
pub(super) struct Remark<'a> {
    pub(super) case: &'a CaseReport,
    /// The backends, with their columns.
    pub(super) on: Vec<(usize, &'a BackendReport)>,
}

impl Remark<'_> {
    /// Returns the names of the backends, separated by commas.
    pub(super) fn names(&self) -> String {
        let names: Vec<&str> = self.on.iter().map(|(_, backend)| &*backend.name).collect();
        names.join(", ")
    }
}

impl Report {
    /// Returns the remarks in the order of the table.
    pub(super) fn remarks(&self) -> Vec<Remark<'_>> {
        let rows = self.backends.first().map_or(0, |first| first.cases.len());
        (0..rows).flat_map(|row| self.remarks_of(row)).collect()
    }

    fn remarks_of(&self, row: usize) -> Vec<Remark<'_>> {
        let mut remarks: Vec<Remark<'_>> = Vec::new();
        for (column, backend) in self.backends.iter().enumerate() {
            let Some(case) = backend.cases.get(row) else {
                continue;
            };
            let mut known = remarks.iter_mut();
            match known.find(|remark| remark.case.status == case.status) {
                Some(remark) => remark.on.push((column, backend)),
                None if case.status == Status::Pass => {}
                None => remarks.push(Remark {
                    case,
                    on: vec![(column, backend)],
                }),
            }
        }
        remarks
    }

    /// Returns the command that reproduces the result on the first of the backends.
    pub(super) fn replay_of(&self, remark: &Remark<'_>) -> Option<String> {
        let (_, backend) = remark.on.first()?;
        self.replay(backend, remark.case)
    }
}
