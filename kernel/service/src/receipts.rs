//! Receipts: what a score run was made of, kept whole, so that it can be made again years later.

use serde::{Deserialize, Serialize};
use taihu_model::{
    AchievementId, Digest, MeaningRun, NeedId, PluginCall, PluginName, ScoreRun, ScoreRunId,
    TenantSlug, Text,
};
use taihu_sandbox::PluginAnswer;

use crate::authority::{Action, Caller};
use crate::embedding::Meaning;
use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::keys;
use crate::matching::Judged;
use crate::matching::diverse::arrange;
use crate::matching::fuse::{self, Hit, Word};
use crate::pressed::unpress;

/// Everything that a score run was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Receipt {
    need: NeedId,
    /// What the index found, and its ceiling.
    hits: Vec<(AchievementId, u32)>,
    ceiling: u32,
    retrieval_weight: u16,
    scorers: Vec<Asked>,
    /// Which candidates were found to be of one team, by their places.
    #[serde(default)]
    kin: Vec<(usize, usize)>,
    /// What an embedding endpoint added, so that a replay needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    meaning: Option<Meant>,
    /// The answers: achievements and their fused scores, the best first.
    answers: Vec<(AchievementId, u16)>,
}

/// One scorer: what it was asked and what it said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Asked {
    plugin: PluginName,
    version: Digest,
    weight: u16,
    /// The call as JSON text: its digest is of these very bytes.
    call: String,
    /// The values it gave, if it answered.
    values: Option<Vec<u16>>,
}

/// What was compared by meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Meant {
    run: MeaningRun,
    /// Cosines in millionths, in the order of the hits; null for those without a vector.
    similarities: Vec<Option<i32>>,
}

/// What came of making a score run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// The run.
    pub run: ScoreRunId,
    /// The need.
    pub need: NeedId,
    /// Each scorer that had answered.
    pub scorers: Vec<ReplayedScorer>,
    /// True if the fused order is the same, identifiers and scores.
    pub order_same: bool,
    /// True if everything is.
    pub same: bool,
}

/// What came of asking one scorer again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayedScorer {
    /// The plugin.
    pub plugin: PluginName,
    /// Its version.
    pub version: Digest,
    /// Digest of what it was asked.
    pub input: Digest,
    /// Digest of what it said then.
    pub then: Digest,
    /// Digest of what it says now, if it said anything.
    pub now: Option<Digest>,
    /// What differs first; nothing if the bytes are the same.
    pub difference: Option<Text>,
}

impl Receipt {
    /// Of what was judged, and which of the candidates are shown with which fused scores.
    pub(crate) fn of(need: NeedId, judged: &Judged, shown: &[(usize, u16)]) -> Self {
        let hits = judged.hits();
        let scorers = judged.scored.iter().map(|one| Asked {
            plugin: one.run.plugin.clone(),
            version: one.run.digest,
            weight: one.run.weight,
            call: String::from_utf8_lossy(&one.call).into_owned(),
            values: one.run.output.is_some().then(|| one.scores.values().collect()),
        });
        let meaning = judged.meaning.as_ref();
        Self {
            need,
            hits: hits.iter().map(|hit| (hit.id, hit.score)).collect(),
            ceiling: judged.ceiling,
            retrieval_weight: judged.weights.retrieval,
            scorers: scorers.collect(),
            kin: judged.kin.clone(),
            meaning: meaning
                .map(|it| Meant { run: it.run.clone(), similarities: it.similarities.clone() }),
            answers: shown.iter().map(|(at, score)| (hits[*at].id, *score)).collect(),
        }
    }
}

impl Kernel {
    /// Makes a score run again from its receipt, with the versions that were asked then, and says
    /// what differs. Stores nothing. With `compile`, a version that is not in use any more is
    /// compiled first, which takes seconds: not on a request's path.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such run on this tenant's ground.
    pub fn replay(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        id: ScoreRunId,
        compile: bool,
    ) -> Result<Replay> {
        caller.may(Action::Match, tenant)?;
        let (run, receipt) = self.receipt(tenant, id)?;
        // Whose need it is not to see, its score runs are not either.
        let need = self.need(caller, tenant, receipt.need)?.id;
        let mut scorers = Vec::new();
        let mut words = Vec::new();
        for (asked, known) in receipt.scorers.iter().zip(&run.scorers) {
            let (Some(then), Some(output)) = (&asked.values, known.output) else { continue };
            let (values, replayed) =
                self.ask_again(asked, then, output, known.input, &receipt, compile)?;
            scorers.push(replayed);
            if asked.weight > 0 {
                words.push(Word { weight: asked.weight, values });
            }
        }
        let hits: Vec<Hit> =
            receipt.hits.iter().map(|(id, score)| Hit { id: *id, score: *score }).collect();
        let meant =
            receipt.meaning.map(|it| Meaning { run: it.run, similarities: it.similarities });
        words.extend(meant.and_then(|meant| fuse::own_word(&hits, receipt.ceiling, &meant)));
        let order = fuse::order(&hits, receipt.ceiling, receipt.retrieval_weight, &words);
        let order: Vec<_> = arrange(&order, |one, other| receipt.kin.contains(&(one, other)))
            .into_iter()
            .map(|shown| (hits[shown.at].id, shown.score))
            .collect();
        let order_same = order == receipt.answers;
        let same = order_same && scorers.iter().all(|one| one.difference.is_none());
        Ok(Replay { run: id, need, scorers, order_same, same })
    }

    fn receipt(&self, tenant: &TenantSlug, id: ScoreRunId) -> Result<(ScoreRun, Receipt)> {
        let view = self.snapshot()?;
        let need = view.need::<NeedId>(tenant, &keys::receipt(&id), "score run", id)?.value;
        let key = keys::score_run(&need, &id);
        let run = view.need::<ScoreRun>(tenant, &key, "score run", id)?.value;
        let Some(digest) = run.receipt else { return Err(Error::not_found("score run", id)) };
        let blob = self
            .parts
            .store
            .get_blob(&digest)?
            .ok_or_else(|| Error::Damaged(format!("receipt {digest} is missing")))?;
        Ok((run, unpress(&blob)?))
    }

    /// What a scorer was asked in a score run: its version, and the call as JSON.
    pub(crate) fn asked_in(
        &self,
        tenant: &TenantSlug,
        id: ScoreRunId,
        plugin: &PluginName,
    ) -> Result<(Digest, String)> {
        let (_, receipt) = self.receipt(tenant, id)?;
        receipt
            .scorers
            .into_iter()
            .find(|asked| asked.plugin == *plugin && !asked.call.is_empty())
            .map(|asked| (asked.version, asked.call))
            .ok_or_else(|| Error::not_found("plugin", format!("{plugin} in {id}")))
    }

    fn ask_again(
        &self,
        asked: &Asked,
        values: &[u16],
        then: Digest,
        input: Digest,
        receipt: &Receipt,
        compile: bool,
    ) -> Result<(Vec<u16>, ReplayedScorer)> {
        let mut replayed = ReplayedScorer {
            plugin: asked.plugin.clone(),
            version: asked.version,
            input,
            then,
            now: None,
            difference: None,
        };
        if Digest::of(asked.call.as_bytes()) != input {
            replayed.difference = Some(Text::new(
                "留存的输入与登记的摘要不符",
                "the kept input is not the one whose digest the run holds",
            ));
            return Ok((Vec::new(), replayed));
        }
        let component = if compile {
            self.component_compiled(&asked.version)?
        } else {
            self.component_of(&asked.version)?
        };
        let call: PluginCall<'_> = serde_json::from_str(&asked.call)
            .map_err(|error| Error::Damaged(format!("a kept call: {error}")))?;
        match component.replay(&call) {
            Ok(answer) => {
                replayed.now = Some(answer.value.digest());
                let PluginAnswer::Score(again) = answer.value else {
                    return Ok((Vec::new(), replayed));
                };
                let again: Vec<u16> = again.values().collect();
                if replayed.now != Some(then) {
                    replayed.difference = Some(first_difference(&receipt.hits, values, &again));
                }
                Ok((again, replayed))
            }
            Err(error) => {
                replayed.difference = Some(Text::new(error.zh(), error.to_string()));
                Ok((Vec::new(), replayed))
            }
        }
    }
}

/// Names the first score that differs.
fn first_difference(hits: &[(AchievementId, u32)], then: &[u16], now: &[u16]) -> Text {
    if then.len() != now.len() {
        return Text::new(
            format!("当时有{}个得分，现在有{}个", then.len(), now.len()),
            format!("{} scores then, {} now", then.len(), now.len()),
        );
    }
    let differing = then.iter().zip(now).zip(hits).find(|((then, now), _)| then != now);
    match differing {
        Some(((then, now), (id, _))) => Text::new(
            format!("成果 {id} 当时得{then}分，现在得{now}分"),
            format!("achievement {id} scored {then} then and scores {now} now"),
        ),
        None => Text::new(
            "得分相同，但因素或依据与当时不同",
            "the values are the same, but factors or evidence differ from then",
        ),
    }
}
