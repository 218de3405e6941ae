//! The allocator of a plugin: made for instances that live for one call. The only `unsafe` code
//! of the crate that is not generated.
//!
//! The kernel drops an instance's whole memory after each call, so giving memory back to the
//! system is pointless; what counts is that the few large blocks of a batch and the small ones of
//! each score are cheap, and that a long parse reuses what it freed. So: blocks are cut off the end
//! of memory one after the other; a freed block waits in the list of its size class; the last
//! block grows in place. There are four classes to a doubling, so at most a quarter is wasted.
//!
//! Switch it off with `default-features = false`; then std's allocator (dlmalloc) serves.

#![expect(unsafe_code, reason = "an allocator hands out raw memory")]

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::UnsafeCell;
use core::ptr::null_mut;

use crate::size_class::{CLASSES, UNIT, class_of};

#[global_allocator]
static ALLOCATOR: OneCall =
    OneCall(UnsafeCell::new(State { next: 0, end: 0, free: [null_mut(); CLASSES] }));

/// Size of a page of wasm memory, in bytes.
const PAGE: usize = 64 * 1024;

/// How much memory is taken at once, in pages: 1 MiB, so that growing is rare in a batch.
const GROW_PAGES: usize = 16;

struct State {
    /// Where the next new block begins.
    next: usize,
    /// Where memory ends.
    end: usize,
    /// Freed blocks of each class; each holds the address of the next one.
    free: [*mut u8; CLASSES],
}

struct OneCall(UnsafeCell<State>);

// SAFETY: wasm32 without threads (the kernel switches them off) has one thread.
unsafe impl Sync for OneCall {}

unsafe extern "C" {
    /// The first address after the stack and static data; put there by the linker.
    static __heap_base: u8;
}

impl State {
    /// Cuts a new block off the end of memory; null if there is none.
    fn cut(&mut self, size: usize, align: usize) -> *mut u8 {
        if self.next == 0 {
            self.next = (&raw const __heap_base) as usize;
            self.end = memory_size(0) * PAGE;
        }
        let Some(start) = self.next.checked_next_multiple_of(align.max(UNIT)) else {
            return null_mut();
        };
        let Some(end) = start.checked_add(size) else { return null_mut() };
        if end > self.end && !self.grow(end) {
            return null_mut();
        }
        self.next = end;
        start as *mut u8
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
        let state = unsafe { &mut *self.0.get() };
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
        let state = unsafe { &mut *self.0.get() };
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
            let state = unsafe { &mut *self.0.get() };
            let start = block as usize;
            if start + size == state.next {
                // The last block: only the end moves. `next` goes back first, as if it were cut anew.
                state.next = start;
                let again = state.cut(size_wanted, layout.align());
                if again.is_null() {
                    state.next = start + size;
                }
                return again;
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
