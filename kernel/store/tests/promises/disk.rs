//! A simulated disk: what was not synced may be lost sector by sector, and operations may fail.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Result};
use std::sync::{Arc, Mutex, MutexGuard};

use taihu_store::conformance::Random;
use taihu_store::{Engine, EngineOptions, OpenError, StorageBackend};

const SECTOR: usize = 512;
/// Contents remembered of a sector that is not synced; matters only on a disk that never is.
const CONTENTS_KEPT: usize = 8;

/// Which error a failing operation answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failing {
    /// EIO, for every kind of operation.
    Broken,
    /// ENOSPC, for writes and growth.
    Full,
}

#[derive(Debug, Default)]
struct State {
    /// What reads see.
    content: Vec<u8>,
    /// What survives a power loss for certain.
    durable: Vec<u8>,
    /// Sectors written since the last sync: every content each of them had.
    unsynced: BTreeMap<usize, Vec<[u8; SECTOR]>>,
    /// Lengths since the last sync.
    lengths: Vec<usize>,
    /// Operations so far.
    operations: usize,
    /// The operation that the power is lost at.
    power_lost_at: Option<usize>,
    lost: bool,
    /// Operations of these numbers fail.
    failing: Option<(std::ops::Range<usize>, Failing)>,
    failed: usize,
    /// Syncs do nothing.
    lies: bool,
}

/// A simulated disk with one file; clones are the same disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<State>>);

#[derive(Debug)]
struct Handle(Disk);

fn sector(content: &[u8], number: usize) -> [u8; SECTOR] {
    let mut sector = [0; SECTOR];
    let start = (number * SECTOR).min(content.len());
    let end = (start + SECTOR).min(content.len());
    sector[..end - start].copy_from_slice(&content[start..end]);
    sector
}

fn random_place(number: usize, operations: usize) -> usize {
    number.wrapping_mul(31).wrapping_add(operations) % CONTENTS_KEPT
}

impl Disk {
    pub(crate) fn holding(content: Vec<u8>) -> Self {
        let durable = content.clone();
        Self(Arc::new(Mutex::new(State { content, durable, ..State::default() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// A disk that says that it has synced, and has not.
    pub(crate) fn lie(&self) {
        self.state().lies = true;
    }

    pub(crate) fn operations(&self) -> usize {
        self.state().operations
    }

    /// How many operations have failed as they were told to.
    pub(crate) fn failed(&self) -> usize {
        self.state().failed
    }

    pub(crate) fn content(&self) -> Vec<u8> {
        self.state().content.clone()
    }

    /// Changes what is on the disk, behind everybody's back.
    pub(crate) fn damage(&self, change: impl FnOnce(&mut Vec<u8>)) {
        change(&mut self.state().content);
    }

    /// Lets the operations fail that come after `after` others, `count` of them.
    pub(crate) fn fail(&self, after: usize, count: usize, failing: Failing) {
        let mut state = self.state();
        let first = state.operations + after;
        state.failing = Some((first..first.saturating_add(count), failing));
    }

    pub(crate) fn heal(&self) {
        self.state().failing = None;
    }

    /// Loses power after so many more operations.
    pub(crate) fn lose_power_after(&self, operations: usize) {
        let mut state = self.state();
        state.power_lost_at = Some(state.operations + operations);
    }

    pub(crate) fn has_lost_power(&self) -> bool {
        self.state().lost
    }

    /// Turns the power on again: of what was not synced, some is there.
    pub(crate) fn restart(&self, random: &mut Random) {
        let mut guard = self.state();
        let state = &mut *guard;
        // Sometimes nothing survives, sometimes all, mostly some.
        let survives = [0, 10, 50, 90, 100][random.below(5)];
        let lengths = std::mem::take(&mut state.lengths);
        if !lengths.is_empty() && random.below(100) < survives {
            state.durable.resize(lengths[random.below(lengths.len())], 0);
        }
        for (number, contents) in std::mem::take(&mut state.unsynced) {
            if random.below(100) >= survives {
                continue;
            }
            let newest = survives == 100 || random.below(2) == 0;
            let place = if newest { contents.len() - 1 } else { random.below(contents.len()) };
            let before = sector(&state.durable, number);
            // One in eight is torn: its end is as it was.
            let torn = if random.below(8) == 0 { random.below(SECTOR) } else { SECTOR };
            let start = (number * SECTOR).min(state.durable.len());
            let end = (start + SECTOR).min(state.durable.len());
            let mut after = contents[place];
            after[torn..].copy_from_slice(&before[torn..]);
            state.durable[start..end].copy_from_slice(&after[..end - start]);
        }
        state.content = state.durable.clone();
        state.power_lost_at = None;
        state.lost = false;
    }

    pub(crate) fn open(&self, options: EngineOptions) -> std::result::Result<Engine, OpenError> {
        let disk = self.clone();
        let make =
            move || -> Result<Box<dyn StorageBackend>> { Ok(Box::new(Handle(disk.clone()))) };
        Engine::open_backend(make, options)
    }
}

impl State {
    fn operate(&mut self, grows: bool) -> Result<()> {
        self.operations += 1;
        if self.power_lost_at.is_some_and(|at| self.operations > at) {
            self.lost = true;
        }
        if self.lost {
            return Err(Error::other("the power is gone"));
        }
        match &self.failing {
            Some((numbers, failing)) if numbers.contains(&(self.operations - 1)) => {
                let code = match failing {
                    Failing::Broken => 5,
                    Failing::Full if grows => 28,
                    Failing::Full => return Ok(()),
                };
                self.failed += 1;
                Err(Error::from_raw_os_error(code))
            }
            _ => Ok(()),
        }
    }
}

impl StorageBackend for Handle {
    fn len(&self) -> Result<u64> {
        let mut state = self.0.state();
        state.operate(false)?;
        Ok(state.content.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        let mut state = self.0.state();
        state.operate(false)?;
        let start = offset as usize;
        let found = state.content.get(start..start + out.len());
        out.copy_from_slice(found.ok_or_else(|| Error::from(ErrorKind::UnexpectedEof))?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<()> {
        let mut state = self.0.state();
        state.operate(true)?;
        state.content.resize(len as usize, 0);
        state.lengths.push(len as usize);
        Ok(())
    }

    fn sync_data(&self) -> Result<()> {
        let mut guard = self.0.state();
        guard.operate(false)?;
        let state = &mut *guard;
        if !state.lies {
            state.unsynced.clear();
            state.durable.clone_from(&state.content);
            state.lengths.clear();
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        let mut guard = self.0.state();
        let state = &mut *guard;
        let start = offset as usize;
        // The power may be lost in the middle of a write: part of it is on its way.
        let had_power = !state.lost;
        let failed = state.operate(true);
        let data = match &failed {
            Err(_) if had_power && state.lost => &data[..data.len() / 2 / SECTOR * SECTOR],
            Err(_) => &data[..0],
            Ok(()) => data,
        };
        let end = start + data.len();
        if end > state.content.len() {
            state.content.resize(end, 0);
            state.lengths.push(end);
        }
        state.content[start..end].copy_from_slice(data);
        for number in start / SECTOR..end.div_ceil(SECTOR) {
            let written = sector(&state.content, number);
            let contents = state.unsynced.entry(number).or_default();
            if contents.len() == CONTENTS_KEPT {
                contents.remove(random_place(number, state.operations));
            }
            contents.push(written);
        }
        failed
    }
}
