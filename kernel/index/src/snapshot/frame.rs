//! A stream in frames: length, checksum, up to 256 KiB of payload; an empty frame ends it.
//!
//! The checksum (XXH3, 64 bits) is seeded with the frame's number, so frames that were exchanged,
//! repeated or left out are noticed as well as changed ones. Whoever reads sees only bytes whose
//! checksum was right.

use std::io::{self, Read, Write};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::SnapshotError;

/// Payload of a frame, in bytes: what a damaged length can make the reader allocate at most.
const FRAME_BYTES_MAX: usize = 262_144;

/// Numbers that are turned into bytes at a time.
const CHUNK: usize = 8_192;

/// A number with a fixed form, lowest byte first.
pub(crate) trait Number: Copy {
    /// Its bytes.
    type Bytes: AsRef<[u8]> + AsMut<[u8]> + Default;
    /// To bytes.
    fn to(self) -> Self::Bytes;
    /// From bytes.
    fn from(bytes: Self::Bytes) -> Self;
}

macro_rules! number {
    ($($number:ty),*) => {$(
        impl Number for $number {
            type Bytes = [u8; size_of::<$number>()];
            fn to(self) -> Self::Bytes {
                self.to_le_bytes()
            }
            fn from(bytes: Self::Bytes) -> Self {
                Self::from_le_bytes(bytes)
            }
        }
    )*};
}
number!(u8, u16, u32, u64);

/// Writes frames.
pub(crate) struct FrameWriter<'a> {
    out: &'a mut dyn Write,
    payload: Vec<u8>,
    frame: u64,
}

impl<'a> FrameWriter<'a> {
    pub(crate) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, payload: Vec::with_capacity(FRAME_BYTES_MAX), frame: 0 }
    }

    pub(crate) fn bytes(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let (now, later) =
                bytes.split_at(bytes.len().min(FRAME_BYTES_MAX - self.payload.len()));
            self.payload.extend_from_slice(now);
            bytes = later;
            if self.payload.len() == FRAME_BYTES_MAX {
                self.flush()?;
            }
        }
        Ok(())
    }

    pub(crate) fn number(&mut self, number: impl Number) -> io::Result<()> {
        self.bytes(number.to().as_ref())
    }

    /// Writes a count and so many numbers.
    pub(crate) fn numbers<N: Number>(&mut self, numbers: &[N]) -> io::Result<()> {
        self.number(numbers.len() as u64)?;
        let mut bytes = Vec::with_capacity(CHUNK.min(numbers.len()) * size_of::<N>());
        for chunk in numbers.chunks(CHUNK) {
            bytes.clear();
            chunk.iter().for_each(|number| bytes.extend_from_slice(number.to().as_ref()));
            self.bytes(&bytes)?;
        }
        Ok(())
    }

    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.numbers(text.as_bytes())
    }

    /// Writes what is left, and the end.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        if !self.payload.is_empty() {
            self.flush()?;
        }
        self.flush()?;
        self.out.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        let checksum = xxh3_64_with_seed(&self.payload, self.frame);
        self.out.write_all(&(self.payload.len() as u32).to_le_bytes())?;
        self.out.write_all(&checksum.to_le_bytes())?;
        self.out.write_all(&self.payload)?;
        self.payload.clear();
        self.frame += 1;
        Ok(())
    }
}

/// Reads frames.
pub(crate) struct FrameReader<'a> {
    input: &'a mut dyn Read,
    payload: Vec<u8>,
    /// How much of the payload has been given.
    given: usize,
    frame: u64,
}

impl<'a> FrameReader<'a> {
    pub(crate) fn new(input: &'a mut dyn Read) -> Self {
        Self { input, payload: Vec::new(), given: 0, frame: 0 }
    }

    pub(crate) fn fill(&mut self, mut into: &mut [u8]) -> Result<(), SnapshotError> {
        while !into.is_empty() {
            if self.given == self.payload.len() && !self.next()? {
                return Err(SnapshotError::Damaged("its end comes too early"));
            }
            let ready = &self.payload[self.given..];
            let now = ready.len().min(into.len());
            let (head, tail) = into.split_at_mut(now);
            head.copy_from_slice(&ready[..now]);
            self.given += now;
            into = tail;
        }
        Ok(())
    }

    pub(crate) fn number<N: Number>(&mut self) -> Result<N, SnapshotError> {
        let mut bytes = N::Bytes::default();
        self.fill(bytes.as_mut())?;
        Ok(N::from(bytes))
    }

    /// Reads a count, at most `max`, and so many numbers. Allocates as they come.
    pub(crate) fn numbers<N: Number>(&mut self, max: usize) -> Result<Vec<N>, SnapshotError> {
        let count = self.count(max)?;
        let mut numbers = Vec::with_capacity(count.min(CHUNK));
        let mut bytes = vec![0; CHUNK.min(count) * size_of::<N>()];
        while numbers.len() < count {
            let now = (count - numbers.len()).min(CHUNK);
            let bytes = &mut bytes[..now * size_of::<N>()];
            self.fill(bytes)?;
            numbers.extend(bytes.chunks_exact(size_of::<N>()).map(|chunk| {
                let mut one = N::Bytes::default();
                one.as_mut().copy_from_slice(chunk);
                N::from(one)
            }));
        }
        numbers.shrink_to_fit();
        Ok(numbers)
    }

    /// Reads a count, at most `max`.
    pub(crate) fn count(&mut self, max: usize) -> Result<usize, SnapshotError> {
        let count = usize::try_from(self.number::<u64>()?).unwrap_or(usize::MAX);
        if count > max { Err(SnapshotError::Damaged("a count is too great")) } else { Ok(count) }
    }

    pub(crate) fn text(&mut self, bytes_max: usize) -> Result<String, SnapshotError> {
        String::from_utf8(self.numbers(bytes_max)?)
            .map_err(|_| SnapshotError::Damaged("a text is not utf-8"))
    }

    /// Makes sure that all was read.
    pub(crate) fn finish(mut self) -> Result<(), SnapshotError> {
        if self.given < self.payload.len() || self.next()? {
            return Err(SnapshotError::Damaged("it goes on after its end"));
        }
        Ok(())
    }

    /// Reads the next frame; false at the end.
    fn next(&mut self) -> Result<bool, SnapshotError> {
        let (mut length, mut checksum) = ([0; 4], [0; 8]);
        self.input.read_exact(&mut length).map_err(SnapshotError::of)?;
        self.input.read_exact(&mut checksum).map_err(SnapshotError::of)?;
        let length = u32::from_le_bytes(length) as usize;
        if length > FRAME_BYTES_MAX {
            return Err(SnapshotError::Damaged("a frame is too long"));
        }
        self.payload.resize(length, 0);
        self.given = 0;
        self.input.read_exact(&mut self.payload).map_err(SnapshotError::of)?;
        if xxh3_64_with_seed(&self.payload, self.frame) != u64::from_le_bytes(checksum) {
            return Err(SnapshotError::Damaged("a checksum is wrong"));
        }
        self.frame += 1;
        Ok(length > 0)
    }
}
