//! A batch before it is queued: every rule that needs no look at the store, checked and digested
//! on the caller's own thread.

use std::collections::HashSet;

use taihu_model::Digest;

use super::record::place;
use crate::{
    AUDIT_BYTES_MAX, BATCH_BYTES_MAX, BATCH_WRITES_MAX, Batch, CommitError, Expect,
    IDEMPOTENCY_BYTES_MAX, KEY_BYTES_MAX, Key, Space, VALUE_BYTES_MAX,
};

/// One change, ready to be written.
#[derive(Debug)]
pub(super) struct PreparedWrite {
    pub(super) key: Key,
    pub(super) place: Vec<u8>,
    /// The new content and its digest; `None` deletes.
    pub(super) value: Option<(Vec<u8>, Digest)>,
    pub(super) expect: Expect,
}

/// A batch that breaks no rule.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) space: Space,
    pub(super) writes: Vec<PreparedWrite>,
    pub(super) guards: Vec<(Key, Expect)>,
    /// The audit entry as JSON.
    pub(super) audit: Vec<u8>,
    pub(super) idempotency: Option<String>,
    /// Digest of which contents go to which keys.
    pub(super) digest: Digest,
    /// What it weighs in the queue.
    pub(super) bytes: usize,
}

fn invalid(detail: String) -> CommitError {
    CommitError::Invalid { detail }
}

/// True if a text may be a key.
pub(super) fn is_key(key: &Key) -> bool {
    let text = key.0.as_bytes();
    (1..=KEY_BYTES_MAX).contains(&text.len())
        && text.iter().all(|byte| (b' '..=b'~').contains(byte))
}

fn check_key(key: &Key) -> Result<(), CommitError> {
    if is_key(key) {
        return Ok(());
    }
    let start: String = key.0.chars().take(80).collect();
    let len = key.0.len();
    Err(invalid(format!(
        "key {start:?} of {len} bytes is not 1 to {KEY_BYTES_MAX} printable ASCII characters"
    )))
}

fn check_count(what: &str, count: usize) -> Result<(), CommitError> {
    if count > BATCH_WRITES_MAX {
        return Err(invalid(format!("{count} {what}, and a batch has at most {BATCH_WRITES_MAX}")));
    }
    Ok(())
}

/// Checks a batch and digests its contents.
pub(super) fn prepare(space: &Space, batch: Batch) -> Result<Prepared, CommitError> {
    let Batch { audit, writes, guards, idempotency } = batch;
    check_count("writes", writes.len())?;
    check_count("guards", guards.len())?;
    if let Some(key) = &idempotency
        && !(1..=IDEMPOTENCY_BYTES_MAX).contains(&key.len())
    {
        let len = key.len();
        return Err(invalid(format!(
            "idempotency key of {len} bytes is not 1 to {IDEMPOTENCY_BYTES_MAX}"
        )));
    }
    let audit = serde_json::to_vec(&audit).map_err(|error| invalid(format!("audit: {error}")))?;
    if audit.len() > AUDIT_BYTES_MAX {
        let len = audit.len();
        return Err(invalid(format!("audit entry of {len} bytes is over {AUDIT_BYTES_MAX}")));
    }
    guards.iter().try_for_each(|(key, _)| check_key(key))?;
    check_values(&writes)?;
    let bytes = writes.iter().map(|write| write.value.as_ref().map_or(0, Vec::len)).sum::<usize>();
    if bytes > BATCH_BYTES_MAX {
        return Err(invalid(format!(
            "contents of {bytes} bytes, and a batch has at most {BATCH_BYTES_MAX}"
        )));
    }
    let writes: Vec<PreparedWrite> = writes
        .into_iter()
        .map(|write| PreparedWrite {
            place: place(space, write.key.0.as_bytes()),
            key: write.key,
            expect: write.expect,
            value: write.value.map(|value| {
                let digest = Digest::of(&value);
                (value, digest)
            }),
        })
        .collect();
    let nothing: &[u8] = &[];
    let parts = writes.iter().flat_map(|write| {
        let value = write.value.as_ref().map_or(nothing, |(_, digest)| &digest.0);
        [write.key.0.as_bytes(), value]
    });
    let digest = Digest::of_parts(parts);
    // Each write also costs its key twice, a change in the log, and the structures themselves.
    let bytes = bytes + audit.len() + (writes.len() + guards.len()) * 2 * KEY_BYTES_MAX;
    Ok(Prepared { space: space.clone(), writes, guards, audit, idempotency, digest, bytes })
}

fn check_values(writes: &[crate::Write]) -> Result<(), CommitError> {
    let mut seen = HashSet::with_capacity(writes.len());
    for write in writes {
        check_key(&write.key)?;
        if !seen.insert(&write.key) {
            return Err(invalid(format!("key {} is written twice", write.key)));
        }
        let len = write.value.as_ref().map_or(0, Vec::len);
        if len > VALUE_BYTES_MAX {
            let key = &write.key;
            return Err(invalid(format!(
                "content of {len} bytes for key {key} is over {VALUE_BYTES_MAX}"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Write, conformance::audit};

    fn put(key: &str, len: usize) -> Write {
        Write { key: Key(key.to_owned()), value: Some(vec![0; len]), expect: Expect::Any }
    }

    #[track_caller]
    fn check(batch: Batch, wanted: Option<&str>) {
        let space = "anji".parse().unwrap();
        match (prepare(&space, batch), wanted) {
            (Ok(_), None) => {}
            (Err(CommitError::Invalid { detail }), Some(wanted)) if detail.contains(wanted) => {}
            (found, wanted) => panic!("{:?}, not {wanted:?}", found.map(|batch| batch.bytes)),
        }
    }

    fn batch(writes: Vec<Write>) -> Batch {
        Batch {
            audit: audit(&"anji".parse().unwrap(), 0),
            writes,
            guards: vec![],
            idempotency: None,
        }
    }

    #[test]
    fn a_batch_at_its_limits_passes_and_one_beyond_is_refused() {
        check(batch(vec![]), None);
        check(batch(vec![put(&"k".repeat(KEY_BYTES_MAX), 1)]), None);
        check(batch(vec![put(&"k".repeat(KEY_BYTES_MAX + 1), 1)]), Some("513 bytes"));
        check(batch(vec![put("", 1)]), Some("0 bytes"));
        check(batch(vec![put("需求/1", 1)]), Some("printable ASCII"));
        check(batch(vec![put("a\nb", 1)]), Some("printable ASCII"));
        check(batch(vec![put("a", 1), put("a", 1)]), Some("twice"));
        check(batch(vec![put("a", VALUE_BYTES_MAX)]), None);
        check(batch(vec![put("a", VALUE_BYTES_MAX + 1)]), Some("over 4194304"));
        let many = |count: usize| (0..count).map(|n| put(&format!("k/{n}"), 0)).collect();
        check(batch(many(BATCH_WRITES_MAX)), None);
        check(batch(many(BATCH_WRITES_MAX + 1)), Some("at most 10000"));
        let large = (0..17).map(|n| put(&format!("k/{n}"), VALUE_BYTES_MAX)).collect();
        check(batch(large), Some("at most 67108864"));
        let key = |len| Batch { idempotency: Some("k".repeat(len)), ..batch(vec![]) };
        check(key(IDEMPOTENCY_BYTES_MAX), None);
        check(key(IDEMPOTENCY_BYTES_MAX + 1), Some("1 to 128"));
        check(key(0), Some("1 to 128"));
        let mut long = batch(vec![]);
        long.audit.reason = "长".repeat(AUDIT_BYTES_MAX / 3);
        check(long, Some("over 1048576"));
    }
}
