//! Replaying a recorded call: since a plugin is a pure function, the same call on the same version
//! has the same answer, on any machine, years later.

use std::time::Duration;

use taihu_model::{PluginAnswer, PluginCall};

use crate::{Answer, CallError, Component};

impl Component {
    /// Makes a recorded call again.
    ///
    /// # Errors
    /// See [`Cause`](crate::Cause); also if the call is of another kind of plugin.
    pub fn replay(&self, call: &PluginCall<'_>) -> Result<Answer<PluginAnswer>, CallError> {
        match call {
            PluginCall::Score { context, need, candidates } => {
                let described = self.describe_scorer(context)?;
                let answer = self.score(context, &described.value, need, candidates)?;
                Ok(with(answer, described.usage.cpu, PluginAnswer::Score))
            }
            PluginCall::Classify { context, achievements } => {
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
