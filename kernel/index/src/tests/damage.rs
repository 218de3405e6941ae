//! A snapshot that is not what was written is noticed, and costs nothing.

use std::io::{self, Read};

use super::{document, index_of, small, snapshot};
use crate::document::{Cursors, Filter, Labels, Update};
use crate::index::Index;
use crate::snapshot::{FORMAT, SnapshotError};

/// A small index with all that a snapshot can hold: several parts, dead, labels both ways.
fn sample() -> Vec<u8> {
    let index = small();
    for at in 0..18_u32 {
        let mut put = document(&format!("id{at}"), &format!("锂电池材料 {at} alloy"));
        put.labels = Labels {
            state: "published".to_owned(),
            tenant: format!("t{}", at % 9),
            pools: vec!["p".to_owned(), "q".to_owned()],
            ..Labels::default()
        };
        put.date = at;
        put.phrases = vec!["锂电池".to_owned(), format!("Alloy {}", at % 5)];
        index.apply(vec![Update::Put(put)], &Cursors::from([("浙大".to_owned(), u64::from(at))]));
        index.tidy();
    }
    index.apply(vec![Update::Remove("id3".to_owned())], &Cursors::new());
    snapshot(&index)
}

#[track_caller]
fn check(bytes: &[u8], message: &str) {
    let error = Index::read_from(&mut &bytes[..]).expect_err("it was taken");
    assert!(error.to_string().contains(message), "{error}");
}

#[test]
fn every_flipped_byte_is_noticed() {
    let whole = sample();
    assert!(Index::read_from(&mut whole.as_slice()).is_ok());
    for at in 0..whole.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut damaged = whole.clone();
            damaged[at] ^= flip;
            let read = Index::read_from(&mut damaged.as_slice());
            assert!(read.is_err(), "byte {at} xor {flip:#x} of {}", whole.len());
        }
    }
}

#[test]
fn every_truncation_is_noticed() {
    let whole = sample();
    for len in 0..whole.len() {
        assert!(Index::read_from(&mut &whole[..len]).is_err(), "{len} of {}", whole.len());
    }
}

#[test]
fn the_reaction_is_in_the_error() {
    let whole = sample();
    check(b"", "damaged: it ends too early");
    check(b"something else altogether", "damaged: it does not begin with `taihuidx`");
    let mut other = whole.clone();
    other[8..12].copy_from_slice(&(FORMAT + 1).to_le_bytes());
    check(&other, "the snapshot has format 4, this kernel reads format 3");
    let mut long = whole.clone();
    long[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
    check(&long, "damaged: a frame is too long");
    let mut late = whole.clone();
    *late.last_mut().unwrap() ^= 1;
    check(&late, "damaged: a checksum is wrong");

    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let error = Index::read_from(&mut Broken).unwrap_err();
    assert!(matches!(error, SnapshotError::Read(_)), "{error}");
}

/// Frames with right checksums around wrong contents.
mod forged {
    use super::check;
    use crate::document::Kind;
    use crate::snapshot::{FORMAT, FrameWriter};

    #[track_caller]
    fn forge(message: &str, write: impl FnOnce(&mut FrameWriter<'_>) -> std::io::Result<()>) {
        let mut bytes = b"taihuidx".to_vec();
        bytes.extend(FORMAT.to_le_bytes());
        let mut out = FrameWriter::new(&mut bytes);
        write(&mut out).unwrap();
        out.finish().unwrap();
        check(&bytes, message);
    }

    /// A block of the documents `a` and `b` without labels, and these postings of the terms `keys`.
    fn block(
        out: &mut FrameWriter<'_>,
        directory: &[u32],
        keys: &[u32],
        starts: &[u32],
        records: &[u8],
    ) -> std::io::Result<()> {
        out.number(0_u64)?;
        out.number(1_u64)?;
        document_numbers(out)?;
        // No phrases: five empty lists, and the two texts' own.
        for _ in 0..7 {
            out.number(0_u64)?;
        }
        out.numbers(directory)?;
        out.numbers(keys)?;
        out.numbers(starts)?;
        out.numbers(records)
    }

    /// Lengths, dates and identifiers of two documents, and no labels.
    fn document_numbers(out: &mut FrameWriter<'_>) -> std::io::Result<()> {
        out.numbers(&[1_u32, 1])?;
        out.numbers(&[0_u32, 0])?;
        out.text("ab")?;
        out.numbers(&[1_u32, 2])?;
        for _ in Kind::ALL {
            out.number(0_u64)?;
        }
        Ok(())
    }

    /// A block of the documents `a` and `b` with phrases: folded, their ends, and places.
    fn phrases(
        out: &mut FrameWriter<'_>,
        folded: (&str, &[u32]),
        other: &[u32],
        ends: &[u32],
        places: &[u16],
    ) -> std::io::Result<()> {
        out.number(0_u64)?;
        out.number(1_u64)?;
        document_numbers(out)?;
        out.text(folded.0)?;
        out.numbers(folded.1)?;
        out.numbers(other)?;
        out.text(&"X".repeat(other.len()))?;
        out.numbers(&(1..=other.len() as u32).collect::<Vec<_>>())?;
        out.numbers(ends)?;
        out.numbers(places)
    }

    #[test]
    fn phrases_that_do_not_fit_are_refused() {
        let misfit = "phrases do not fit together";
        let two = ("xy", &[1, 2][..]);
        forge(misfit, |out| phrases(out, two, &[], &[1], &[0]));
        forge(misfit, |out| phrases(out, two, &[], &[1, 2], &[0]));
        forge(misfit, |out| phrases(out, two, &[], &[1, 2], &[0, 2]));
        forge(misfit, |out| phrases(out, two, &[], &[1, 1], &[0]));
        forge(misfit, |out| phrases(out, two, &[], &[0, 1], &[0]));
        forge(misfit, |out| phrases(out, two, &[2], &[1, 2], &[0, 1]));
        forge(misfit, |out| phrases(out, two, &[], &[2, 3], &[1, 0, 1]));
        forge(misfit, |out| phrases(out, ("yx", &[1, 2]), &[], &[1, 2], &[0, 1]));
        forge(misfit, |out| phrases(out, ("xx", &[1, 2]), &[], &[1, 2], &[0, 1]));
        forge("an id ends", |out| phrases(out, ("xy", &[1, 3]), &[], &[1, 2], &[0, 1]));
        forge("its end comes too early", |out| {
            phrases(out, ("xx", &[1, 2]), &[0], &[1, 2], &[0, 1])
        });
    }

    /// A directory of 256 buckets, all terms in the first.
    fn first(terms: u32) -> Vec<u32> {
        std::iter::once(0).chain(std::iter::repeat_n(terms, 256)).collect()
    }

    #[test]
    fn wrong_contents_are_refused_even_with_right_checksums() {
        forge("its end comes too early", |_| Ok(()));
        forge("it goes on after its end", |out| out.bytes(&[0; 17]));
        forge("a count is too great", |out| out.number(1_u64).and(out.number(u64::MAX)));
        forge("a text is not utf-8", |out| out.number(1_u64).and(out.numbers(&[0xff_u8])));
        forge("a count is too great", |out| {
            out.number(0_u64)?;
            out.number(1_u64)?;
            out.numbers(&vec![1_u32; 65_536])
        });
        let misfit = "postings do not fit together";
        let (a, b) = ([0x10, 0, 0], [0x10, 1, 0]);
        let both = [a, b].concat();
        forge(misfit, |out| block(out, &first(2), &[7, 7], &[0, 3], &both));
        forge(misfit, |out| block(out, &first(2), &[8, 7], &[0, 3], &both));
        forge(misfit, |out| block(out, &first(3), &[7, 8], &[0, 3], &both));
        forge(misfit, |out| block(out, &[0, 2], &[7, 8], &[0, 3], &both));
        forge(misfit, |out| block(out, &[], &[], &[], &[]));
        forge(misfit, |out| block(out, &first(2), &[7, 8], &[0, 2], &both));
        forge(misfit, |out| block(out, &first(2), &[7, 8], &[0], &both));
        forge(misfit, |out| block(out, &first(1), &[7], &[0], &both));
        forge(misfit, |out| block(out, &first(2), &[7, 8], &[0, 3], &both[..5]));
        forge(misfit, |out| block(out, &first(1), &[7], &[0], &[0x10, 2, 0]));
        forge("its dead are not of this block", |out| {
            block(out, &first(2), &[7, 8], &[0, 3], &both)?;
            out.numbers(&[4_u64])
        });
    }
}

#[test]
fn a_snapshot_longer_than_a_frame_comes_back() {
    let text: String = ('\u{4e00}'..'\u{9f00}').collect();
    let index = index_of(&[&text, "龙井 茶", &text[3..]]);
    let bytes = snapshot(&index);
    assert!(bytes.len() > 270_000, "{}", bytes.len());
    let read = Index::read_from(&mut bytes.as_slice()).unwrap();
    let filter = Filter::default();
    assert_eq!(read.find("龙井", &filter, 0, 5), index.find("龙井", &filter, 0, 5));
    assert_eq!(read.state().parts[0].block, index.state().parts[0].block);
}
