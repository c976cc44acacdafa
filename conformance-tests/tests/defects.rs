//! The model is proved by what it finds: schedulers with one flaw each, looked for by scenarios that
//! know nothing of the flaw, which are then made as small as they can be.

mod backends;

use std::{sync::Arc, time::Instant};

use conformance_tests::{Backend, model::hunt, mutants::MUTANTS};

/// What has to be found: the mutants whose flaw lies in what scenarios do. Those that forge events are
/// none: their events come late, which is found before the forgery is.
const FOUND: [u16; 39] = [
    1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 18, 19, 20, 21, 26, 27, 29, 30, 31, 33, 37, 55,
    58, 59, 62, 63, 64, 65, 67, 68, 71, 72, 73, 74, 86,
];

/// As many scenarios as it may take.
const SEEDS: u64 = 600;

/// As few commands as it is to be shrunk to.
const FEW: usize = 6;

fn find(id: u16) {
    let mutant = MUTANTS.iter().find(|mutant| mutant.id == id);
    let mutant = mutant.unwrap_or_else(|| panic!("there is no mutant {id}"));
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
