//! Opening: what is refused, and in which words.

use std::io::{Seek, SeekFrom, Write as _};
use std::path::Path;

use taihu_store::conformance::Random;
use taihu_store::{Engine, EngineOptions, OpenError, ReadError, Store};

use crate::ledger::Ledger;

fn open(path: &Path) -> Result<Engine, OpenError> {
    Engine::open(path, EngineOptions::default())
}

/// A closed store with a few commits in it.
fn store(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("store");
    let (engine, ledger, mut random) = (open(&path).unwrap(), Ledger::default(), Random::new(1));
    (0..5).for_each(|_| ledger.write(&engine, &mut random).unwrap());
    path
}

#[track_caller]
fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(false).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

#[test]
fn a_store_in_use_is_refused_by_name_and_opens_when_it_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let path = store(folder.path());
    let first = open(&path).unwrap();
    let refused = open(&path).map(drop).unwrap_err();
    assert!(matches!(&refused, OpenError::InUse { path } if path.ends_with("store")), "{refused}");
    let view = first.snapshot().unwrap();
    drop(first);
    open(&path).unwrap();
    let anji = "anji".parse().unwrap();
    let closed = view.range(&anji, "", None, 9).map(drop);
    assert!(matches!(closed, Ok(()) | Err(ReadError::Unavailable { .. })), "{closed:?}");
}

#[test]
fn a_newer_format_is_refused_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let path = store(folder.path());
    // The first sector as a version 7 would write it, sum included.
    let mut sector = [0; 512];
    sector[..16].copy_from_slice(b"taihu store\r\n\x1a\n\0");
    sector[16..20].copy_from_slice(&7_u32.to_be_bytes());
    let sum = xxhash_rust::xxh3::xxh3_64(&sector[..504]);
    sector[504..].copy_from_slice(&sum.to_be_bytes());
    overwrite(&path, 0, &sector);
    let refused = open(&path).map(drop).unwrap_err();
    assert!(matches!(refused, OpenError::Newer { found: 7, known: 1 }), "{refused}");
}

#[test]
fn what_is_no_store_is_refused_and_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter");
    for text in ["Dear Sir", &"Dear Sir ".repeat(2_000)] {
        overwrite(&path, 0, text.as_bytes());
        let before = std::fs::metadata(&path).unwrap().len();
        let refused = open(&path).map(drop).unwrap_err();
        assert!(matches!(refused, OpenError::Damaged { .. }), "{refused}");
        assert_eq!(std::fs::metadata(&path).unwrap().len(), before);
    }
    let refused = open(&folder.path().join("no/such/folder")).map(drop).unwrap_err();
    assert!(matches!(refused, OpenError::Io(_)), "{refused}");
}
