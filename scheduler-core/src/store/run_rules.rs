//! [`RunRules`]: what the policy column of a job says to the node that runs it.

use super::{End, IfLost, StoredJob};
use crate::export::PolicyData;

/// How often a job is lost with its node before it is dead, unless it says otherwise (`ST-039`).
const MAX_LOST: u32 = 5;

/// The policy column of a job, as JSON.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub(crate) struct RunRules {
    /// Policy of the job. `None`: that of its task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<PolicyData>,
    #[serde(skip_serializing_if = "IfLost::is_again")]
    pub(crate) if_lost: IfLost,
    /// How often the job is lost before it is dead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_lost: Option<u32>,
}

impl RunRules {
    /// Reads the column. What a newer version wrote and this one cannot read has its defaults.
    pub(crate) fn read(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }

    /// Returns the column. `None` for the defaults.
    pub(crate) fn write(&self) -> Option<String> {
        (*self != Self::default())
            .then(|| serde_json::to_string(self).ok())
            .flatten()
    }

    /// Returns how a job ends that was lost, if it does not run again.
    pub(crate) fn end_of_lost(&self, job: &StoredJob) -> Option<End> {
        let lost = job.lost;
        let mut end = if lost > 0 && self.if_lost == IfLost::End {
            End::new("lost")
        } else if lost > 0 && lost >= self.max_lost.unwrap_or(MAX_LOST) {
            End::new(End::DEAD)
        } else {
            return None;
        };
        let times = if lost == 1 { "once" } else { "repeatedly" };
        end.error = Some(format!("the node was lost {times} while it ran the job"));
        Some(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_column_is_empty_for_the_defaults_and_comes_back_equal() {
        assert_eq!(RunRules::default().write(), None);
        assert_eq!(RunRules::read(None), RunRules::default());
        let rules = RunRules {
            if_lost: IfLost::End,
            max_lost: Some(2),
            policy: Some(PolicyData::default()),
        };
        assert_eq!(RunRules::read(rules.write().as_deref()), rules);
    }

    #[test]
    fn a_column_of_a_newer_version_has_its_defaults() {
        assert_eq!(RunRules::read(Some("[7")), RunRules::default());
        assert_eq!(RunRules::read(Some(r#"{"new":1}"#)), RunRules::default());
    }
}
