//! How much each word counts: the kernel's own order and every scorer, as a tenant sets it.

use std::collections::BTreeMap;

use taihu_model::{Digest, FusionWeights, Installation, PluginKind, PluginName, TenantSlug};
use taihu_store::Expect;

use crate::achievements::check_reason;
use crate::authority::{Action, Caller};
use crate::error::{Error, Fault, Result};
use crate::kernel::{Draft, Kernel};
use crate::keys;
use crate::limits::{RETRIEVAL_WEIGHT, WEIGHED_SCORERS_MAX};
use crate::plugins::Working;

/// A tenant's weights as they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weights {
    /// What was set, or what a tenant begins with.
    pub set: FusionWeights,
    /// Every scorer that answers the tenant's needs now.
    pub scorers: Vec<ScorerWeight>,
}

/// One scorer's weight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScorerWeight {
    /// The scorer.
    pub plugin: PluginName,
    /// Its weight, per mille.
    pub weight: u16,
    /// True if the tenant set it; else it is the installation's.
    pub set: bool,
}

/// The weights that somebody chooses for a tenant. They stand instead of those before, all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenWeights {
    /// Revision of the weights that were read; 0 for those that a tenant begins with.
    pub expected: u64,
    /// Weight of the kernel's own order, per mille, 1–1000.
    pub retrieval: u16,
    /// Weights of scorers, per mille, 0–1000; who is not named has the weight of its installation.
    pub scorers: BTreeMap<PluginName, u16>,
    /// Why.
    pub reason: String,
}

impl Kernel {
    /// How much each word counts in a tenant's fused scores.
    ///
    /// # Errors
    /// [`Error::Denied`] for who may not match there; [`Error::NotFound`] for an unknown tenant.
    pub fn weights(&self, caller: &Caller, tenant: &TenantSlug) -> Result<Weights> {
        caller.may(Action::Match, tenant)?;
        self.tenant(tenant)?;
        let (working, set) = self.weighed_scorers(tenant, &Digest::default())?;
        let ready = working.ready.into_iter().map(|ready| ready.installation);
        let mut scorers: Vec<_> = ready
            .chain(working.missing.into_iter().map(|(installation, _)| installation))
            .map(|installation| ScorerWeight {
                weight: installation.weight,
                set: set.scorers.contains_key(&installation.plugin),
                plugin: installation.plugin,
            })
            .collect();
        scorers.sort_by(|a, b| a.plugin.cmp(&b.plugin));
        Ok(Weights { set, scorers })
    }

    /// Sets a tenant's weights. The next ranking goes by them; what is stored stays as it is.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming every weight that is out of range; [`Error::Conflict`] if somebody
    /// set others since they were read.
    pub fn set_weights(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        chosen: ChosenWeights,
    ) -> Result<Weights> {
        caller.may(Action::ManageWeights, tenant)?;
        self.tenant(tenant)?;
        check_reason(&chosen.reason)?;
        let faults = faults(&chosen);
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let key = keys::weights();
        let stored = self.snapshot()?.get::<FusionWeights>(tenant, &key)?;
        let (expect, revision) = match &stored {
            Some(stored) => (Expect::Rev(stored.rev), stored.value.revision),
            None => (Expect::Absent, 0),
        };
        if revision != chosen.expected {
            return Err(Error::conflict(
                format!("权重已是第{revision}版，不是第{}版，请刷新后重试", chosen.expected),
                format!(
                    "the weights are of revision {revision}, not {}; read them again",
                    chosen.expected
                ),
            ));
        }
        let weights = FusionWeights {
            revision: revision + 1,
            retrieval: chosen.retrieval,
            scorers: chosen.scorers,
            by: caller.actor.clone(),
            updated: Some(self.now()),
        };
        let mut draft = Draft::new(self.audit(caller, tenant, "weights.set", weights.revision));
        draft.reason(&chosen.reason);
        draft.put(key, &weights, expect)?;
        self.commit(tenant, draft)?;
        self.weights(caller, tenant)
    }

    /// The scorers that answer a tenant's needs, each with the weight that it has there.
    pub(super) fn weighed_scorers(
        &self,
        tenant: &TenantSlug,
        subject: &Digest,
    ) -> Result<(Working, FusionWeights)> {
        let weights = self.fusion_weights(tenant)?;
        let mut working = self.working(tenant, PluginKind::Scorer, subject)?;
        for ready in &mut working.ready {
            weigh(&weights, &mut ready.installation);
        }
        for (installation, _) in &mut working.missing {
            weigh(&weights, installation);
        }
        Ok((working, weights))
    }

    fn fusion_weights(&self, tenant: &TenantSlug) -> Result<FusionWeights> {
        let stored = self.snapshot()?.get::<FusionWeights>(tenant, &keys::weights())?;
        Ok(stored.map_or_else(beginning, |stored| stored.value))
    }
}

/// Gives a scorer the weight that a tenant set, if it did.
pub(crate) fn weigh(weights: &FusionWeights, installation: &mut Installation) {
    if let Some(weight) = weights.scorers.get(&installation.plugin) {
        installation.weight = *weight;
    }
}

/// The weights that a tenant begins with.
fn beginning() -> FusionWeights {
    FusionWeights {
        revision: 0,
        retrieval: RETRIEVAL_WEIGHT,
        scorers: BTreeMap::new(),
        by: String::new(),
        updated: None,
    }
}

fn faults(chosen: &ChosenWeights) -> Vec<Fault> {
    let max = FusionWeights::WEIGHT_MAX;
    let mut faults = Vec::new();
    if !(1..=max).contains(&chosen.retrieval) {
        faults.push(Fault::new(
            "retrieval",
            format!("检索权重应为1至{max}，现为{}", chosen.retrieval),
            format!("the weight of retrieval is 1 to {max}, not {}", chosen.retrieval),
        ));
    }
    for (plugin, weight) in chosen.scorers.iter().filter(|(_, weight)| **weight > max) {
        faults.push(Fault::new(
            format!("scorers.{plugin}"),
            format!("评分插件“{plugin}”的权重应为0至{max}，现为{weight}"),
            format!("the weight of scorer {plugin} is 0 to {max}, not {weight}"),
        ));
    }
    let count = chosen.scorers.len();
    if count > WEIGHED_SCORERS_MAX {
        faults.push(Fault::new(
            "scorers",
            format!("最多设置{WEIGHED_SCORERS_MAX}个评分插件的权重，现有{count}个"),
            format!("weights name at most {WEIGHED_SCORERS_MAX} scorers, not {count}"),
        ));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(retrieval: u16, weight: u16, expected: &[&str]) {
        let scorers = BTreeMap::from([("relevance".parse().unwrap(), weight)]);
        let chosen = ChosenWeights { expected: 0, retrieval, scorers, reason: String::new() };
        let found = faults(&chosen);
        let found: Vec<_> = found.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn weights_have_bounds_and_the_kernel_always_has_a_say() {
        check(1, 0, &[]);
        check(1000, 1000, &[]);
        check(0, 1000, &["retrieval"]);
        check(1001, 1001, &["retrieval", "scorers.relevance"]);
    }
}
