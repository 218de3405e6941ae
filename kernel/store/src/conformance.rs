//! What any engine must do: random operations, compared with a model in memory.
//!
//! ```no_run
//! # fn open() -> Box<dyn taihu_store::Store> { unimplemented!() }
//! // `open` opens the same store each time; it begins empty.
//! taihu_store::conformance::check(open, 42, 2_000).unwrap();
//! ```

mod model;
mod random;

use std::sync::Arc;
use std::time::Duration;

use taihu_model::{AuditEntry, Digest, Timestamp};

use self::model::Model;
pub use self::random::Random;
use crate::{
    Batch, CommitError, Expect, IDEMPOTENCY_BYTES_MAX, KEY_BYTES_MAX, Key, ReadError, Snapshot,
    Space, Store, VALUE_BYTES_MAX, Write,
};

/// Views that are kept while commits go on.
const VIEWS_KEPT: usize = 3;

/// Where an engine does not do what the model does.
#[derive(Debug, Clone, thiserror::Error)]
#[error("step {step} of seed {seed}: {detail}")]
pub struct Mismatch {
    /// What the operations were made of.
    pub seed: u64,
    /// Which operation it was, from 0.
    pub step: usize,
    /// What was found, and what should have been.
    pub detail: String,
}

/// An audit entry for tests, `n` milliseconds into 1970.
#[must_use]
pub fn audit(space: &Space, n: i64) -> AuditEntry {
    AuditEntry {
        at: Timestamp::from_millisecond(n).unwrap_or_default(),
        actor: "kernel".to_owned(),
        tenant: space.clone(),
        action: "test.write".to_owned(),
        subject: format!("subject-{n}"),
        reason: if n % 2 == 0 { String::new() } else { "因为".to_owned() },
        edges: Vec::new(),
    }
}

type Outcome<T = ()> = Result<T, String>;

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, wanted: &T) -> Outcome {
    if found == wanted {
        return Ok(());
    }
    Err(format!("{what}: found {found:?}, wanted {wanted:?}"))
}

fn read<T>(what: &str, result: Result<T, ReadError>) -> Outcome<T> {
    result.map_err(|error| format!("{what}: {error}"))
}

/// A run.
struct Run<'a> {
    open: &'a mut dyn FnMut() -> Box<dyn Store>,
    store: Box<dyn Store>,
    model: Model,
    random: Random,
    spaces: Vec<Space>,
    views: Vec<(Arc<dyn Snapshot>, Model)>,
    batches: Vec<(Space, Batch)>,
    seen: u64,
}

/// Runs `steps` random operations, made of `seed`, on a store and on a model.
///
/// `open` opens the same store each time, after the one it returned before was dropped; it begins
/// empty.
///
/// # Errors
/// [`Mismatch`], where they first differ.
pub fn check(
    mut open: impl FnMut() -> Box<dyn Store>,
    seed: u64,
    steps: usize,
) -> Result<(), Mismatch> {
    let mismatch = |step| move |detail| Mismatch { seed, step, detail };
    let spaces = ["anji", "changxing", "changxing-2", "deqing"].map(str::parse);
    let spaces = spaces.into_iter().collect::<Result<Vec<Space>, _>>();
    let spaces = spaces.map_err(|error| mismatch(0)(error.to_string()))?;
    let store = open();
    let mut run = Run {
        open: &mut open,
        store,
        model: Model::default(),
        random: Random::new(seed),
        spaces,
        views: Vec::new(),
        batches: Vec::new(),
        seen: 0,
    };
    for step in 0..steps {
        run.step(step).map_err(mismatch(step))?;
    }
    run.everything().map_err(mismatch(steps))
}

impl Run<'_> {
    fn step(&mut self, step: usize) -> Outcome {
        match self.random.below(100) {
            0..45 => self.commit(step),
            45..52 => self.repeat(),
            52..57 => self.break_rule(step),
            57..75 => self.read(),
            75..80 => self.keep_view(),
            80..87 => self.read_log(),
            87..92 => self.blob(),
            92..96 => self.verify(),
            96..98 => self.wait(),
            _ if step.is_multiple_of(5) => self.reopen(),
            _ => self.compare_views(),
        }
    }

    fn space(&mut self) -> Space {
        let place = self.random.below(self.spaces.len());
        self.spaces[place].clone()
    }

    fn key(&mut self) -> Key {
        let kind = ["need", "match", "m", "~"][self.random.below(4)];
        Key::of(&[kind, &self.random.below(12).to_string()])
    }

    fn value(&mut self) -> Vec<u8> {
        let len = match self.random.below(20) {
            0 => 0,
            1 => self.random.below(40_000),
            _ => self.random.below(200),
        };
        let byte = self.random.next().to_le_bytes()[0];
        vec![byte; len]
    }

    /// Mostly what is there, sometimes not.
    fn expect(&mut self, space: &Space, key: &Key) -> Expect {
        let rev = self.model.get(space, key).map(|record| record.rev);
        match (self.random.below(20), rev) {
            (0, _) => Expect::Absent,
            (1, _) => Expect::Rev(self.random.below(9) as u64),
            (2..10, Some(rev)) => Expect::Rev(rev),
            (2..10, None) => Expect::Absent,
            _ => Expect::Any,
        }
    }

    fn batch(&mut self, step: usize, space: &Space) -> Batch {
        let mut writes: Vec<Write> = Vec::new();
        for _ in 0..self.random.below(6) {
            let key = self.key();
            if writes.iter().any(|write| write.key == key) {
                continue;
            }
            let expect = self.expect(space, &key);
            let value = (self.random.below(4) > 0).then(|| self.value());
            writes.push(Write { key, value, expect });
        }
        let guards = (0..self.random.below(3).saturating_sub(1))
            .map(|_| {
                let key = self.key();
                let expect = self.expect(space, &key);
                (key, expect)
            })
            .collect();
        let idempotency = (self.random.below(3) == 0).then(|| format!("once {step}"));
        Batch { audit: audit(space, step as i64), writes, guards, idempotency }
    }

    fn commit(&mut self, step: usize) -> Outcome {
        let space = self.space();
        let batch = self.batch(step, &space);
        if batch.idempotency.is_some() {
            self.batches.push((space.clone(), batch.clone()));
        }
        self.compare_commit(&space, batch)
    }

    fn compare_commit(&mut self, space: &Space, batch: Batch) -> Outcome {
        let found = self.store.commit(space, batch.clone());
        let wanted = self.model.commit(space, batch)?;
        let same_reaction = match (&found, &wanted) {
            (Ok(found), Ok(wanted)) => found == wanted,
            (Err(CommitError::Invalid { .. }), Err(CommitError::Invalid { .. })) => true,
            (Err(found), Err(wanted)) => found.to_string() == wanted.to_string(),
            _ => false,
        };
        if same_reaction {
            return Ok(());
        }
        Err(format!("commit to {space}: found {found:?}, wanted {wanted:?}"))
    }

    /// Commits a batch again, as it was or with other contents.
    fn repeat(&mut self) -> Outcome {
        if self.batches.is_empty() {
            return Ok(());
        }
        let place = self.random.below(self.batches.len());
        let (space, mut batch) = self.batches[place].clone();
        if self.random.below(3) == 0 {
            let (key, value) = (Key::of(&["other"]), Some(self.value()));
            batch.writes.push(Write { key, value, expect: Expect::Any });
        }
        self.compare_commit(&space, batch.clone())?;
        let Some(key) = batch.idempotency else { return Ok(()) };
        let found = read("receipt", self.store.receipt(&space, &key))?;
        same("receipt", &found, &self.model.receipt(&space, &key))
    }

    fn break_rule(&mut self, step: usize) -> Outcome {
        let space = self.space();
        let mut batch = self.batch(step, &space);
        let put = |key: String, len| {
            let value = Some(vec![0; len]);
            Write { key: Key(key), value, expect: Expect::Any }
        };
        match self.random.below(6) {
            0 => batch.writes.push(put(String::new(), 1)),
            1 => batch.writes.push(put("k".repeat(KEY_BYTES_MAX + 1), 1)),
            2 => batch.writes.push(put("需求".to_owned(), 1)),
            3 => batch.writes.push(put("long".to_owned(), VALUE_BYTES_MAX + 1)),
            4 => batch.writes.extend([put("twice".to_owned(), 1), put("twice".to_owned(), 2)]),
            _ => batch.idempotency = Some("k".repeat(IDEMPOTENCY_BYTES_MAX + 1)),
        }
        match self.store.commit(&space, batch) {
            Err(CommitError::Invalid { .. }) => Ok(()),
            found => Err(format!("a batch that breaks a rule: {found:?}")),
        }
    }

    fn read(&mut self) -> Outcome {
        let view = read("snapshot", self.store.snapshot())?;
        let space = self.space();
        let key = self.key();
        let prefix = ["", "m", "match/", "need/1", "nothing", "~"][self.random.below(6)];
        let after = (self.random.below(2) == 0).then(|| self.key());
        let limit = self.random.below(9);
        let found = read("get", view.get(&space, &key))?;
        same("get", &found, &self.model.get(&space, &key))?;
        let found = read("range", view.range(&space, prefix, after.as_ref(), limit))?;
        let wanted = self.model.range(&space, prefix, after.as_ref(), limit);
        same(&format!("range {prefix:?} after {after:?}, {limit}"), &found, &wanted)?;
        let found = read("head", view.head(&space))?;
        same("head", &found, &self.model.head(&space))?;
        let found = read("spaces", self.store.spaces())?;
        same("spaces", &found, &self.model.spaces())
    }

    fn keep_view(&mut self) -> Outcome {
        if self.views.len() == VIEWS_KEPT {
            let place = self.random.below(VIEWS_KEPT);
            let (view, model) = self.views.swap_remove(place);
            self.compare(&*view, &model)?;
        }
        self.views.push((read("snapshot", self.store.snapshot())?, self.model.clone()));
        Ok(())
    }

    fn compare_views(&mut self) -> Outcome {
        self.views.iter().try_for_each(|(view, model)| self.compare(&**view, model))
    }

    fn compare(&self, view: &dyn Snapshot, model: &Model) -> Outcome {
        for space in &self.spaces {
            let found = read("range", view.range(space, "", None, usize::MAX))?;
            same("a view", &found, &model.range(space, "", None, usize::MAX))?;
            same("a view's head", &read("head", view.head(space))?, &model.head(space))?;
        }
        Ok(())
    }

    fn read_log(&mut self) -> Outcome {
        let space = self.space();
        let after = self.random.below(usize::try_from(self.model.head(&space)).unwrap_or(0) + 3);
        let limit = self.random.below(7);
        let found = read("log", self.store.log(&space, after as u64, limit))?;
        let log = self.model.log(&space);
        let wanted: Vec<_> = log.iter().skip(after).take(limit).cloned().collect();
        same("log", &found, &wanted)
    }

    fn blob(&mut self) -> Outcome {
        let bytes = self.value();
        let digest = Digest::of(&bytes);
        let found = self.store.put_blob(&bytes).map_err(|error| error.to_string())?;
        same("put_blob", &found, &digest)?;
        same("get_blob", &read("get_blob", self.store.get_blob(&digest))?, &Some(bytes))?;
        let nothing = Digest::of(b"never stored");
        same("get_blob", &read("get_blob", self.store.get_blob(&nothing))?, &None)
    }

    fn verify(&mut self) -> Outcome {
        let space = self.space();
        let found = read("verify", self.store.verify(&space))?;
        same("verify", &found, &self.model.head(&space))
    }

    fn wait(&mut self) -> Outcome {
        let before = self.store.wait(self.seen, Duration::ZERO);
        let space = self.space();
        let batch = Batch {
            audit: audit(&space, 0),
            writes: Vec::new(),
            guards: Vec::new(),
            idempotency: None,
        };
        self.compare_commit(&space, batch)?;
        self.seen = self.store.wait(before, Duration::from_secs(10));
        if self.seen > before {
            return Ok(());
        }
        Err(format!("wait: {} after a commit, and {before} before it", self.seen))
    }

    fn reopen(&mut self) -> Outcome {
        self.views.clear();
        self.seen = 0;
        // The old one has to be gone first; an engine that is nothing takes its place.
        self.store = Box::new(model::Nowhere);
        self.store = (self.open)();
        self.everything()
    }

    fn everything(&mut self) -> Outcome {
        let view = read("snapshot", self.store.snapshot())?;
        self.compare(&*view, &self.model)?;
        for space in self.spaces.clone() {
            let found = read("log", self.store.log(&space, 0, usize::MAX))?;
            same("log", &found, &self.model.log(&space).to_vec())?;
            let head = self.model.head(&space);
            same("verify", &read("verify", self.store.verify(&space))?, &head)?;
        }
        Ok(())
    }
}
