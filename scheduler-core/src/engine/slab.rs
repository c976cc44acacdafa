//! A slab: values under small integer keys that stay valid until the value is removed.
//!
//! Values are stored in pages that are allocated when needed and never moved, so that an insertion
//! copies no existing values. Only the first page starts small and grows, so that a slab of a few
//! values stays small. Vacant slots are chained into a free list and reused last-in first-out.
//!
//! Invariant: a key finds the value it was returned for, or nothing. Removing a value moves its
//! slot to the next generation; a slot after its last generation is never used again.
//!
//! Not here: giving memory back. Pages hold the generations, which distinguish old keys from new
//! ones.

use std::mem;

/// Values of one type under generational keys.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    pages: Vec<Vec<Slot<T>>>,
    /// Number of slots in the pages, including vacant ones.
    slots: u32,
    /// The first vacant slot, or [`NONE`].
    free: u32,
    len: usize,
}

impl<T> Slab<T> {
    /// Creates an empty slab, without allocating.
    pub(crate) fn new() -> Self {
        Self {
            pages: Vec::new(),
            slots: 0,
            free: NONE,
            len: 0,
        }
    }

    /// Returns the number of values.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Stores a value and returns its key.
    ///
    /// # Panics
    ///
    /// If 2^32 - 1 slots are in use. Memory runs out long before.
    pub(crate) fn insert(&mut self, value: T) -> Key {
        let slot = self.free;
        let Some(room) = self.slot_mut(slot) else {
            return self.append(value);
        };
        let Slot::Vacant { generation, next } = *room else {
            return self.append(value);
        };
        *room = Slot::Occupied { generation, value };
        self.free = next;
        self.len += 1;
        Key { slot, generation }
    }

    /// Returns the value of a key.
    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        self.slot(key.slot)?.get(key.generation)
    }

    /// Returns the value of a key, mutably.
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        self.slot_mut(key.slot)?.get_mut(key.generation)
    }

    /// Returns whether a key has a value.
    #[cfg(test)]
    pub(crate) fn contains(&self, key: Key) -> bool {
        self.get(key).is_some()
    }

    /// Removes the value of a key, which becomes invalid.
    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        let next = self.free;
        let room = self.slot_mut(key.slot)?;
        room.get(key.generation)?;
        // Wraps to 0, which no key has: the slot stays out of the free list, retired.
        let generation = key.generation.wrapping_add(1);
        let removed = mem::replace(room, Slot::Vacant { generation, next });
        if generation != 0 {
            self.free = key.slot;
        }
        self.len -= 1;
        removed.into_value()
    }

    /// Returns whether a key has, or had, a value.
    pub(crate) fn has_issued(&self, key: Key) -> bool {
        let latest = match self.slot(key.slot) {
            None => 0,
            Some(Slot::Occupied { generation, .. }) => *generation,
            // Wraps in a retired slot, whose last key had the highest generation.
            Some(Slot::Vacant { generation, .. }) => generation.wrapping_sub(1),
        };
        (1..=latest).contains(&key.generation)
    }

    /// Returns the value in a slot and its key, regardless of the generation.
    pub(crate) fn at_slot(&self, slot: u32) -> Option<(Key, &T)> {
        self.slot(slot)?.occupant(slot)
    }

    /// Returns the key of the value in a slot.
    pub(crate) fn key_of_slot(&self, slot: u32) -> Option<Key> {
        self.at_slot(slot).map(|(key, _)| key)
    }

    /// Iterates over all values and keys, in slot order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Key, &T)> {
        let slots = (0..self.slots).zip(self.pages.iter().flatten());
        slots.filter_map(|(index, slot)| slot.occupant(index))
    }

    /// Removes all values in slot order, each when the iterator reaches it.
    ///
    /// Values that a dropped iterator has not reached stay.
    #[cfg(test)]
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = (Key, T)> {
        (0..self.slots).filter_map(|slot| {
            let key = self.key_of_slot(slot)?;
            self.remove(key).map(|value| (key, value))
        })
    }

    /// Stores a value in a new slot.
    fn append(&mut self, value: T) -> Key {
        assert!(self.slots < NONE, "a slab has at most 2^32 - 1 slots");
        let key = Key::first(self.slots);
        let (page, _) = position(key.slot);
        if page == self.pages.len() {
            let capacity = if page == 0 { FIRST_PAGE } else { PAGE };
            self.pages.push(Vec::with_capacity(capacity));
        }
        self.pages[page].push(Slot::Occupied {
            generation: key.generation,
            value,
        });
        self.slots += 1;
        self.len += 1;
        key
    }

    /// Returns the slot with this index.
    fn slot(&self, slot: u32) -> Option<&Slot<T>> {
        let (page, offset) = position(slot);
        self.pages.get(page)?.get(offset)
    }

    /// Returns the slot with this index, mutably.
    fn slot_mut(&mut self, slot: u32) -> Option<&mut Slot<T>> {
        let (page, offset) = position(slot);
        self.pages.get_mut(page)?.get_mut(offset)
    }
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Key of a value in a [`Slab`]; never reused for another value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) slot: u32,
    /// Number of times that the slot was filled; at least 1.
    pub(crate) generation: u32,
}

impl Key {
    /// Returns the key of the first value in a slot.
    pub(crate) const fn first(slot: u32) -> Self {
        Self {
            slot,
            generation: 1,
        }
    }

    /// Returns the key as a number, which is never 0 and has the order of the keys.
    pub(crate) fn to_bits(self) -> u64 {
        u64::from(self.slot) << 32 | u64::from(self.generation)
    }

    /// Returns the key that [`to_bits`](Self::to_bits) converted to this number. For any other
    /// number, returns a key without a value.
    pub(crate) fn from_bits(bits: u64) -> Self {
        Self {
            slot: (bits >> 32) as u32,
            generation: bits as u32,
        }
    }
}

/// A slot for one value. Both variants contain the generation, so that it is stored in one word
/// with the tag.
#[derive(Debug)]
enum Slot<T> {
    Occupied {
        generation: u32,
        value: T,
    },
    /// `generation` is that of the next value, or 0 in a retired slot. `next` is the next slot of
    /// the free list.
    Vacant {
        generation: u32,
        next: u32,
    },
}

impl<T> Slot<T> {
    /// Returns the value, if it has this generation.
    fn get(&self, wanted: u32) -> Option<&T> {
        match self {
            Self::Occupied { generation, value } if *generation == wanted => Some(value),
            _ => None,
        }
    }

    /// Returns the value mutably, if it has this generation.
    fn get_mut(&mut self, wanted: u32) -> Option<&mut T> {
        match self {
            Self::Occupied { generation, value } if *generation == wanted => Some(value),
            _ => None,
        }
    }

    /// Returns the value and its key, given the index of the slot.
    fn occupant(&self, slot: u32) -> Option<(Key, &T)> {
        match self {
            Self::Occupied { generation, value } => Some((
                Key {
                    slot,
                    generation: *generation,
                },
                value,
            )),
            Self::Vacant { .. } => None,
        }
    }

    /// Returns the value.
    fn into_value(self) -> Option<T> {
        match self {
            Self::Occupied { value, .. } => Some(value),
            Self::Vacant { .. } => None,
        }
    }
}

/// Returns the page of a slot, and the offset in it.
fn position(slot: u32) -> (usize, usize) {
    (slot as usize / PAGE, slot as usize % PAGE)
}

/// Number of slots in a page; the page table stays in cache at 10^6 values.
const PAGE: usize = 1024;
/// Initial number of slots in the first page, which doubles until the page has its full size.
const FIRST_PAGE: usize = 16;
/// Not a slot: the end of the free list.
const NONE: u32 = u32::MAX;

#[cfg(test)]
mod tests {
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
}
