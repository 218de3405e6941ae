//! Who judges for a pool: the version that serves, and in canary the one on trial for its share.

use taihu_model::contract::{Decision, PoolDescription};
use taihu_model::{Achievement, Digest, Installation, PluginCall, Pool};

use crate::care::Recorded;
use crate::error::Result;
use crate::kernel::{Kernel, Stored};
use crate::plugins::Ready;

/// The versions of a pool's rule that judge now.
pub(super) struct Judges {
    pub(super) installation: Installation,
    versions: Vec<Judge>,
}

/// One version and what it says of the pool.
pub(super) struct Judge {
    ready: Ready,
    description: PoolDescription,
}

impl Judge {
    pub(super) fn of(kernel: &Kernel, installation: Installation) -> Result<Self> {
        let home = installation.tenant.clone();
        let ready = kernel.ready(installation, &home)?;
        let description = ready.component.describe_pool(&ready.context)?.value;
        Ok(Self { ready, description })
    }

    /// Judges a batch, in its order. Returns the CPU time too, in microseconds.
    pub(super) fn judge(
        &self,
        kernel: &Kernel,
        batch: &[&Achievement],
    ) -> Result<(Vec<Decision>, u64)> {
        let Self { ready, description } = self;
        let sight = ready.effective.sight();
        let views: Vec<_> = batch.iter().map(|record| sight.achievement(record)).collect();
        let record = |how: Recorded| {
            let achievements = how.of(&views).to_vec();
            let (context, sees) = (ready.context.clone(), ready.sees());
            PluginCall::Classify { context, achievements, sees }.to_bytes().into()
        };
        let answer = kernel.cared(ready, record, || {
            ready.component.classify(&ready.context, description, &views)
        })?;
        Ok((answer.value, crate::care::micros(answer.usage.cpu)))
    }
}

impl Judges {
    /// Readies the versions that judge.
    pub(super) fn of(kernel: &Kernel, pool: &Pool) -> Result<Self> {
        let installation = kernel.working_one(&pool.tenant, &pool.plugin)?;
        let mut versions = Vec::new();
        if installation.serves() {
            versions.push(Judge::of(kernel, installation.clone())?);
        }
        if let Some(trial) = installation.as_trial() {
            versions.push(Judge::of(kernel, trial)?);
        }
        Ok(Self { installation, versions })
    }

    /// Judges a batch: for each achievement the decision and the version that made it, or nothing
    /// where no version judges yet.
    pub(super) fn judge(
        &self,
        kernel: &Kernel,
        batch: &[Stored<Achievement>],
    ) -> Result<Vec<Option<(Decision, Digest)>>> {
        let mut judged: Vec<Option<(Decision, Digest)>> = batch.iter().map(|_| None).collect();
        for judge in &self.versions {
            let version = judge.ready.installation.digest;
            let own: Vec<usize> = (0..batch.len())
                .filter(|&at| {
                    let subject = Digest::of(batch[at].value.id.to_string().as_bytes());
                    self.installation.serving(&subject).is_some_and(|it| it.digest == version)
                })
                .collect();
            if own.is_empty() {
                continue;
            }
            let records: Vec<&Achievement> = own.iter().map(|&at| &batch[at].value).collect();
            let (decisions, _) = judge.judge(kernel, &records)?;
            for (at, decision) in own.into_iter().zip(decisions) {
                judged[at] = Some((decision, version));
            }
        }
        Ok(judged)
    }
}
