//! Making vectors in the background: small batches, one request at a time, resumable.
//!
//! What changed last comes first: the city's log is followed, and where it has nothing new, a sweep
//! goes through all achievements. Both move on only with the commit that settles what they found, so
//! a kernel that falls looks at a few achievements twice and misses none.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use taihu_model::{Achievement, AchievementId, AchievementState};
use taihu_store::{Expect, Key, Rev};

use super::Embeddings;
use super::endpoint::{Reply, Side, Trouble, cut};
use super::position::Position;
use super::vector::{Kept, Mark};
use crate::authority::Caller;
use crate::error::{Error, Result};
use crate::kernel::{Draft, Kernel, View};
use crate::keys;
use crate::limits::{
    EMBEDDING_BATCH_MAX, EMBEDDING_FOLLOW_BATCH, EMBEDDING_REQUEST_MS, EMBEDDING_SWEEP_PAGE,
    HTTP_WAIT_MS_MAX,
};

/// What an endpoint is tried with: whether it answers, and which model it has.
const PROBE: &str = "太湖";
/// How long the maker waits for one reply.
const WAIT: Duration = Duration::from_millis(HTTP_WAIT_MS_MAX);

/// What the maker is at.
#[derive(Debug, Default)]
pub(super) struct Making {
    /// The model that answered a probe.
    model: Option<Mark>,
    /// Everything up to here is settled.
    position: Position,
    /// Here the next look begins; settled once nothing is pending.
    next: Position,
    /// Achievements to be looked at.
    pending: VecDeque<AchievementId>,
    /// Texts of the next request.
    batch: usize,
}

/// An achievement that wants a vector.
struct Item {
    id: AchievementId,
    rev: Rev,
    text: String,
    /// True if it has no vector of this model yet.
    fresh: bool,
}

/// What was taken from among the pending.
#[derive(Default)]
struct Taken {
    items: Vec<Item>,
    /// Achievements whose vectors go, and whether they were of this model.
    gone: Vec<(AchievementId, bool)>,
    looked: usize,
}

impl Kernel {
    /// Makes a few vectors, if an endpoint is configured and may be asked. Returns how much it looked
    /// at; 0 if there is nothing to do for now. An endpoint's failure is no error: it is noted, and
    /// asked again after a wait that doubles.
    ///
    /// # Errors
    /// If the store cannot be read or written; what was made is made again the next time.
    pub fn make_vectors(&self) -> Result<usize> {
        let Some(on) = &self.embeddings else { return Ok(0) };
        let mut making = self.lock(&on.making);
        if self.lock(&on.made).open_until(self.now()).is_some() {
            return Ok(0);
        }
        if on.in_doubt.swap(false, Ordering::AcqRel) {
            making.model = None;
        }
        let wanted = self.make_wanted(on);
        let Some(model) = self.begin_vectors(on, &mut making)? else { return Ok(wanted) };
        let found = self.look_for_unembedded(&mut making)?;
        let taken = self.take_unembedded(&mut making, model)?;
        let looked = wanted + found + taken.looked;
        if taken.items.is_empty() {
            return self.settle_vectors(on, &mut making, model, taken, None).map(|()| looked);
        }
        match self.ask_for_vectors(on, &mut making, &taken.items) {
            Ok(reply) if reply.model == model => {
                self.settle_vectors(on, &mut making, model, taken, Some(reply))?;
            }
            Ok(_) => {
                self.note_endpoint_failure(
                    on,
                    "another-model",
                    None,
                    "the endpoint's model changed",
                );
                making.model = None;
            }
            Err(Trouble::Wrong { cause, said }) if taken.items.len() == 1 => {
                // Is it the text, or the endpoint? One that takes others is right to refuse this one.
                if self.probe_endpoint(on).is_some_and(|probed| probed == model) {
                    tracing::info!(achievement = %taken.items[0].id, cause, said, "a text gets no vector");
                    on.counts.refused.fetch_add(1, Ordering::Relaxed);
                    let passed = Taken { items: Vec::new(), ..taken };
                    self.settle_vectors(on, &mut making, model, passed, None)?;
                } else {
                    making.put_back(taken);
                }
            }
            Err(Trouble::Wrong { .. }) => {
                making.batch = 1;
                making.put_back(taken);
            }
            Err(trouble @ Trouble::Later { .. }) => {
                self.note_endpoint_trouble(on, &trouble);
                making.put_back(taken);
            }
        }
        Ok(looked)
    }

    /// Asks for the vector of a need that did not come in time, so that it is there the next time.
    fn make_wanted(&self, on: &Embeddings) -> usize {
        let Some(text) = self.lock(&on.wanted).pop_front() else { return 0 };
        match on.endpoint.ask(&*self.parts.outbound, Side::Need, &[&text], WAIT) {
            Ok(reply) => {
                self.lock(&on.known).keep(&text, reply);
                self.lock(&on.asked).succeeded();
            }
            Err(trouble) => self.note_endpoint_trouble(on, &trouble),
        }
        1
    }

    /// The model that the endpoint has, and the place where making its vectors goes on.
    fn begin_vectors(&self, on: &Embeddings, making: &mut Making) -> Result<Option<Mark>> {
        if let Some(model) = making.model {
            return Ok(Some(model));
        }
        let Some(model) = self.probe_endpoint(on) else { return Ok(None) };
        let view = self.snapshot()?;
        let head = view.0.head(&self.city)?;
        let known = view.get::<Position>(&self.city, &keys::embedding())?.map(|it| it.value);
        let position = known
            .filter(|known| known.model == model.to_string() && known.cursor <= head)
            .unwrap_or_else(|| Position::beginning(model, head));
        self.lock(&on.known).keep_only(model);
        tracing::info!(%model, vectors = position.vectors, "making vectors");
        *making = Making {
            model: Some(model),
            next: position.clone(),
            position,
            pending: VecDeque::new(),
            batch: 1,
        };
        Ok(Some(model))
    }

    /// Asks for the vector of a fixed text; notes how it went.
    fn probe_endpoint(&self, on: &Embeddings) -> Option<Mark> {
        match on.endpoint.ask(&*self.parts.outbound, Side::Achievement, &[PROBE], WAIT) {
            Ok(reply) => {
                self.lock(&on.made).succeeded();
                Some(reply.model)
            }
            Err(trouble) => {
                self.note_endpoint_trouble(on, &trouble);
                None
            }
        }
    }

    /// Finds achievements to look at, unless some are pending: what changed, or else what the sweep
    /// comes to. Returns how much there was.
    fn look_for_unembedded(&self, making: &mut Making) -> Result<usize> {
        if !making.pending.is_empty() {
            return Ok(0);
        }
        let entries =
            self.parts.store.log(&self.city, making.next.cursor, EMBEDDING_FOLLOW_BATCH)?;
        if let Some(last) = entries.last() {
            let changes = entries.iter().flat_map(|entry| &entry.changes);
            let touched: BTreeSet<AchievementId> =
                changes.filter_map(|change| id_of(&change.key)).collect();
            making.next.cursor = last.seq;
            making.pending.extend(touched);
            return Ok(entries.len());
        }
        let Some(after) = &making.next.sweep else { return Ok(0) };
        let after = (!after.is_empty()).then(|| Key(format!("{ACHIEVEMENT}{after}")));
        let view = self.snapshot()?;
        let page = view.0.range(&self.city, ACHIEVEMENT, after.as_ref(), EMBEDDING_SWEEP_PAGE)?;
        making.pending.extend(page.iter().filter_map(|(key, _)| id_of(key)));
        making.next.sweep =
            page.last().and_then(|(key, _)| key.0.strip_prefix(ACHIEVEMENT)).map(str::to_owned);
        Ok(page.len())
    }

    /// Takes as many of the pending as make the next request.
    fn take_unembedded(&self, making: &mut Making, model: Mark) -> Result<Taken> {
        let view = self.snapshot()?;
        let mut taken = Taken::default();
        while taken.items.len() < making.batch && taken.looked < EMBEDDING_SWEEP_PAGE {
            let Some(id) = making.pending.front().copied() else { break };
            let kept = self.kept_vector(&view, &id)?;
            let of_model = matches!(&kept, Some(Some(kept)) if kept.model == model);
            let stored = view.get::<Achievement>(&self.city, &keys::achievement(&id))?;
            let published = stored.filter(|it| it.value.state == AchievementState::Published);
            match published {
                None if kept.is_some() => taken.gone.push((id, of_model)),
                None => {}
                Some(stored) => {
                    let text = text_of(&stored.value);
                    let mark = Mark::of_text(&text);
                    if !matches!(&kept, Some(Some(kept)) if of_model && kept.text == mark) {
                        taken.items.push(Item { id, rev: stored.rev, text, fresh: !of_model });
                    }
                }
            }
            making.pending.pop_front();
            taken.looked += 1;
        }
        Ok(taken)
    }

    /// The vector that is kept of an achievement: `Some(None)` if it cannot be read.
    fn kept_vector(&self, view: &View, id: &AchievementId) -> Result<Option<Option<Kept>>> {
        let record = view.0.get(&self.city, &keys::vector(id))?;
        Ok(record.map(|record| Kept::of_bytes(&record.value)))
    }

    fn ask_for_vectors(
        &self,
        on: &Embeddings,
        making: &mut Making,
        items: &[Item],
    ) -> std::result::Result<Reply, Trouble> {
        let texts: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
        let started = Instant::now();
        let reply = on.endpoint.ask(&*self.parts.outbound, Side::Achievement, &texts, WAIT)?;
        self.lock(&on.made).succeeded();
        let each = started.elapsed().as_millis() / texts.len().max(1) as u128;
        let fitting = u128::from(EMBEDDING_REQUEST_MS) / each.max(1);
        // At most twice as many as the last time: one fast reply proves little.
        making.batch = usize::try_from(fitting)
            .unwrap_or(EMBEDDING_BATCH_MAX)
            .clamp(1, EMBEDDING_BATCH_MAX.min(making.batch.max(1) * 2));
        Ok(reply)
    }

    /// Commits what was made and what goes, and how far that brings the maker.
    fn settle_vectors(
        &self,
        on: &Embeddings,
        making: &mut Making,
        model: Mark,
        taken: Taken,
        reply: Option<Reply>,
    ) -> Result<()> {
        let vectors = reply.map(|reply| reply.vectors).unwrap_or_default();
        let fresh = taken.items.iter().zip(&vectors).filter(|(item, _)| item.fresh).count() as u64;
        let gone = taken.gone.iter().filter(|(_, counted)| *counted).count() as u64;
        let place = if making.pending.is_empty() { &making.next } else { &making.position };
        let position =
            Position { vectors: making.position.vectors, ..place.clone() }.counted(fresh, gone);
        let swept = position.sweep.is_none() && making.position.sweep.is_some();
        if vectors.is_empty() && taken.gone.is_empty() && !swept {
            // Nothing to write: where it stands is only worth a commit once the sweep is over.
            making.position = position;
            return Ok(());
        }
        let caller = Caller::kernel(self.city.clone());
        let mut draft = Draft::new(self.audit(&caller, &self.city, "embedding.make", model));
        let made = vectors.len() as u64;
        for (item, vector) in taken.items.iter().zip(vectors) {
            let kept = Kept { model, text: Mark::of_text(&item.text), vector };
            draft.put_bytes(keys::vector(&item.id), kept.to_bytes(), Expect::Any);
            // What changed or went meanwhile is looked at again: the log says so.
            draft.guard(keys::achievement(&item.id), Expect::Rev(item.rev));
        }
        for (id, _) in &taken.gone {
            draft.delete(keys::vector(id), Expect::Any);
        }
        draft.put(keys::embedding(), &position, Expect::Any)?;
        match self.commit(&self.city, draft) {
            Ok(_) => {
                making.next.vectors = position.vectors;
                making.position = position;
                on.counts.made.fetch_add(made, Ordering::Relaxed);
                Ok(())
            }
            Err(Error::Conflict(_)) => {
                making.put_back(taken);
                Ok(())
            }
            Err(error) => {
                making.put_back(taken);
                Err(error)
            }
        }
    }

    fn note_endpoint_trouble(&self, on: &Embeddings, trouble: &Trouble) {
        self.note_endpoint_failure(on, trouble.cause(), trouble.retry_after(), trouble.said());
    }

    fn note_endpoint_failure(
        &self,
        on: &Embeddings,
        cause: &'static str,
        retry_after: Option<Duration>,
        said: &str,
    ) {
        on.counts.failures.fetch_add(1, Ordering::Relaxed);
        let (now, chance) = (self.now(), self.chance().unwrap_or(0));
        let mut circuit = self.lock(&on.made);
        circuit.failed(now, cause, retry_after, chance);
        let until = circuit.open_until(now).unwrap_or(now);
        tracing::warn!(cause, said, %until, "no vectors are made for now");
    }

    /// Tries a configured endpoint with one short text.
    ///
    /// # Errors
    /// What is wrong with it, in words for its operator.
    pub fn try_embedding(&self) -> Option<std::result::Result<(), String>> {
        let on = self.embeddings.as_ref()?;
        let probed = on.endpoint.ask(&*self.parts.outbound, Side::Achievement, &[PROBE], WAIT);
        Some(probed.map(drop).map_err(|trouble| trouble.said().to_owned()))
    }
}

impl Making {
    fn put_back(&mut self, taken: Taken) {
        let gone = taken.gone.into_iter().map(|(id, _)| id);
        let all: Vec<_> = gone.chain(taken.items.into_iter().map(|item| item.id)).collect();
        all.into_iter().for_each(|id| self.pending.push_front(id));
    }
}

/// What an achievement is embedded by: what it says of itself, without names, which mean nothing.
pub(super) fn text_of(record: &Achievement) -> String {
    let facts = &record.facts;
    let parts = [&facts.title, &facts.problem, &facts.summary, &facts.advantage, &facts.indicators];
    let keywords = facts.keywords.join(" ");
    let parts: Vec<&str> = parts
        .into_iter()
        .chain([&keywords])
        .map(String::as_str)
        .filter(|it| !it.is_empty())
        .collect();
    cut(&parts.join("\n")).to_owned()
}

const ACHIEVEMENT: &str = "achievement/";

fn id_of(key: &Key) -> Option<AchievementId> {
    key.0.strip_prefix(ACHIEVEMENT)?.parse().ok()
}

/// Reads a counter.
pub(super) fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}
