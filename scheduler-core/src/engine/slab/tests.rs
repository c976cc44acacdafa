//! Tests of the slab: compares it with a map, and checks its memory.

use std::collections::{BTreeSet, HashMap};

use proptest::prelude::*;

use super::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    Insert,
    Remove(usize),
    Change(usize),
    /// Advances a slot until this number of generations is left.
    Age(usize, u32),
    Drain(usize),
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => Just(Step::Insert),
        6 => any::<usize>().prop_map(Step::Remove),
        1 => any::<usize>().prop_map(Step::Change),
        1 => (any::<usize>(), 0..3u32).prop_map(|(index, left)| Step::Age(index, left)),
        1 => (0..400usize).prop_map(Step::Drain),
    ]
}

/// A slab, with the values it must hold and every key it ever returned.
struct Pair {
    slab: Slab<u64>,
    model: HashMap<Key, u64>,
    keys: Vec<Key>,
    value: u64,
}

impl Pair {
    fn any_key(&self, index: usize) -> Key {
        let nothing = Key::from_bits(index as u64);
        self.keys
            .get(index % self.keys.len().max(1))
            .copied()
            .unwrap_or(nothing)
    }

    fn insert(&mut self) {
        self.value += 1;
        let key = self.slab.insert(self.value);
        assert!(!self.keys.contains(&key), "a key returned twice");
        assert_ne!(key.to_bits(), 0);
        assert_eq!(Key::from_bits(key.to_bits()), key);
        self.keys.push(key);
        self.model.insert(key, self.value);
    }

    fn age(&mut self, key: Key, left: u32) {
        let Some(value) = self.model.remove(&key) else {
            return;
        };
        let aged = Key {
            generation: key.generation.max(u32::MAX - left),
            ..key
        };
        let room = self.slab.slot_mut(key.slot).unwrap();
        *room = Slot::Occupied {
            generation: aged.generation,
            value,
        };
        self.model.insert(aged, value);
        self.keys.push(aged);
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Insert => self.insert(),
            Step::Remove(index) => {
                let key = self.any_key(index);
                assert_eq!(self.slab.remove(key), self.model.remove(&key));
            }
            Step::Change(index) => {
                let key = self.any_key(index);
                let value = self.slab.get_mut(key).map(|value| mem::replace(value, 7));
                assert_eq!(value, self.model.get_mut(&key).map(|v| mem::replace(v, 7)));
            }
            Step::Age(index, left) => self.age(self.any_key(index), left),
            Step::Drain(count) => {
                for (key, value) in self.slab.drain().take(count) {
                    assert_eq!(self.model.remove(&key), Some(value));
                }
            }
        }
    }

    fn check(&self) {
        assert_eq!(self.slab.len(), self.model.len());
        for key in &self.keys {
            assert_eq!(self.slab.get(*key), self.model.get(key));
            assert_eq!(self.slab.contains(*key), self.model.contains_key(key));
        }
        let all: Vec<_> = self.slab.iter().map(|(key, &value)| (key, value)).collect();
        assert!(all.is_sorted_by(|a, b| a.0.slot < b.0.slot));
        assert_eq!(all.into_iter().collect::<HashMap<_, _>>(), self.model);
        for slot in 0..self.slab.slots + 2 {
            let key = self.model.keys().find(|key| key.slot == slot);
            assert_eq!(self.slab.key_of_slot(slot), key.copied());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn behaves_like_a_map(steps in prop::collection::vec(steps(), 0..120)) {
        let (model, keys) = (HashMap::new(), Vec::new());
        let mut pair = Pair { slab: Slab::new(), model, keys, value: 0 };
        for step in steps {
            pair.apply(step);
            pair.check();
        }
    }
}

#[test]
fn values_beyond_the_first_page_never_move() {
    let mut slab = Slab::new();
    let keys: Vec<_> = (0..5 * PAGE).map(|value| slab.insert(value)).collect();
    let address = |slab: &Slab<usize>| {
        keys.iter()
            .map(|&k| slab.get(k).unwrap() as *const _)
            .collect::<Vec<_>>()
    };
    let before = address(&slab);
    (0..5 * PAGE).for_each(|value| assert_eq!(slab.insert(value).generation, 1));
    assert_eq!(address(&slab), before);
    assert!(slab.pages.iter().all(|page| page.capacity() == PAGE));
}

#[test]
fn a_slab_of_few_values_is_small() {
    let mut slab = Slab::new();
    assert_eq!(slab.pages.capacity(), 0);
    (0..FIRST_PAGE).for_each(|value| assert_eq!(slab.insert(value).generation, 1));
    assert_eq!(
        (slab.pages.len(), slab.pages[0].capacity()),
        (1, FIRST_PAGE)
    );
}

#[test]
fn a_slot_costs_one_word_more_than_its_value() {
    assert_eq!(size_of::<Slot<[u64; 6]>>(), 56);
    assert_eq!(size_of::<Slot<Box<u64>>>(), 16);
}

#[test]
fn a_slot_without_another_generation_is_retired() {
    let mut slab = Slab::new();
    slab.insert('a');
    slab.pages[0][0] = Slot::Occupied {
        generation: u32::MAX,
        value: 'b',
    };
    let last = Key {
        slot: 0,
        generation: u32::MAX,
    };
    assert_eq!(slab.remove(last), Some('b'));
    assert_eq!(slab.remove(last), None);
    assert_eq!(slab.insert('c'), Key::first(1));
    assert_eq!(slab.at_slot(0), None);
    assert!(!slab.contains(Key::from_bits(0)));
}

#[test]
fn keys_sort_like_their_bits() {
    let mut slab = Slab::new();
    let first = slab.insert(());
    slab.remove(first);
    let keys = [first, slab.insert(()), slab.insert(())];
    let bits: BTreeSet<u64> = keys.iter().map(|key| key.to_bits()).collect();
    assert!(keys.is_sorted() && bits.into_iter().eq(keys.map(Key::to_bits)));
}
