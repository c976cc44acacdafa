//! Tests the model: random scenarios must find schedulers with one flaw each, and the failing
//! scenarios must shrink to a few commands.

mod backends;

use std::{sync::Arc, time::Instant};

use conformance_tests::{Backend, model::hunt, mutants::MUTANTS};

/// The mutants that must be found: those whose flaw concerns calls that scenarios make. Mutants that
/// forge events are excluded, because the model rejects their delayed events before the forged ones.
const FOUND: [u16; 39] = [
    1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 18, 19, 20, 21, 26, 27, 29, 30, 31, 33, 37, 55,
    58, 59, 62, 63, 64, 65, 67, 68, 71, 72, 73, 74, 86,
];

/// The most scenarios that one mutant may need.
const SEEDS: u64 = 600;

/// The most commands that a shrunk scenario may have.
const FEW: usize = 6;

fn find(id: u16) {
    let mutant = MUTANTS.iter().find(|mutant| mutant.id == id);
    let mutant = mutant.unwrap_or_else(|| panic!("unknown mutant {id}"));
    let begun = Instant::now();
    let sound: Arc<dyn Backend> = Arc::new(backends::threads());
    let found = hunt(&mutant.of(sound), 0..SEEDS);
    let found = found.unwrap_or_else(|| panic!("{mutant:?} was not found"));
    let (before, after) = (found.commands_before, found.scenario.commands.len());
    println!(
        "{mutant:?}: {before} → {after} commands, {:?}",
        begun.elapsed()
    );
    assert!(after <= FEW, "{mutant:?} was not shrunk:\n{found}");
}

#[test]
fn scenarios_find_defects_and_shrink_them_to_a_few_commands() {
    for id in FOUND {
        find(id);
    }
}
