//! Bringing pools to what their rule says now, in the background: after a version was promoted or went
//! back, or was configured otherwise, every membership is judged again.
//!
//! What is to be done stands in the store: a pool keeps who judged it last, its installation says who
//! judges now. So nothing is lost with a process that is killed, and the next one begins again: what
//! did not change is not written. What a person decided stays, as with every fill.

use std::collections::BTreeMap;
use std::sync::Mutex;

use taihu_model::{
    Digest, Installation, InstallationState, Plugin, PluginName, Pool, PoolSlug, Timestamp,
    TrialStage,
};
use taihu_sandbox::Blame;
use taihu_store::Key;

use super::{Filled, Judges};
use crate::authority::Caller;
use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::keys;
use crate::limits::{REFILL_BATCHES, REFILL_LOOK_S};

/// A pool, and whose rule its memberships are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolStanding {
    /// The pool.
    pub pool: Pool,
    /// Published achievements in it.
    pub members: u64,
    /// The version that judged its memberships last; nothing if none did.
    pub judged_by: Option<String>,
    /// The version that serves; nothing if the plugin does not answer calls.
    pub serving: Option<String>,
    /// How far it is with judging again, if its memberships are not what the rule says now.
    pub refill: Option<Refill>,
}

/// How far the kernel is with judging a pool again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refill {
    /// It has not begun.
    Waiting,
    /// It has begun, and judged so many achievements.
    UnderWay {
        /// Achievements judged.
        judged: u64,
    },
    /// The rule failed: it is tried again by hand, by another version, or at the next start.
    Stopped,
}

/// What is kept in memory about pools that are judged again.
#[derive(Default)]
pub(crate) struct Refills {
    state: Mutex<State>,
    /// Held while a batch is judged and stored.
    pub(super) batch: Mutex<()>,
}

#[derive(Default)]
struct State {
    /// When pools were looked through without finding one; nothing if they are to be looked through.
    looked: Option<Timestamp>,
    under_way: Option<UnderWay>,
    /// Pools whose rule failed, and who judged.
    stopped: BTreeMap<PoolSlug, Digest>,
}

#[derive(Debug, Clone)]
struct UnderWay {
    slug: PoolSlug,
    judges: Digest,
    after: Option<Key>,
    filled: Filled,
}

/// Names who judges for a pool now: versions, configurations and shares. Nothing if nobody does.
pub(super) fn judges(installation: &Installation) -> Option<Digest> {
    use InstallationState as S;
    if !matches!(installation.state, S::Enabled | S::Canary) {
        return None;
    }
    let serves = installation.serves().then_some((&installation.digest, &installation.config));
    let canary = installation.trial.as_ref().and_then(|trial| match trial.stage {
        TrialStage::Canary { percent } => Some((&trial.digest, &trial.config, percent)),
        TrialStage::Waiting | TrialStage::Shadow => None,
    });
    serde_json::to_vec(&(serves, canary)).ok().map(|bytes| Digest::of(&bytes))
}

impl Kernel {
    /// Has pools looked through: one may have another rule now.
    pub(crate) fn look_at_pools(&self) {
        self.lock(&self.refills.state).looked = None;
    }

    /// Brings every pool to what its rule says now, at once.
    ///
    /// # Errors
    /// If the store cannot be read or written; the rest is done the next time.
    pub fn refill_pools(&self, progress: &mut dyn FnMut(&PoolSlug, Filled)) -> Result<()> {
        while self.refill_piece(progress)? {}
        Ok(())
    }

    /// Judges the next few batches of a pool that is due. Says whether there was something to do, and
    /// it could be done.
    pub(crate) fn refill_piece(&self, progress: &mut dyn FnMut(&PoolSlug, Filled)) -> Result<bool> {
        let Some(mut refill) = self.next_refill()? else { return Ok(false) };
        let outcome = self.judge_some(&mut refill);
        progress(&refill.slug, refill.filled);
        let mut state = self.lock(&self.refills.state);
        match outcome {
            Ok(true) => {
                let Filled { judged, entered, left, .. } = refill.filled;
                tracing::info!(pool = %refill.slug, judged, entered, left, "a pool is what its rule says now");
                Ok(true)
            }
            Ok(false) => {
                state.under_way = Some(refill);
                Ok(true)
            }
            // Somebody changed a record meanwhile, the breaker is open, or the machine has no time: later.
            Err(Error::Conflict(_) | Error::Busy { .. }) => {
                state.under_way = Some(refill);
                Ok(false)
            }
            Err(Error::Plugin(error)) if error.blame == Blame::Kernel => {
                state.under_way = Some(refill);
                Ok(false)
            }
            Err(error @ (Error::Unavailable(_) | Error::Full(_))) => {
                state.under_way = Some(refill);
                Err(error)
            }
            Err(error) => {
                tracing::warn!(pool = %refill.slug, %error, "a pool cannot be judged again");
                state.stopped.insert(refill.slug, refill.judges);
                Ok(true)
            }
        }
    }

    /// The refill that is to go on: the one under way, if it is still due, or another.
    fn next_refill(&self) -> Result<Option<UnderWay>> {
        let now = self.now();
        let (under_way, stopped) = {
            let mut state = self.lock(&self.refills.state);
            let lately = |at: Timestamp| {
                (0..REFILL_LOOK_S).contains(&(now.as_second().saturating_sub(at.as_second())))
            };
            if state.under_way.is_none() && state.looked.is_some_and(lately) {
                return Ok(None);
            }
            (state.under_way.take(), state.stopped.clone())
        };
        for pool in self.snapshot()?.list::<Pool>(&self.city, "pool/", None, 10_000)? {
            let pool = pool.1;
            let Some(judges) = self.due(&pool)? else { continue };
            if let Some(known) = &under_way {
                if known.slug == pool.slug && known.judges == judges {
                    return Ok(under_way);
                }
                continue;
            }
            if stopped.get(&pool.slug) != Some(&judges) {
                let (slug, after, filled) = (pool.slug, None, Filled::default());
                return Ok(Some(UnderWay { slug, judges, after, filled }));
            }
        }
        if under_way.is_some() {
            // It is not due any more: whatever else is, begins.
            return self.next_refill();
        }
        self.lock(&self.refills.state).looked = Some(now);
        Ok(None)
    }

    /// Who judges for a pool now, if its memberships are another's.
    fn due(&self, pool: &Pool) -> Result<Option<Digest>> {
        let key = keys::installation(&pool.plugin);
        let known = self.snapshot()?.get::<Installation>(&pool.tenant, &key)?;
        let judges = known.and_then(|known| judges(&known.value));
        Ok(judges.filter(|judges| pool.judges != Some(*judges)))
    }

    /// Judges a few batches. Says whether they were the last.
    fn judge_some(&self, refill: &mut UnderWay) -> Result<bool> {
        let kernel = Caller::kernel(self.city.clone());
        let pool = self.pool(&kernel, &refill.slug)?;
        let judges = Judges::of(self, &pool)?;
        for _ in 0..REFILL_BATCHES {
            let UnderWay { after, filled, .. } = refill;
            if !self.fill_batch(&kernel, &pool, &judges, after, filled)? {
                self.keep_rule(&kernel, &pool, &judges)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A pool, how large it is, and whose rule its memberships are.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none of that slug.
    pub fn pool_standing(&self, caller: &Caller, slug: &PoolSlug) -> Result<PoolStanding> {
        let pool = self.pool(caller, slug)?;
        let view = self.snapshot()?;
        let key = keys::installation(&pool.plugin);
        let installation = view.get::<Installation>(&pool.tenant, &key)?.map(|it| it.value);
        let working = installation.filter(|it| judges(it).is_some());
        let refill = self.due(&pool)?.map(|judges| {
            let state = self.lock(&self.refills.state);
            match &state.under_way {
                Some(it) if it.slug == *slug && it.judges == judges => {
                    Refill::UnderWay { judged: it.filled.judged }
                }
                _ if state.stopped.get(slug) == Some(&judges) => Refill::Stopped,
                _ => Refill::Waiting,
            }
        });
        let named = |digest: Option<Digest>| self.version_named(&pool.plugin, digest);
        Ok(PoolStanding {
            members: self.pool_size(slug)?,
            judged_by: named(pool.rule)?,
            serving: named(working.map(|it| it.digest))?,
            refill,
            pool,
        })
    }

    /// The number of a version.
    fn version_named(&self, plugin: &PluginName, digest: Option<Digest>) -> Result<Option<String>> {
        let prefix = format!("plugin/{plugin}/");
        let versions = self.snapshot()?.list::<Plugin>(&self.city, &prefix, None, 10_000)?;
        Ok(versions
            .into_iter()
            .find(|(_, one)| Some(one.digest) == digest)
            .map(|(_, one)| one.manifest.version.to_string()))
    }
}
