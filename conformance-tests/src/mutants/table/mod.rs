//! Every mutant, with the rules whose cases must detect it, grouped by what it breaks. Numbers are
//! permanent. Some of those up to 56 are missing: they need stores, or decision 8 explains why they
//! do not exist.

/// Defines a list of mutants, each by its number, flaw, rules and place.
macro_rules! mutants {
    ($($id:literal $flaw:literal [$($rule:literal),+] $place:expr;)*) => {
        pub(super) const ALL: &[Mutant] = &[$(
            Mutant { id: $id, flaw: $flaw, rules: &[$($rule),+], place: $place },
        )*];
    };
}

mod backfills;
mod contract;
mod core;
mod ends;
mod fields;
mod jobs;
mod kept;
mod plan;
mod queues;
mod remembers;
mod runtimes;
mod schedules;
mod time;

use super::Mutant;

const SORTS: &[&[Mutant]] = &[
    plan::ALL,
    core::ALL,
    runtimes::ALL,
    time::ALL,
    jobs::ALL,
    kept::ALL,
    queues::ALL,
    remembers::ALL,
    schedules::ALL,
    backfills::ALL,
    ends::ALL,
    contract::ALL,
    fields::ALL,
];

/// Every mutant.
pub const MUTANTS: &[Mutant] = &joined::<{ count() }>();

const fn count() -> usize {
    let (mut sort, mut count) = (0, 0);
    while sort < SORTS.len() {
        count += SORTS[sort].len();
        sort += 1;
    }
    count
}

/// Concatenates the lists. `concat` is not a `const fn`.
const fn joined<const COUNT: usize>() -> [Mutant; COUNT] {
    let mut all = [SORTS[0][0]; COUNT];
    let (mut sort, mut at) = (0, 0);
    while sort < SORTS.len() {
        let mut index = 0;
        while index < SORTS[sort].len() {
            all[at] = SORTS[sort][index];
            at += 1;
            index += 1;
        }
        sort += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::MUTANTS;
    use crate::{CASES, find_rule};

    #[test]
    fn a_number_is_one_mutants() {
        let mut numbers: Vec<_> = MUTANTS.iter().map(|mutant| mutant.id).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), MUTANTS.len());
    }

    #[test]
    fn every_mutant_breaks_rules_that_have_cases() {
        for mutant in MUTANTS {
            assert!(!mutant.rules.is_empty(), "{mutant:?}");
            for rule in mutant.rules {
                assert!(
                    find_rule(rule).is_some(),
                    "{mutant:?}: there is no rule {rule}"
                );
                let has_case = CASES.iter().any(|case| case.rule == *rule);
                assert!(has_case, "{mutant:?}: {rule} has no case");
            }
        }
    }
}
