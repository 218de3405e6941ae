//! PROMISES row 4: what rots on the disk is noticed; nothing wrong is answered, nothing panics.

use taihu_model::Digest;
use taihu_store::conformance::{Random, audit};
use taihu_store::{Batch, EngineOptions, Expect, Key, OpenError, ReadError, Space, Store, Write};

use crate::disk::Disk;

const RECORDS: usize = 400;
const BLOBS: usize = 12;

fn options() -> EngineOptions {
    EngineOptions { cache_bytes: 0, ..EngineOptions::default() }
}

fn space() -> Space {
    "nanxun".parse().unwrap()
}

fn key(n: usize) -> Key {
    Key::of(&["record", &format!("{n:04}")])
}

fn value(n: usize) -> Vec<u8> {
    format!("{n} ").repeat(20 + n % 90).into_bytes()
}

fn blob(n: usize) -> Vec<u8> {
    vec![n as u8; 1_000 + n * 3_000]
}

/// A disk with some hundred records, in as many commits as there are tens of them.
fn filled() -> Disk {
    let disk = Disk::default();
    let engine = disk.open(options()).unwrap();
    for ten in 0..RECORDS / 10 {
        let write = |n| Write { key: key(n), value: Some(value(n)), expect: Expect::Absent };
        let writes = (ten * 10..ten * 10 + 10).map(write).collect();
        let audit = audit(&space(), ten as i64);
        let batch = Batch { audit, writes, guards: vec![], idempotency: Some(ten.to_string()) };
        engine.commit(&space(), batch).unwrap();
    }
    for n in 0..BLOBS {
        engine.put_blob(&blob(n)).unwrap();
    }
    disk
}

/// What reading everything came to.
#[derive(Debug, Default)]
struct Tally {
    unopened: usize,
    right: usize,
    noticed: usize,
}

impl Tally {
    #[track_caller]
    fn note<T: PartialEq + std::fmt::Debug>(
        &mut self,
        what: &str,
        found: Result<T, ReadError>,
        wanted: &T,
    ) {
        match found {
            Ok(found) => {
                assert!(found == *wanted, "{what}: a wrong answer, silently: {found:?}");
                self.right += 1;
            }
            Err(_) => self.noticed += 1,
        }
    }

    /// Reads everything there is: each answer is right or an error.
    #[track_caller]
    fn read(&mut self, what: &str, store: &dyn Store) {
        let space = space();
        for n in 0..RECORDS {
            let found = store.snapshot().and_then(|view| view.get(&space, &key(n)));
            self.note(what, found.map(|record| record.map(|record| record.value)), &Some(value(n)));
        }
        let range = store.snapshot().and_then(|view| view.range(&space, "", None, usize::MAX));
        let values = range.map(|range| range.into_iter().map(|(_, record)| record.value).collect());
        self.note(what, values, &(0..RECORDS).map(value).collect::<Vec<_>>());
        let commits = RECORDS as u64 / 10;
        let entries = store.log(&space, 0, usize::MAX).map(|log| log.len() as u64);
        self.note(what, entries, &commits);
        self.note(what, store.verify(&space), &commits);
        self.note(what, store.spaces(), &vec![space.clone()]);
        for n in 0..BLOBS {
            let found = store.get_blob(&Digest::of(&blob(n)));
            self.note(what, found, &Some(blob(n)));
        }
        for ten in 0..commits {
            let receipt = store.receipt(&space, &ten.to_string());
            self.note(what, receipt.map(|receipt| receipt.map(|known| known.seq)), &Some(ten + 1));
        }
    }
}

/// Damages a file somewhere, in one of the ways disks do; says how.
fn damage(content: &mut [u8], random: &mut Random) -> String {
    let at = random.below(content.len());
    let block = at / 4_096 * 4_096;
    let other = random.below(content.len()) / 4_096 * 4_096;
    match random.below(5) {
        0 | 1 => {
            content[at] ^= 1 << random.below(8);
            format!("a bit at {at}")
        }
        2 => {
            let end = (at + 1 + random.below(64)).min(content.len());
            content[at..end].iter_mut().for_each(|byte| *byte = random.next().to_le_bytes()[0]);
            format!("bytes {at} to {end}")
        }
        3 => {
            content[at / 512 * 512..at / 512 * 512 + 512].fill(0);
            format!("a blank sector at {at}")
        }
        _ => {
            content.copy_within(other..other + 4_096, block);
            format!("block {other} written to {block}")
        }
    }
}

#[test]
fn a_file_that_rotted_is_refused_or_read_without_a_wrong_answer() {
    let content = filled().content();
    let mut tally = Tally::default();
    for seed in 0..crate::count("TAIHU_DAMAGES", 150) as u64 {
        let mut rotten = content.clone();
        let what = format!("seed {seed}, {}", damage(&mut rotten, &mut Random::new(seed)));
        match Disk::holding(rotten).open(options()) {
            Ok(engine) => tally.read(&what, &engine),
            Err(OpenError::Damaged { .. }) => tally.unopened += 1,
            Err(error) => panic!("{what}: {error}"),
        }
    }
    println!("{tally:?}");
    assert!(tally.unopened > 0 && tally.right > 0, "{tally:?}");
}

#[test]
fn what_rots_while_the_store_is_open_is_noticed_when_it_is_read() {
    let disk = filled();
    let content = disk.content();
    let mut tally = Tally::default();
    for seed in 0..crate::count("TAIHU_DAMAGES", 60) as u64 {
        disk.damage(|now| now.clone_from(&content));
        let engine = disk.open(options()).unwrap();
        let mut what = String::new();
        disk.damage(|now| what = damage(now, &mut Random::new(seed)));
        tally.read(&format!("seed {seed}, {what}"), &engine);
    }
    println!("{tally:?}");
    assert!(tally.noticed > 0 && tally.right > tally.noticed, "{tally:?}");
}

#[test]
fn a_file_that_was_cut_off_is_refused_or_read_without_a_wrong_answer() {
    let content = filled().content();
    let mut tally = Tally::default();
    let blocks = (1..24).map(|part| content.len() / 4_096 * part / 24 * 4_096);
    for len in
        [1, 511, 512, 1_024, 4_095, 4_096, 4_097, 8_192, 8_193, 12_288].into_iter().chain(blocks)
    {
        let cut = content[..len].to_vec();
        match Disk::holding(cut).open(options()) {
            Ok(engine) => tally.read(&format!("cut off after {len}"), &engine),
            // So short that nothing says that there was a store.
            Err(OpenError::Damaged { .. }) => tally.unopened += 1,
            Err(error) => panic!("cut off after {len}: {error}"),
        }
    }
    println!("{tally:?}");
    assert!(tally.unopened > 0, "{tally:?}");
}

/// The two roots of redb, and the bit that says which of them counts, lie in the first block of the
/// database. Turning that bit gives a whole, older store, which no sum can tell from a good one.
#[test]
fn a_store_that_was_turned_back_to_an_older_commit_is_refused() {
    let disk = filled();
    let engine = disk.open(options()).unwrap();
    for n in 0..3 {
        let audit = audit(&space(), n);
        let batch = Batch { audit, writes: vec![], guards: vec![], idempotency: None };
        engine.commit(&space(), batch).unwrap();
    }
    let mut content = disk.content();
    let good = Disk::holding(content.clone()).open(options()).unwrap();
    assert_eq!(good.verify(&space()).unwrap(), RECORDS as u64 / 10 + 3);
    content[2 * 4_096 + 9] ^= 1;
    let refused = Disk::holding(content).open(options()).map(drop).unwrap_err();
    assert!(refused.to_string().contains("turned back"), "{refused}");
}
