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
mod tests;
