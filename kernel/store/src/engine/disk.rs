//! A checked disk: what lies between redb and the file, so that nothing that rotted is believed.
//!
//! redb verifies its pages only when it repairs a file, so a flipped bit in an index page makes a
//! record silently absent. Here each block of 4,096 bytes has a sum (xxh3-64 with its number as
//! the seed) that is verified whenever the block is read from the file. A block that does not fit
//! is handed on as zeros, which redb knows to be no page: the read that needed it fails, and
//! others go on.
//!
//! **Crashes.** redb never writes over a page that the last durable commit uses, so a block whose
//! sum and content are of different times is one that nothing points to. A sector of sums that is
//! half written is safe for the same reason: the sums of blocks in use do not change in it.
//! The one exception is the first block, which redb updates in place under checksums of its own
//! that leave out the choice between its two roots. For it a *seal* is written ahead: digests of
//! the forms it may have. If a crash kept the block and lost the seal, the store is opened with
//! redb's full check. And since the choice of the older root is a form it once had, the seal also
//! carries the number of a commit that is known to be durable; a store that opens with an older
//! one has been turned back, and is refused.
//!
//! Sums that were read stay in memory, 0.2 % of what was read of the file.

mod geometry;
mod seal;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{Error, ErrorKind, Result};
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::{BackendError, StorageBackend};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use self::geometry::{
    BLOCK, BLOCK_LEN, GROUP, SECTOR, SUMS_PER_SECTOR, blocks_of, data_at, file_len_of, sums_at,
};
pub(crate) use self::seal::FORMAT;
use self::seal::{Identity, Seal, identify, identity};
use crate::OpenError;

const WHOLE: (Bound<u64>, Bound<u64>) = (Bound::Unbounded, Bound::Unbounded);

/// How a disk is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Reads and writes.
    Writable,
    /// Reads; what is written stays in memory and is lost. So redb can recover a file, and the
    /// store can be read, while the disk refuses every write.
    Frozen,
}

/// The sums of a group.
#[derive(Debug)]
struct Group {
    sums: Vec<u64>,
    /// One bit for each sector that is to be written.
    dirty: u8,
}

#[derive(Debug)]
struct State {
    groups: HashMap<u64, Group>,
    /// The first block.
    head: Vec<u8>,
    seal: Seal,
    /// Blocks of the database.
    blocks: u64,
    /// What was written in frozen mode.
    frozen: HashMap<u64, Vec<u8>>,
}

/// The disk that redb works on. Clones are the same disk.
#[derive(Debug, Clone)]
pub(crate) struct Disk(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    backend: Box<dyn StorageBackend>,
    mode: Mode,
    locked: bool,
    state: Mutex<State>,
    damaged_blocks: AtomicU64,
    last_damaged: AtomicU64,
}

/// A disk that was opened, and whether its first block may be believed. If not, redb must verify
/// the whole file.
pub(crate) struct Opened {
    pub(crate) disk: Disk,
    pub(crate) trusted: bool,
}

fn sum_of(number: u64, block: &[u8]) -> u64 {
    xxh3_64_with_seed(block, number).max(1)
}

fn head_digest(head: &[u8]) -> u64 {
    xxh3_64(&head[..SECTOR])
}

fn damaged(detail: impl Into<String>) -> OpenError {
    OpenError::Damaged { detail: detail.into() }
}

impl Disk {
    /// Opens a file, or creates one in an empty one.
    pub(crate) fn open(
        backend: Box<dyn StorageBackend>,
        mode: Mode,
        path: &str,
    ) -> std::result::Result<Opened, OpenError> {
        let locked = match backend.try_lock_range(WHOLE.0, WHOLE.1) {
            Ok(true) => true,
            Ok(false) => return Err(OpenError::InUse { path: path.to_owned() }),
            Err(BackendError::Unsupported) => false,
            Err(error) => return Err(Error::from(error).into()),
        };
        let (file_len, mut seal, fresh) = Self::superblock(&*backend)?;
        let mut blocks = blocks_of(file_len);
        if fresh {
            if mode == Mode::Frozen {
                return Err(Error::from(ErrorKind::ReadOnlyFilesystem).into());
            }
            seal = Some(Self::create(&*backend, seal.unwrap_or_default())?);
            blocks = 0;
        }
        if blocks == 0 && !fresh {
            return Err(damaged(format!("it was cut off after {file_len} bytes")));
        }
        let mut head = vec![0; BLOCK_LEN];
        if blocks > 0 {
            backend.read(data_at(0), &mut head)?;
        }
        let known = head_digest(&head);
        let trusted = fresh || seal.as_ref().is_some_and(|seal| seal.heads.contains(&known));
        // A crash can have torn both seals, but only after something was committed. A seal that
        // denied that would have the next opening begin anew.
        let mut seal = seal.unwrap_or(Seal { serial: 0, confirmed: 1, heads: Vec::new() });
        seal.heads = vec![known];
        let state = State { groups: HashMap::new(), head, seal, blocks, frozen: HashMap::new() };
        let inner = Inner {
            backend,
            mode,
            locked,
            state: Mutex::new(state),
            damaged_blocks: AtomicU64::new(0),
            last_damaged: AtomicU64::new(0),
        };
        Ok(Opened { disk: Self(Arc::new(inner)), trusted })
    }

    /// Reads what the file says of itself: its length, its newest seal, and whether it is to be begun
    /// anew.
    fn superblock(
        backend: &dyn StorageBackend,
    ) -> std::result::Result<(u64, Option<Seal>, bool), OpenError> {
        let file_len = backend.len()?;
        let mut sectors = [[0; SECTOR]; 3];
        for (sector, at) in sectors.iter_mut().zip([0, SECTOR as u64, 2 * SECTOR as u64]) {
            // A foreign file, and one whose creation was cut short, may end anywhere.
            let there = file_len.saturating_sub(at).min(SECTOR as u64);
            if there > 0 {
                backend.read(at, &mut sector[..usize::try_from(there).unwrap_or(SECTOR)])?;
            }
        }
        let seals = [Seal::from_sector(&sectors[1]), Seal::from_sector(&sectors[2])];
        let mut seal = seals.into_iter().flatten().max_by_key(|seal| seal.serial);
        match identify(&sectors[0]) {
            Identity::Format(FORMAT) => {}
            Identity::Format(found) => return Err(OpenError::Newer { found, known: FORMAT }),
            // Creation sets the length first, so a file of another length was cut off.
            Identity::Unfinished if file_len == 0 || file_len == BLOCK => seal = None,
            Identity::Unfinished | Identity::Unknown => {
                return Err(damaged("the file does not begin as a store of Taihu does"));
            }
        }
        // Nothing was ever committed: begin anew rather than to ask what a crash left of it.
        let fresh =
            seal.as_ref().map_or(file_len == 0 || file_len == BLOCK, |seal| seal.confirmed == 0);
        Ok((file_len, seal, fresh))
    }

    fn create(backend: &dyn StorageBackend, before: Seal) -> Result<Seal> {
        let seal = Seal { serial: before.serial + 1, confirmed: 0, heads: Vec::new() };
        backend.set_len(BLOCK)?;
        backend.write(0, &identity())?;
        backend.write(seal.place(), &seal.to_sector())?;
        backend.sync_data()?;
        Ok(seal)
    }

    /// The commit that was known to be durable when this was last written down.
    pub(crate) fn confirmed(&self) -> u64 {
        self.0.state().seal.confirmed
    }

    /// Writes down that a commit is durable. It reaches the disk with the next sync.
    pub(crate) fn confirm(&self, commit: u64) -> Result<()> {
        let mut state = self.0.state();
        state.seal.confirmed = state.seal.confirmed.max(commit);
        self.0.write_seal(&mut state)
    }

    /// What was found damaged since the disk was opened, in words; `None` if nothing was.
    pub(crate) fn damage(&self) -> Option<String> {
        let count = self.0.damaged_blocks.load(Ordering::Acquire);
        let last = self.0.last_damaged.load(Ordering::Acquire);
        (count > 0).then(|| {
            format!(
                "block {last} is missing or does not fit its sum ({count} such reads since opening)"
            )
        })
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        // Every change below is complete before anything that could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_damage(&self, block: u64) {
        self.damaged_blocks.fetch_add(1, Ordering::AcqRel);
        self.last_damaged.store(block, Ordering::Release);
    }

    fn write_seal(&self, state: &mut State) -> Result<()> {
        if self.mode == Mode::Frozen {
            return Ok(());
        }
        state.seal.serial += 1;
        self.backend.write(state.seal.place(), &state.seal.to_sector())
    }

    /// The sums of a group, read from the file the first time.
    fn group<'a>(&self, state: &'a mut State, group: u64) -> Result<&'a mut Group> {
        match state.groups.entry(group) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => {
                let mut bytes = vec![0; BLOCK_LEN];
                if sums_at(group) + BLOCK <= self.backend.len()? {
                    self.backend.read(sums_at(group), &mut bytes)?;
                }
                let sums = bytes
                    .chunks_exact(8)
                    .map(|sum| sum.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
                    .collect();
                Ok(place.insert(Group { sums, dirty: 0 }))
            }
        }
    }

    fn set_sum(&self, state: &mut State, block: u64, sum: u64) -> Result<()> {
        let place = place_in_group(block);
        let group = self.group(state, block / GROUP)?;
        group.sums[place] = sum;
        group.dirty |= 1 << (place / SUMS_PER_SECTOR);
        Ok(())
    }

    /// Reads whole blocks of one group and says whether they fit their sums.
    fn read_run(&self, first: u64, out: &mut [u8]) -> Result<bool> {
        let sums: Vec<u64> = {
            let mut state = self.state();
            let count = out.len() / BLOCK_LEN;
            let place = place_in_group(first);
            let group = self.group(&mut state, first / GROUP)?;
            group.sums[place..place + count].to_vec()
        };
        self.backend.read(data_at(first), out)?;
        if self.mode == Mode::Frozen {
            let state = self.state();
            for (block, content) in (first..).zip(out.chunks_exact_mut(BLOCK_LEN)) {
                if let Some(written) = state.frozen.get(&block) {
                    content.copy_from_slice(written);
                }
            }
        }
        let mut fits = true;
        for ((block, content), sum) in (first..).zip(out.chunks_exact(BLOCK_LEN)).zip(sums) {
            let good = match sum {
                0 => content.iter().all(|byte| *byte == 0),
                sum => sum_of(block, content) == sum,
            };
            if !good {
                self.note_damage(block);
                fits = false;
            }
        }
        Ok(fits)
    }

    /// Reads whole blocks, none of which is the first. If one is damaged, all are zeros.
    fn read_blocks(&self, first: u64, out: &mut [u8]) -> Result<()> {
        let mut fits = true;
        for_runs(first, out.len(), |block, from, to| {
            fits &= self.read_run(block, &mut out[from..to])?;
            Ok(())
        })?;
        if !fits {
            tracing::error!(first, bytes = out.len(), "damaged block in the store");
            out.fill(0);
        }
        Ok(())
    }

    /// Writes whole blocks, none of which is the first.
    fn write_blocks(&self, first: u64, data: &[u8]) -> Result<()> {
        if self.mode == Mode::Writable {
            for_runs(first, data.len(), |block, from, to| {
                self.backend.write(data_at(block), &data[from..to])
            })?;
        }
        let mut state = self.state();
        for (block, content) in (first..).zip(data.chunks_exact(BLOCK_LEN)) {
            if self.mode == Mode::Frozen {
                state.frozen.insert(block, content.to_vec());
            }
            self.set_sum(&mut state, block, sum_of(block, content))?;
        }
        Ok(())
    }

    /// Writes into the first block, after the seal that announces what it will look like.
    fn write_head(&self, at: usize, data: &[u8]) -> Result<()> {
        let mut state = self.state();
        state.head[at..at + data.len()].copy_from_slice(data);
        let digest = head_digest(&state.head);
        state.seal.admit(digest);
        self.write_seal(&mut state)?;
        match self.mode {
            Mode::Writable => self.backend.write(data_at(0) + at as u64, data),
            Mode::Frozen => Ok(()),
        }
    }

    fn write_sums(&self, state: &mut State) -> Result<()> {
        for (number, group) in &mut state.groups {
            let sectors = group.sums.chunks_exact(SUMS_PER_SECTOR).enumerate();
            for (place, sums) in sectors.filter(|(place, _)| group.dirty & 1 << place != 0) {
                let bytes: Vec<u8> = sums.iter().flat_map(|sum| sum.to_be_bytes()).collect();
                self.backend.write(sums_at(*number) + (place * SECTOR) as u64, &bytes)?;
            }
            group.dirty = 0;
        }
        Ok(())
    }

    /// Says why a range does not lie within the database.
    fn check_range(&self, offset: u64, len: usize) -> Result<()> {
        let end = offset.checked_add(len as u64);
        let known = self.state().blocks * BLOCK;
        match end {
            Some(end) if end <= known => Ok(()),
            _ => Err(Error::new(
                ErrorKind::UnexpectedEof,
                format!("{len} bytes at {offset} end beyond the database of {known} bytes"),
            )),
        }
    }
}

fn place_in_group(block: u64) -> usize {
    usize::try_from(block % GROUP).unwrap_or(0)
}

/// Cuts blocks into runs that lie side by side in the file: first block, from byte, to byte.
fn for_runs(
    first: u64,
    len: usize,
    mut each: impl FnMut(u64, usize, usize) -> Result<()>,
) -> Result<()> {
    let (mut block, mut from) = (first, 0);
    while from < len {
        let room = (GROUP as usize - place_in_group(block)) * BLOCK_LEN;
        let to = len.min(from + room);
        each(block, from, to)?;
        block += ((to - from) / BLOCK_LEN) as u64;
        from = to;
    }
    Ok(())
}

/// True if a range is of whole blocks without the first.
fn is_whole(offset: u64, len: usize) -> bool {
    offset >= BLOCK && offset.is_multiple_of(BLOCK) && len.is_multiple_of(BLOCK_LEN)
}

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64> {
        Ok(self.0.state().blocks * BLOCK)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        let inner = &*self.0;
        if let Err(error) = inner.check_range(offset, out.len()) {
            // redb reads where its pages point: the file was cut off. That is a damaged block,
            // and no reason to stop reading others, as an error would be.
            tracing::error!(%error, "the store was cut off");
            inner.note_damage(offset / BLOCK);
            out.fill(0);
            return Ok(());
        }
        if is_whole(offset, out.len()) {
            return inner.read_blocks(offset / BLOCK, out);
        }
        // Only the first block is read in part; anything else is served through whole blocks.
        let mut place = 0;
        while place < out.len() {
            let at = offset + place as u64;
            let within = usize::try_from(at % BLOCK).unwrap_or(0);
            let count = (BLOCK_LEN - within).min(out.len() - place);
            let mut block = vec![0; BLOCK_LEN];
            match at / BLOCK {
                0 => block.copy_from_slice(&inner.state().head),
                number => inner.read_blocks(number, &mut block)?,
            }
            out[place..place + count].copy_from_slice(&block[within..within + count]);
            place += count;
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<()> {
        let inner = &*self.0;
        if !len.is_multiple_of(BLOCK) {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("length {len} is no multiple of {BLOCK}"),
            ));
        }
        let mut state = inner.state();
        let (before, after) = (state.blocks, len / BLOCK);
        if inner.mode == Mode::Writable {
            inner.backend.set_len(file_len_of(after))?;
        }
        state.groups.retain(|group, _| group * GROUP < after);
        // Blocks that come or go in a group that stays are blank from now on.
        let edge = before.min(after);
        let end = before.max(after).min(edge.next_multiple_of(GROUP));
        for block in edge..end {
            inner.set_sum(&mut state, block, 0)?;
        }
        state.blocks = after;
        Ok(())
    }

    fn sync_data(&self) -> Result<()> {
        let inner = &*self.0;
        if inner.mode == Mode::Frozen {
            return Ok(());
        }
        let settled = {
            let mut state = inner.state();
            inner.write_sums(&mut state)?;
            head_digest(&state.head)
        };
        // Not under the lock: a sync takes milliseconds, and reads go on meanwhile.
        inner.backend.sync_data()?;
        inner.state().seal.heads = vec![settled];
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        let inner = &*self.0;
        inner.check_range(offset, data.len())?;
        if is_whole(offset, data.len()) {
            return inner.write_blocks(offset / BLOCK, data);
        }
        let at = usize::try_from(offset).unwrap_or(BLOCK_LEN);
        if at.saturating_add(data.len()) <= BLOCK_LEN {
            return inner.write_head(at, data);
        }
        // redb writes whole pages, and its header; should that change, this must say so.
        Err(Error::new(ErrorKind::Unsupported, format!("{} bytes at {offset}", data.len())))
    }

    fn close(&self) -> Result<()> {
        self.0.backend.close()
    }

    fn try_lock_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> std::result::Result<bool, BackendError> {
        // The whole file was locked before its first byte was read; redb asks for the whole too,
        // once it is told that there is nothing smaller.
        if self.0.locked && (start, end) == WHOLE {
            return Ok(true);
        }
        Err(BackendError::Unsupported)
    }

    fn unlock_range(
        &self,
        _start: Bound<u64>,
        _end: Bound<u64>,
    ) -> std::result::Result<(), BackendError> {
        Ok(())
    }
}
