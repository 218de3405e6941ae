//! What plugins cost: for each tenant and plugin the calls, the time, the memory and the traffic.
//!
//! Counted in memory where calls are made, and added to the store once a minute, and when serving
//! ends. A kill loses what was counted since: at most a minute, and never what was written. Counted
//! is whoever a call was made *for*: a city's plugin that works for a district is on the district's
//! account.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use taihu_model::{PluginName, TenantSlug, Timestamp};
use taihu_sandbox::{CallError, Cause, Usage};
use taihu_store::{Expect, Key};

use crate::authority::{Action, Caller};
use crate::care::micros;
use crate::error::Result;
use crate::kernel::{Draft, Kernel};
use crate::keys;
use crate::limits::{COSTS_EVERY_S, COSTS_PENDING_MAX};

/// What a plugin has cost a tenant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Calls, whatever came of them.
    pub calls: u64,
    /// Calls that failed, by whosever fault.
    pub failures: u64,
    /// Calls that were refused because too much was asked at once. They are no calls.
    pub refused: u64,
    /// Calls that ended at low priority.
    pub slow: u64,
    /// CPU time of all calls, in microseconds.
    pub cpu_us: u64,
    /// Time that calls waited for their turn among heavy ones, in microseconds.
    pub waited_us: u64,
    /// The most memory that one call held, in bytes.
    pub memory_bytes_max: u64,
    /// Bytes that went into calls.
    pub bytes_in: u64,
    /// Bytes that came out as answers.
    pub bytes_out: u64,
    /// Requests that connectors had the kernel send.
    pub egress_requests: u64,
    /// Bytes of their bodies, sent and received.
    pub egress_bytes: u64,
}

impl Cost {
    /// The cost of one call.
    fn of_call(usage: &Usage, error: Option<&CallError>) -> Self {
        let refused = error.is_some_and(|error| matches!(error.cause, Cause::Busy { .. }));
        Self {
            calls: u64::from(!refused),
            failures: u64::from(error.is_some() && !refused),
            refused: u64::from(refused),
            slow: u64::from(usage.slow),
            cpu_us: micros(usage.cpu),
            waited_us: micros(usage.waited),
            memory_bytes_max: usage.memory_bytes_max,
            bytes_in: usage.bytes_in,
            bytes_out: usage.bytes_out,
            ..Self::default()
        }
    }

    fn add(&mut self, more: &Self) {
        let sums = [
            (&mut self.calls, more.calls),
            (&mut self.failures, more.failures),
            (&mut self.refused, more.refused),
            (&mut self.slow, more.slow),
            (&mut self.cpu_us, more.cpu_us),
            (&mut self.waited_us, more.waited_us),
            (&mut self.bytes_in, more.bytes_in),
            (&mut self.bytes_out, more.bytes_out),
            (&mut self.egress_requests, more.egress_requests),
            (&mut self.egress_bytes, more.egress_bytes),
        ];
        for (sum, more) in sums {
            *sum = sum.saturating_add(more);
        }
        self.memory_bytes_max = self.memory_bytes_max.max(more.memory_bytes_max);
    }
}

/// A tenant's cost of a plugin, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostEntry {
    /// The plugin, all its versions together.
    pub plugin: PluginName,
    /// Since when it is counted.
    pub since: Timestamp,
    /// Until when it was counted.
    pub until: Timestamp,
    /// The sums.
    #[serde(flatten)]
    pub cost: Cost,
}

/// What was counted and is not written yet.
#[derive(Debug, Default)]
pub(crate) struct Costs(Mutex<Pending>);

#[derive(Debug, Default)]
struct Pending {
    written: Option<Timestamp>,
    costs: HashMap<(TenantSlug, PluginName), Cost>,
}

impl Costs {
    pub(crate) fn call(
        &self,
        tenant: &TenantSlug,
        plugin: &PluginName,
        usage: &Usage,
        error: Option<&CallError>,
    ) {
        self.add(tenant, plugin, &Cost::of_call(usage, error));
    }

    pub(crate) fn egress(&self, tenant: &TenantSlug, plugin: &PluginName, bytes: usize) {
        let egress_bytes = bytes as u64;
        self.add(tenant, plugin, &Cost { egress_requests: 1, egress_bytes, ..Cost::default() });
    }

    fn add(&self, tenant: &TenantSlug, plugin: &PluginName, more: &Cost) {
        let mut pending = self.lock();
        let key = (tenant.clone(), plugin.clone());
        // More pairs than that within a minute there are not; if there were, a few go uncounted.
        if pending.costs.len() < COSTS_PENDING_MAX || pending.costs.contains_key(&key) {
            pending.costs.entry(key).or_default().add(more);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Pending> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kernel {
    /// What plugins have cost a tenant, by their names; what is not written yet is in it.
    ///
    /// # Errors
    /// [`Error::Denied`](crate::Error::Denied), or if the store cannot be read.
    pub fn costs(&self, caller: &Caller, tenant: &TenantSlug) -> Result<Vec<CostEntry>> {
        caller.may(Action::ReadPlugins, tenant)?;
        let pending: Vec<_> = self
            .costs
            .lock()
            .costs
            .iter()
            .filter(|((of, _), _)| of == tenant)
            .map(|((_, plugin), cost)| (plugin.clone(), *cost))
            .collect();
        let now = self.now();
        let stored = self.snapshot()?.list::<CostEntry>(tenant, "cost/", None, 10_000)?;
        let mut found: Vec<_> = stored.into_iter().map(|(_, entry)| entry).collect();
        for (plugin, cost) in pending {
            match found.iter_mut().find(|entry| entry.plugin == plugin) {
                Some(entry) => {
                    entry.cost.add(&cost);
                    entry.until = now;
                }
                None => found.push(CostEntry { plugin, since: now, until: now, cost }),
            }
        }
        found.sort_by(|a, b| a.plugin.cmp(&b.plugin));
        Ok(found)
    }

    /// Writes what was counted, if the last time is a minute ago.
    pub(crate) fn write_costs_when_due(&self) -> Result<()> {
        let now = self.now();
        {
            let mut pending = self.costs.lock();
            let written = *pending.written.get_or_insert(now);
            let age_s = now.as_second().saturating_sub(written.as_second());
            // A clock that was turned back begins a new minute.
            if (0..COSTS_EVERY_S).contains(&age_s) || pending.costs.is_empty() {
                return Ok(());
            }
        }
        self.write_costs()
    }

    /// Writes what was counted; what can't be written is kept and counted on.
    pub(crate) fn write_costs(&self) -> Result<()> {
        let taken = {
            let mut pending = self.costs.lock();
            pending.written = Some(self.now());
            std::mem::take(&mut pending.costs)
        };
        let mut by_tenant: HashMap<TenantSlug, Vec<(PluginName, Cost)>> = HashMap::new();
        for ((tenant, plugin), cost) in taken {
            by_tenant.entry(tenant).or_default().push((plugin, cost));
        }
        let mut failed = None;
        for (tenant, costs) in by_tenant {
            if let Err(error) = self.write_costs_of(&tenant, &costs) {
                for (plugin, cost) in &costs {
                    self.costs.add(&tenant, plugin, cost);
                }
                failed = Some(error);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    fn write_costs_of(&self, tenant: &TenantSlug, costs: &[(PluginName, Cost)]) -> Result<()> {
        let now = self.now();
        let view = self.snapshot()?;
        let kernel = Caller::kernel(self.city.clone());
        let mut draft = Draft::new(self.audit(&kernel, tenant, "costs.write", tenant));
        for (plugin, cost) in costs {
            let key: Key = keys::cost(plugin);
            let stored = view.get::<CostEntry>(tenant, &key)?;
            let (since, expect) = match &stored {
                Some(stored) => (stored.value.since, Expect::Rev(stored.rev)),
                None => (now, Expect::Absent),
            };
            let mut sum = stored.map_or_else(Cost::default, |stored| stored.value.cost);
            sum.add(cost);
            let entry = CostEntry { plugin: plugin.clone(), since, until: now, cost: sum };
            draft.put(key, &entry, expect)?;
        }
        self.commit(tenant, draft)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use taihu_sandbox::Blame;

    use super::*;

    #[test]
    fn calls_failures_and_refusals_are_told_apart() {
        let usage = Usage {
            cpu: Duration::from_micros(70),
            waited: Duration::from_millis(2),
            memory_bytes_max: 100,
            slow: true,
            bytes_in: 5,
            bytes_out: 3,
            ..Usage::default()
        };
        let error = |cause: Cause| CallError {
            blame: Blame::Plugin,
            plugin: "a@1.0.0".into(),
            cause,
            usage: Box::default(),
        };
        let busy = error(Cause::Busy { retry_after: Duration::from_secs(1) });
        let stack = error(Cause::Stack { frames: Vec::new() });
        let costs = Costs::default();
        let (tenant, plugin) = ("anji".parse().unwrap(), "a".parse().unwrap());
        costs.call(&tenant, &plugin, &usage, None);
        costs.call(&tenant, &plugin, &Usage { memory_bytes_max: 70, ..usage }, Some(&stack));
        costs.call(&tenant, &plugin, &Usage::default(), Some(&busy));
        costs.egress(&tenant, &plugin, 1_000);
        let want = Cost {
            calls: 2,
            failures: 1,
            refused: 1,
            slow: 2,
            cpu_us: 140,
            waited_us: 4_000,
            memory_bytes_max: 100,
            bytes_in: 10,
            bytes_out: 6,
            egress_requests: 1,
            egress_bytes: 1_000,
        };
        assert_eq!(costs.lock().costs[&(tenant, plugin)], want);
    }
}
