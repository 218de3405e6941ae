//! PROMISES row 17, fast form: whoever can write into the file, and knows the sums and hashes, edits,
//! deletes, reorders and truncates the log; every time the first bad entry is named.

use std::path::{Path, PathBuf};

use redb::WriteTransaction;
use redb::backends::FileBackend;
use taihu_model::Digest;

use super::database::{Make, Open};
use super::disk::Mode;
use super::record::{Kind, place, wrap};
use super::tables::{HEADS, Head, LOG, RECORDS, StoredEntry};
use crate::conformance::audit;
use crate::{Batch, Engine, EngineOptions, Expect, Key, ReadError, Space, Store, Write};

const ENTRIES: u64 = 60;

fn space() -> Space {
    "wuxing".parse().unwrap()
}

fn open(path: &Path) -> Engine {
    Engine::open(path, EngineOptions { cache_bytes: 1 << 20, ..EngineOptions::default() }).unwrap()
}

/// A store whose log has some entries, closed.
fn filled(folder: &Path) -> PathBuf {
    let path = folder.join("store");
    let engine = open(&path);
    for n in 0..ENTRIES {
        let key = Key::of(&["need", &(n % 7).to_string()]);
        let write = Write { key, value: Some(vec![7; 100]), expect: Expect::Any };
        let audit = audit(&space(), i64::try_from(n).unwrap());
        let batch = Batch { audit, writes: vec![write], guards: vec![], idempotency: None };
        engine.commit(&space(), batch).unwrap();
    }
    path
}

/// Changes the tables behind the engine's back.
fn tamper(path: &Path, change: impl FnOnce(&WriteTransaction)) {
    let file = path.to_owned();
    let make: Make = Box::new(move || {
        let file = std::fs::OpenOptions::new().read(true).write(true).open(&file)?;
        Ok(Box::new(FileBackend::new(file).unwrap()))
    });
    let open = Open::at(&make, Mode::Writable, 1 << 20, "-").unwrap();
    let transaction = open.database.begin_write().unwrap();
    change(&transaction);
    transaction.commit().unwrap();
    open.close();
}

fn stored(transaction: &WriteTransaction, seq: u64) -> Vec<u8> {
    let log = transaction.open_table(LOG).unwrap();
    let at = StoredEntry::place(&space(), seq);
    let found = redb::ReadableTable::get(&log, at.as_slice()).unwrap().unwrap();
    found.value().to_vec()
}

fn store(transaction: &WriteTransaction, seq: u64, bytes: Option<&[u8]>) {
    let mut log = transaction.open_table(LOG).unwrap();
    let at = StoredEntry::place(&space(), seq);
    match bytes {
        Some(bytes) => drop(log.insert(at.as_slice(), bytes).unwrap()),
        None => drop(log.remove(at.as_slice()).unwrap()),
    }
}

/// An entry with another reason; its hash is computed anew, or left as it was.
fn forged(bytes: &[u8], seq: u64, rehash: bool) -> Vec<u8> {
    let (entry, hash) = StoredEntry::from_bytes(&space(), seq, bytes).unwrap();
    let audit =
        String::from_utf8(entry.audit.to_vec()).unwrap().replace("test.write", "test.wrote");
    let entry = StoredEntry { audit: audit.as_bytes(), ..entry };
    let hash = if rehash { entry.hash(&space()) } else { hash };
    entry.to_bytes(&space(), &hash)
}

/// An entry under another number, with sums and its own hash made to fit.
fn renumbered(bytes: &[u8], from: u64, to: u64) -> Vec<u8> {
    let (entry, _) = StoredEntry::from_bytes(&space(), from, bytes).unwrap();
    let entry = StoredEntry { seq: to, ..entry };
    let hash = entry.hash(&space());
    entry.to_bytes(&space(), &hash)
}

/// Tampers with each entry in turn; `bad` is the first entry that must be named.
#[track_caller]
fn check(change: impl Fn(&WriteTransaction, u64), bad: impl Fn(u64) -> u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = filled(folder.path());
    for seq in 1..ENTRIES {
        let copy = folder.path().join("copy");
        std::fs::copy(&path, &copy).unwrap();
        tamper(&copy, |transaction| change(transaction, seq));
        match open(&copy).verify(&space()) {
            Err(ReadError::Broken { seq: found, .. }) => {
                assert_eq!(found, bad(seq), "entry {seq} was tampered with");
            }
            found => panic!("entry {seq} was tampered with, and verifying says {found:?}"),
        }
    }
}

#[test]
fn an_untouched_log_verifies() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(open(&filled(folder.path())).verify(&space()).unwrap(), ENTRIES);
}

#[test]
fn an_edited_entry_is_named() {
    check(|t, seq| store(t, seq, Some(&forged(&stored(t, seq), seq, false))), |seq| seq);
}

#[test]
fn an_edited_entry_with_a_new_hash_is_found_at_the_one_after_it() {
    check(|t, seq| store(t, seq, Some(&forged(&stored(t, seq), seq, true))), |seq| seq + 1);
}

#[test]
fn a_deleted_entry_is_named() {
    check(|t, seq| store(t, seq, None), |seq| seq);
}

#[test]
fn reordered_entries_are_named() {
    let swap = |t: &WriteTransaction, seq: u64| {
        let (one, other) = (stored(t, seq), stored(t, seq + 1));
        store(t, seq, Some(&renumbered(&other, seq + 1, seq)));
        store(t, seq + 1, Some(&renumbered(&one, seq, seq + 1)));
    };
    check(swap, |seq| seq);
    let swap_bytes = |t: &WriteTransaction, seq: u64| {
        let (one, other) = (stored(t, seq), stored(t, seq + 1));
        store(t, seq, Some(&other));
        store(t, seq + 1, Some(&one));
    };
    check(swap_bytes, |seq| seq);
}

#[test]
fn a_truncated_log_is_found_by_its_head() {
    let truncate = |t: &WriteTransaction, seq: u64| {
        (seq..=ENTRIES).for_each(|seq| store(t, seq, None));
    };
    check(truncate, |seq| seq);
    // A head that was set back does not hide what lies beyond, nor fit another hash.
    let set_back = |t: &WriteTransaction, seq: u64| {
        let head = Head { seq, hash: Digest::default(), keys: 0 }.to_bytes(&space());
        t.open_table(HEADS).unwrap().insert(Head::place(&space()), head.as_slice()).unwrap();
    };
    check(set_back, |seq| seq);
}

#[test]
fn a_damaged_record_fails_alone_and_can_be_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = filled(folder.path());
    let (one, other) = (Key::of(&["need", "3"]), Key::of(&["need", "4"]));
    tamper(&path, |transaction| {
        let mut records = transaction.open_table(RECORDS).unwrap();
        // A whole envelope, but of another key: moved here by a bug or a hand.
        let moved = wrap(Kind::Record, "wuxing", other.0.as_bytes(), 1, &Digest::of(b"x"), b"x");
        records.insert(place(&space(), one.0.as_bytes()).as_slice(), moved.as_slice()).unwrap();
    });
    let engine = open(&path);
    let view = engine.snapshot().unwrap();
    let damaged = view.get(&space(), &one).unwrap_err();
    assert!(matches!(&damaged, ReadError::Damaged { key, .. } if *key == one.0), "{damaged}");
    assert!(view.get(&space(), &other).unwrap().is_some());
    let write = |expect| Batch {
        audit: audit(&space(), 0),
        writes: vec![Write { key: one.clone(), value: Some(b"new".to_vec()), expect }],
        guards: vec![],
        idempotency: None,
    };
    engine.commit(&space(), write(Expect::Absent)).unwrap_err();
    engine.commit(&space(), write(Expect::Any)).unwrap();
    let mended = engine.snapshot().unwrap().get(&space(), &one).unwrap().unwrap();
    assert_eq!(mended.value, b"new");
    assert_eq!(engine.verify(&space()).unwrap(), ENTRIES + 1);
}
