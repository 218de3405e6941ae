//! Replaying a recorded call: since a plugin is a pure function, the same call on the same version
//! has the same answer, on any machine, years later.

use std::time::Duration;

use taihu_model::contract::{Decision, Step};
use taihu_model::{Digest, PluginCall};

use crate::{Answer, CallError, Component, Scores};

/// What a call was answered, checked.
#[derive(Debug, Clone)]
pub enum PluginAnswer {
    /// One score for each candidate, in their order.
    Score(Scores),
    /// One decision for each achievement, in their order.
    Classify(Vec<Decision>),
    /// One step of a run.
    Next(Step),
}

impl PluginAnswer {
    /// What a receipt holds of it: the same for the same answer, on every machine.
    #[must_use]
    pub fn digest(&self) -> Digest {
        match self {
            Self::Score(scores) => scores.digest(),
            Self::Classify(decisions) => digest(decisions),
            Self::Next(step) => digest(step),
        }
    }
}

/// Digests plain data in the order of its declaration; serialising it cannot fail.
pub(crate) fn digest<T: serde::Serialize>(value: &T) -> Digest {
    Digest::of(&serde_json::to_vec(value).unwrap_or_default())
}

impl Component {
    /// Makes a recorded call again.
    ///
    /// # Errors
    /// See [`Cause`](crate::Cause); also if the call is of another kind of plugin.
    pub fn replay(&self, call: &PluginCall<'_>) -> Result<Answer<PluginAnswer>, CallError> {
        if let PluginCall::Score { sees: Some(sight), .. }
        | PluginCall::Classify { sees: Some(sight), .. } = call
        {
            return self.seeing(sight).replay_seeing(call);
        }
        self.replay_seeing(call)
    }

    fn replay_seeing(&self, call: &PluginCall<'_>) -> Result<Answer<PluginAnswer>, CallError> {
        match call {
            PluginCall::Score { context, need, candidates, .. } => {
                let described = self.describe_scorer(context)?;
                let answer = self.score(context, &described.value, need, candidates)?;
                Ok(with(answer, described.usage.cpu, PluginAnswer::Score))
            }
            PluginCall::Classify { context, achievements, .. } => {
                let described = self.describe_pool(context)?;
                let answer = self.classify(context, &described.value, achievements)?;
                Ok(with(answer, described.usage.cpu, PluginAnswer::Classify))
            }
            PluginCall::Next { context, run, state, reply } => {
                let answer = self.next(context, run, state, reply.as_ref())?;
                Ok(with(answer, Duration::ZERO, PluginAnswer::Next))
            }
        }
    }
}

/// The answer in its general form; describing the plugin cost time too.
fn with<T>(
    answer: Answer<T>,
    described: Duration,
    general: impl FnOnce(T) -> PluginAnswer,
) -> Answer<PluginAnswer> {
    let mut usage = answer.usage;
    usage.cpu += described;
    Answer { value: general(answer.value), usage }
}
