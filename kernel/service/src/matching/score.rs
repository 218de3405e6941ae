//! Asking one scorer about every candidate.

use std::sync::Arc;
use std::time::Duration;

use taihu_model::contract::{AchievementView, Context, NeedView};
use taihu_model::{Achievement, Digest, Installation, Need, PluginCall, ScorerRun, Sight, Text};
use taihu_sandbox::{Blame, Scores};

use crate::care::{NoAnswer, Recorded};
use crate::kernel::Kernel;
use crate::plugins::Ready;

/// What one scorer made of the candidates.
#[derive(Debug)]
pub(crate) struct Scored {
    pub(crate) run: ScorerRun,
    pub(crate) labels: Vec<(String, Text)>,
    pub(crate) scores: Scores,
    /// CPU time of the call.
    pub(crate) cpu_us: u64,
    /// Code of the cause if it failed by its own fault.
    pub(crate) cause: Option<&'static str>,
    /// When to ask again, if too much was asked of plugins at once.
    pub(crate) busy: Option<Duration>,
    /// The call as it was made, for its receipt; empty if none is kept.
    pub(crate) call: Arc<[u8]>,
}

impl Kernel {
    /// Asks a scorer. One that fails is left out, and the run says so. Writing a call down costs as
    /// much as reading its records, so that is done only where a receipt is kept.
    pub(crate) fn score(
        &self,
        ready: &Ready,
        need: &Need,
        records: &[(Achievement, u32)],
        keep: bool,
    ) -> Scored {
        let sight = ready.effective.sight();
        let sees = ready.sees();
        let context = &ready.context;
        let need = &sight.need(need);
        let candidates: Vec<_> =
            sight.achievements(records.iter().map(|(record, _)| record)).collect();
        let record = |how: Recorded| -> Arc<[u8]> {
            score_call(context, need, how.of(&candidates), sees.clone()).into()
        };
        let mut run = run_of(&ready.installation);
        let mut bytes: Arc<[u8]> = Arc::new([]);
        if keep {
            bytes = record(Recorded::Whole);
            run.input = Digest::of(&bytes);
        }
        let mut described = None;
        let answer = self.cared(ready, record, || {
            let description = ready.component.describe_scorer(context)?;
            let mut answer =
                ready.component.score(context, &description.value, need, &candidates)?;
            answer.usage.cpu += description.usage.cpu;
            described = Some(description.value);
            Ok(answer)
        });
        match (answer, described) {
            (Ok(answer), Some(description)) => {
                let cpu_us = crate::care::micros(answer.usage.cpu);
                run.output = Some(answer.value.digest());
                let labels = description
                    .factors
                    .into_iter()
                    .map(|factor| (factor.key, factor.label))
                    .collect();
                Scored {
                    run,
                    labels,
                    scores: answer.value,
                    cpu_us,
                    cause: None,
                    busy: None,
                    call: bytes,
                }
            }
            (answer, _) => {
                let busy = answer.as_ref().err().and_then(NoAnswer::busy);
                let (text, cause, cpu_us) = match answer {
                    Err(none) => {
                        let (cause, cpu_us) = match &none {
                            NoAnswer::Open { cause, .. } => (Some(*cause), 0),
                            NoAnswer::Failed(error) => (
                                (error.blame == Blame::Plugin).then(|| error.cause.code()),
                                crate::care::micros(error.usage.cpu),
                            ),
                        };
                        (none.text(), cause, cpu_us)
                    }
                    Ok(_) => (Text::new("没有自述", "no description"), None, 0),
                };
                Scored { cpu_us, cause, busy, call: bytes, ..Scored::missing(run, &text) }
            }
        }
    }
}

impl Scored {
    /// A scorer that gave no answer.
    fn missing(mut run: ScorerRun, text: &Text) -> Self {
        run.weight = 0;
        run.failure = Some(format!("{} · {}", text.zh, text.en));
        let (labels, scores) = (Vec::new(), Scores::default());
        Self { run, labels, scores, cpu_us: 0, cause: None, busy: None, call: Arc::new([]) }
    }

    /// A scorer that should have been asked and could not be.
    pub(super) fn unasked(installation: &Installation, text: &Text) -> Self {
        Self::missing(run_of(installation), text)
    }

    /// Whether it answered and counts.
    pub(super) fn counts(&self) -> bool {
        self.run.output.is_some() && self.run.weight > 0
    }
}

/// The bytes of a [`PluginCall::Score`], from borrowed parts.
fn score_call(
    context: &Context,
    need: &NeedView<'_>,
    candidates: &[AchievementView<'_>],
    sees: Option<Sight>,
) -> Vec<u8> {
    PluginCall::Score {
        context: context.clone(),
        need: need.clone(),
        candidates: candidates.to_vec(),
        sees,
    }
    .to_bytes()
}

fn run_of(installation: &Installation) -> ScorerRun {
    ScorerRun {
        plugin: installation.plugin.clone(),
        digest: installation.digest,
        weight: installation.weight,
        input: Digest::default(),
        output: None,
        failure: None,
    }
}
