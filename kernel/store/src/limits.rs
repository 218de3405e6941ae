//! Everything in the store that could grow, and why it stops where it stops.

use std::time::Duration;

/// Longest key, in bytes. A key is part of every index page, and the longest that the kernel
/// composes (space of a plugin, kind, two identifiers, a digest) has about 200.
pub const KEY_BYTES_MAX: usize = 512;

/// Longest content of one record, in bytes. A record is read and written as a whole, under a lock
/// nobody should wait for long; what is larger (files, components) is kept as a blob.
pub const VALUE_BYTES_MAX: usize = 4 << 20;

/// Longest blob, in bytes: an upload of the rim (32 MiB) and room for what wraps it.
pub const BLOB_BYTES_MAX: usize = 64 << 20;

/// Most changes, and most guards, of one batch. The largest batch of the kernel is a page of an
/// import (1,000 records of three keys each); this is three times that.
pub const BATCH_WRITES_MAX: usize = 10_000;

/// Most bytes of content in one batch: a group is held in memory twice, by us and by redb, and one
/// batch must not keep the others waiting for seconds.
pub const BATCH_BYTES_MAX: usize = 64 << 20;

/// Longest audit entry, in bytes of JSON: an edge of a state machine for every write of the largest
/// batch, at about 100 bytes each.
pub const AUDIT_BYTES_MAX: usize = 1 << 20;

/// Longest idempotency key, in bytes: a UUID has 36, a digest 64, and a client may prefix it.
pub const IDEMPOTENCY_BYTES_MAX: usize = 128;

/// Idempotency keys a space remembers, newest first. At 100 commits a second, far above what a
/// district does, that is a quarter of an hour, and a client gives up retrying long before.
pub const IDEMPOTENCY_KEYS_MAX: u64 = 100_000;

/// Commits that may wait; one more is answered `Busy`. At the measured 2,000 commits a second the
/// last of them waits half a second, which a person notices but a client's time-out does not.
pub const QUEUE_JOBS_MAX: usize = 1_024;

/// Bytes that may wait with them: four batches of the largest kind.
pub const QUEUE_BYTES_MAX: usize = 4 * BATCH_BYTES_MAX;

/// Most bytes that are made durable at once; beyond this a larger group gains nothing.
pub const GROUP_BYTES_MAX: usize = BATCH_BYTES_MAX;

/// How long a group waits for the writers that were in the group before, once there were several.
/// A sync takes milliseconds; a writer that was just answered needs some tens of microseconds to
/// come back, and without this the writers split into two groups that take turns.
pub const GATHER_MAX: Duration = Duration::from_micros(300);

/// Memory for cached pages by default, in bytes: the hot part of a city's million records.
pub const CACHE_BYTES_DEFAULT: usize = 256 << 20;

/// First pause after the store failed to reopen itself.
pub const REOPEN_PAUSE_MIN: Duration = Duration::from_millis(10);

/// Longest pause: service returns within two seconds after the disk does (PROMISES 5).
pub const REOPEN_PAUSE_MAX: Duration = Duration::from_secs(1);

/// How long a new view waits for a store that is reopening itself, before it is refused.
pub const VIEW_WAIT_MAX: Duration = Duration::from_millis(500);
