//! What a ranking asks: the need's own vector, in time or not at all, and the candidates' vectors
//! from the store.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use taihu_model::{Achievement, MeaningRun, Need, NeedSecrecy, Text};

use super::Embeddings;
use super::endpoint::{Reply, Side, cut};
use super::making::text_of;
use super::vector::{Kept, Mark, Vector};
use crate::error::Result;
use crate::kernel::Kernel;
use crate::keys;
use crate::limits::{
    MEANING_IN_FLIGHT_MAX, MEANING_KNOWN_MAX, MEANING_WAIT_MS_MAX, MEANING_WANTED_MAX,
};

/// What an endpoint makes of the candidates of one need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Meaning {
    /// What the run says of it.
    pub(crate) run: MeaningRun,
    /// Cosines in millionths, of those candidates that have a vector; empty if it failed.
    pub(crate) similarities: Vec<Option<i32>>,
}

/// A need's vector, and of which model.
type Asked = Arc<(Mark, Vector)>;

/// Needs' vectors; the one that was used longest ago makes room.
#[derive(Debug, Default)]
pub(super) struct Known {
    vectors: HashMap<Mark, (u64, Asked)>,
    uses: u64,
}

impl Known {
    fn find(&mut self, text: &str) -> Option<Asked> {
        self.uses += 1;
        let (used, vector) = self.vectors.get_mut(&Mark::of_text(text))?;
        *used = self.uses;
        Some(Arc::clone(vector))
    }

    pub(super) fn keep(&mut self, text: &str, reply: Reply) -> Option<Asked> {
        let vector = reply.vectors.into_iter().next()?;
        if self.vectors.len() >= MEANING_KNOWN_MAX {
            let oldest = self.vectors.iter().min_by_key(|(_, (used, _))| *used);
            if let Some(oldest) = oldest.map(|(mark, _)| *mark) {
                self.vectors.remove(&oldest);
            }
        }
        self.uses += 1;
        let vector = Arc::new((reply.model, vector));
        self.vectors.insert(Mark::of_text(text), (self.uses, Arc::clone(&vector)));
        Some(vector)
    }

    /// Forgets what other models made.
    pub(super) fn keep_only(&mut self, model: Mark) {
        self.vectors.retain(|_, (_, vector)| vector.0 == model);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.vectors.len()
    }
}

impl Kernel {
    /// Compares a need with its candidates by meaning, to share the weight `retrieval`; nothing if no
    /// endpoint is configured. A failure is no error: the run says why meaning has no share in it.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub(crate) fn meaning(
        &self,
        need: &Need,
        text: &str,
        records: &[(Achievement, u32)],
        retrieval: u16,
    ) -> Result<Option<Meaning>> {
        let Some(on) = &self.embeddings else { return Ok(None) };
        let text = cut(text);
        if text.is_empty() || records.is_empty() {
            return Ok(None);
        }
        let secret = need.facts.secrecy != NeedSecrecy::PUBLIC && !on.endpoint.here;
        let vector = if secret {
            Err(Text::new(
                "该需求未公开，不发送至外部向量服务",
                "the need is not public and is not sent to an endpoint elsewhere",
            ))
        } else {
            self.need_vector(on, text)
        };
        let compared = match vector {
            Ok(vector) => self.compare_meaning(on, &vector, records)?,
            Err(why) => Err(why),
        };
        let count = if compared.is_ok() { &on.counts.with } else { &on.counts.without };
        count.fetch_add(1, Ordering::Relaxed);
        let model = on.endpoint.options.model.clone();
        Ok(Some(match compared {
            Ok(similarities) => {
                let vectors = similarities.iter().flatten().count();
                let run = MeaningRun {
                    model,
                    weight: weight(retrieval, on.endpoint.options.share),
                    vectors: u32::try_from(vectors).unwrap_or(u32::MAX),
                    failure: None,
                };
                Meaning { run, similarities }
            }
            Err(why) => {
                let failure = Some(format!("{} · {}", why.zh, why.en));
                let run = MeaningRun { model, weight: 0, vectors: 0, failure };
                Meaning { run, similarities: Vec::new() }
            }
        }))
    }

    /// The vector of a need: known, or asked for within the deadline.
    fn need_vector(&self, on: &Embeddings, text: &str) -> std::result::Result<Asked, Text> {
        if let Some(known) = self.lock(&on.known).find(text) {
            return Ok(known);
        }
        if let Some(until) = self.lock(&on.asked).open_until(self.now()) {
            return Err(Text::new(
                format!("向量服务暂停询问至 {until}"),
                format!("the embedding endpoint failed and is left alone until {until}"),
            ));
        }
        if on.in_flight.fetch_add(1, Ordering::AcqRel) >= MEANING_IN_FLIGHT_MAX {
            on.in_flight.fetch_sub(1, Ordering::AcqRel);
            return Err(Text::new(
                "同时询问向量服务的匹配过多",
                "too many rankings wait for the embedding endpoint",
            ));
        }
        let wait = Duration::from_millis(MEANING_WAIT_MS_MAX);
        let asked = on.endpoint.ask(&*self.parts.outbound, Side::Need, &[text], wait);
        on.in_flight.fetch_sub(1, Ordering::AcqRel);
        match asked {
            Ok(reply) => {
                self.lock(&on.asked).succeeded();
                self.lock(&on.known).keep(text, reply).ok_or_else(|| Text::new("", "no vector"))
            }
            Err(trouble) => {
                on.counts.failures.fetch_add(1, Ordering::Relaxed);
                let chance = self.chance().unwrap_or(0);
                let cause = trouble.cause();
                let retry_after = trouble.retry_after();
                self.lock(&on.asked).failed(self.now(), cause, retry_after, chance);
                self.want_vector(on, text);
                tracing::info!(cause, said = trouble.said(), "a ranking goes by words alone");
                Err(Text::new(
                    format!("向量服务未能及时给出结果（{cause}）"),
                    format!("the embedding endpoint gave no vector in time ({cause})"),
                ))
            }
        }
    }

    /// Leaves a need's text for the maker, so that asking again finds its vector.
    fn want_vector(&self, on: &Embeddings, text: &str) {
        let mut wanted = self.lock(&on.wanted);
        if wanted.len() < MEANING_WANTED_MAX && !wanted.iter().any(|known| known == text) {
            wanted.push_back(text.to_owned());
        }
    }

    /// Compares with every candidate that has a vector of the same model, made of the text that it
    /// has now.
    fn compare_meaning(
        &self,
        on: &Embeddings,
        need: &(Mark, Vector),
        records: &[(Achievement, u32)],
    ) -> Result<std::result::Result<Vec<Option<i32>>, Text>> {
        let (model, vector) = need;
        let view = self.snapshot()?;
        let mut similarities = Vec::with_capacity(records.len());
        let mut strange = false;
        for (record, _) in records {
            let kept = view.0.get(&self.city, &keys::vector(&record.id))?;
            let kept = kept.and_then(|kept| Kept::of_bytes(&kept.value));
            strange |= kept.as_ref().is_some_and(|kept| kept.model != *model);
            let good = kept.filter(|kept| {
                kept.model == *model && kept.text == Mark::of_text(&text_of(record))
            });
            similarities.push(good.and_then(|kept| kept.vector.similarity(vector)));
        }
        let hits: Vec<u32> = records.iter().map(|(_, hit)| *hit).collect();
        if super::values(&hits, &similarities).is_some() {
            return Ok(Ok(similarities));
        }
        if strange {
            on.in_doubt.store(true, Ordering::Release);
        }
        Ok(Err(Text::new(
            "候选成果还没有可比较的向量",
            "the candidates have no vectors to tell them apart yet",
        )))
    }
}

/// The weight beside the index's own that gives an endpoint its share of both together.
fn weight(retrieval: u16, share: u16) -> u16 {
    let (own, share) = (u32::from(retrieval), u32::from(share.min(999)));
    u16::try_from((own * share + (1_000 - share) / 2) / (1_000 - share)).unwrap_or(u16::MAX)
}
