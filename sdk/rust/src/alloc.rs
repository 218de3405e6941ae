//! The allocator of a plugin: made for instances that live for one call. The only `unsafe` code
//! of the crate that is not generated.
//!
//! The kernel drops an instance's whole memory after each call, so giving memory back to the
//! system is pointless; what counts is that the few large blocks of a batch and the small ones of
//! each score are cheap, and that a long parse reuses what it freed. So: blocks are cut off the end
//! of memory one after the other; a freed block waits in the list of its size class; the last
//! block grows in place. There are four classes to a doubling, so at most a quarter is wasted.
//!
//! The first [`ROOM`] bytes are there from the beginning, as static data that no file holds: memory
//! that grows in each call, and shrinks after it, costs the kernel two changes of its page tables each
//! time, 10 µs together. A page that nobody writes to costs nothing; but the kernel counts them as held
//! from the beginning, so a manifest must not wish for less than 4 MiB (`limits.memory_mib`; 32 is usual).
//!
//! Switch it off with `default-features = false`; then std's allocator (dlmalloc) serves.

#![expect(unsafe_code, reason = "an allocator hands out raw memory")]

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::UnsafeCell;
use core::ptr::null_mut;

use crate::size_class::{CLASSES, UNIT, class_of};

#[global_allocator]
static ALLOCATOR: OneCall = OneCall {
    state: UnsafeCell::new(State { next: 0, end: 0, last: false, free: [null_mut(); CLASSES] }),
    room: UnsafeCell::new([0; ROOM]),
};

/// Size of the first room in bytes: a batch of 500 full records and its scores have room in 2 MiB.
const ROOM: usize = 2 * 1024 * 1024;

/// Size of a page of wasm memory, in bytes.
const PAGE: usize = 64 * 1024;

/// How much memory is taken at once, in pages: 1 MiB, so that growing is rare in a batch.
const GROW_PAGES: usize = 16;

struct State {
    /// Where the next new block begins.
    next: usize,
    /// Where the room for new blocks ends.
    end: usize,
    /// Whether that is the end of memory, and not of the first room.
    last: bool,
    /// Freed blocks of each class; each holds the address of the next one.
    free: [*mut u8; CLASSES],
}

/// The state and, in the pages right behind it, the first blocks. All zeros, so that it is in no file.
#[repr(C, align(8))]
struct OneCall {
    state: UnsafeCell<State>,
    room: UnsafeCell<[u8; ROOM]>,
}

// SAFETY: wasm32 without threads (the kernel switches them off) has one thread.
unsafe impl Sync for OneCall {}

unsafe extern "C" {
    /// The first address after the stack and static data; put there by the linker.
    static __heap_base: u8;
}

impl State {
    /// Cuts a new block off the end of what is left; null if there is no memory any more.
    fn cut(&mut self, size: usize, align: usize) -> *mut u8 {
        if self.next == 0 {
            self.next = ALLOCATOR.room.get() as usize;
            self.end = self.next + ROOM;
        }
        match self.fit(size, align) {
            Some(start) => start as *mut u8,
            None if self.last => null_mut(),
            None => {
                // Goes on behind all static data; what is left of the first room is lost.
                self.next = (&raw const __heap_base) as usize;
                self.end = memory_size(0) * PAGE;
                self.last = true;
                self.fit(size, align).map_or(null_mut(), |start| start as *mut u8)
            }
        }
    }

    /// Finds a place for a block in the present room, which grows if it can.
    #[inline]
    fn fit(&mut self, size: usize, align: usize) -> Option<usize> {
        let start = self.next.checked_next_multiple_of(align.max(UNIT))?;
        let end = start.checked_add(size)?;
        if end > self.end && !(self.last && self.grow(end)) {
            return None;
        }
        self.next = end;
        Some(start)
    }

    /// Makes memory reach `end`: by a round amount, or by what is needed if that is too much.
    #[cold]
    fn grow(&mut self, end: usize) -> bool {
        let needed = (end - self.end).div_ceil(PAGE);
        for pages in [needed.max(GROW_PAGES), needed] {
            if memory_grow(0, pages) != usize::MAX {
                self.end = self.end.saturating_add(pages * PAGE);
                return true;
            }
        }
        false
    }
}

// SAFETY: a block comes either from `cut`, which never gives the same bytes twice, or from the
// free list of its class, where only `dealloc` puts blocks of that size. Both are aligned to a unit;
// a greater alignment is always cut anew. `alloc` and `dealloc` find the same class, because both
// derive it from the layout.
unsafe impl GlobalAlloc for OneCall {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: one thread, and no method of State calls back.
        let state = unsafe { &mut *self.state.get() };
        let (class, size) = class_of(layout.size());
        let head = state.free[class];
        if head.is_null() || layout.align() > UNIT {
            return state.cut(size, layout.align());
        }
        // SAFETY: a block in a free list holds the address of the next one, written by `dealloc`.
        state.free[class] = unsafe { head.cast::<*mut u8>().read() };
        head
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as in `alloc`.
        let state = unsafe { &mut *self.state.get() };
        let (class, _) = class_of(layout.size());
        // SAFETY: the caller gives the block back, and it has room for an address.
        unsafe { block.cast::<*mut u8>().write(state.free[class]) };
        state.free[class] = block;
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, wanted: usize) -> *mut u8 {
        let (class, size) = class_of(layout.size());
        let (class_wanted, size_wanted) = class_of(wanted);
        if class == class_wanted {
            return block;
        }
        {
            // SAFETY: as in `alloc`.
            let state = unsafe { &mut *self.state.get() };
            let start = block as usize;
            if start + size == state.next {
                // The last block: only the end moves, if there is room. `next` goes back first, as if it
                // were cut anew.
                state.next = start;
                if state.fit(size_wanted, layout.align()).is_some() {
                    return block;
                }
                state.next = start + size;
            }
        }
        // SAFETY: the caller's promise for `realloc` holds for a layout of the same alignment.
        let layout_wanted = unsafe { Layout::from_size_align_unchecked(wanted, layout.align()) };
        // SAFETY: `wanted` is not zero, as the caller promised.
        let fresh = unsafe { self.alloc(layout_wanted) };
        if !fresh.is_null() {
            // SAFETY: two different blocks, both at least this long.
            unsafe {
                fresh.copy_from_nonoverlapping(block, layout.size().min(wanted));
                self.dealloc(block, layout);
            }
        }
        fresh
    }
}
