//! The system's allocator with a counter that can be switched on. It has the only unsafe code of
//! the benchmarks.
//!
//! Each thread has its own counter, so other benchmarks pay only for one check of a flag.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

/// An allocator that counts. Make it the `#[global_allocator]`.
#[derive(Debug)]
pub struct Counting;

/// The allocated memory on this thread, minus the freed memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// The number of allocations.
    pub allocations: i64,
    /// The number of allocations that were not freed.
    pub live: i64,
    /// The size of the allocations that were not freed, in bytes.
    pub bytes: i64,
    /// The size of the blocks that were not freed, with the allocator's headers and rounding.
    pub bytes_with_headers: i64,
}

thread_local! {
    static COUNTS: Cell<bool> = const { Cell::new(false) };
    static COUNT: Cell<Count> = const {
        Cell::new(Count { allocations: 0, live: 0, bytes: 0, bytes_with_headers: 0 })
    };
}

/// Counts what `work` allocates and frees on this thread.
pub fn count<T>(work: impl FnOnce() -> T) -> (T, Count) {
    COUNT.set(Count::default());
    COUNTS.set(true);
    let answer = work();
    COUNTS.set(false);
    (answer, COUNT.get())
}

fn note(blocks: i64, size: usize) {
    if !COUNTS.get() {
        return;
    }
    let mut count = COUNT.get();
    count.allocations += blocks.max(0);
    count.live += blocks;
    count.bytes += blocks * size as i64;
    count.bytes_with_headers += blocks * with_header(size);
    COUNT.set(count);
}

/// Returns the size of a block in glibc's malloc: 8 bytes more, rounded up to 16, at least 32.
fn with_header(size: usize) -> i64 {
    (size + 8).next_multiple_of(16).max(32) as i64
}

// SAFETY: every call is forwarded to the system's allocator unchanged; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size());
        // SAFETY: the caller's promise is ours.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size());
        // SAFETY: the caller's promise is ours.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        note(-1, layout.size());
        // SAFETY: the caller's promise is ours.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(-1, layout.size());
        note(1, size);
        // SAFETY: the caller's promise is ours.
        unsafe { System.realloc(block, layout, size) }
    }
}
