//! The index as a stream of bytes: a mark, a format number, then the state in checked frames.

mod frame;

use std::io::{self, Read, Write};

use crate::bits::Bits;
use crate::block::Block;
use crate::document::Cursors;
use crate::index::State;
use crate::part::Part;

pub(crate) use frame::{FrameReader, FrameWriter};

/// What a snapshot begins with.
const MARK: [u8; 8] = *b"taihuidx";

/// Which form and which meaning snapshots have: how they are written, how texts are cut into terms
/// and what the codes of impacts stand for. Another number means: build anew.
pub(crate) const FORMAT: u32 = 3;

/// Bytes of a cursor's space.
const SPACE_BYTES_MAX: usize = 65_536;

/// Why a snapshot was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The stream failed. Another try may succeed; building anew always does.
    #[error("read the snapshot: {0}")]
    Read(#[source] io::Error),
    /// It was written by an older or newer kernel. Build anew.
    #[error("the snapshot has format {found}, this kernel reads format {read}")]
    Format {
        /// What it has.
        found: u32,
        /// What would have been right.
        read: u32,
    },
    /// It is not what was written. Build anew, and mistrust the disk.
    #[error("the snapshot is damaged: {0}")]
    Damaged(&'static str),
}

impl SnapshotError {
    fn of(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Damaged("it ends too early"),
            _ => Self::Read(error),
        }
    }
}

/// Writes a state.
pub(crate) fn write(state: &State, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(&MARK)?;
    out.write_all(&FORMAT.to_le_bytes())?;
    let mut out = FrameWriter::new(out);
    out.number(state.cursors.len() as u64)?;
    for (space, seq) in &state.cursors {
        out.text(space)?;
        out.number(*seq)?;
    }
    out.number(state.parts.len() as u64)?;
    for part in &state.parts {
        part.block.write_to(&mut out)?;
        out.numbers(part.dead().map_or(&[], Bits::words))?;
    }
    out.finish()
}

/// Reads a state.
pub(crate) fn read(input: &mut dyn Read) -> Result<State, SnapshotError> {
    let (mut mark, mut format) = ([0; 8], [0; 4]);
    input.read_exact(&mut mark).map_err(SnapshotError::of)?;
    if mark != MARK {
        return Err(SnapshotError::Damaged("it does not begin with `taihuidx`"));
    }
    input.read_exact(&mut format).map_err(SnapshotError::of)?;
    let found = u32::from_le_bytes(format);
    if found != FORMAT {
        return Err(SnapshotError::Format { found, read: FORMAT });
    }
    let mut input = FrameReader::new(input);
    let mut cursors = Cursors::new();
    for _ in 0..input.count(usize::MAX)? {
        let space = input.text(SPACE_BYTES_MAX)?;
        cursors.insert(space, input.number()?);
    }
    let mut parts = Vec::new();
    for _ in 0..input.count(usize::MAX)? {
        let block = Block::read_from(&mut input)?;
        let dead = input.numbers(block.len().div_ceil(64))?;
        let dead = match dead.is_empty() {
            true => Bits::none(block.len()),
            false => Bits::from_words(dead, block.len())
                .ok_or(SnapshotError::Damaged("its dead are not of this block"))?,
        };
        parts.push(Part::with_dead(block, &dead));
    }
    input.finish()?;
    Ok(State { parts, cursors })
}
