//! What plugins cost, over the wire.

use serde::Serialize;
use taihu_model::{PluginName, Timestamp};
use taihu_service::CostEntry;
use utoipa::ToSchema;

/// What plugins have cost a tenant, by their names.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Costs {
    costs: Vec<Cost>,
}

/// What a plugin, all its versions together, has cost a tenant.
#[derive(Debug, Serialize, ToSchema)]
struct Cost {
    #[schema(value_type = String, example = "relevance")]
    plugin: PluginName,
    /// Since when it is counted.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// Until when it was counted.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    /// Calls, whatever came of them.
    calls: u64,
    /// Calls that failed, by whosever fault.
    failures: u64,
    /// Calls that were refused because too much was asked at once. They are no calls.
    refused: u64,
    /// Calls that ended at low priority.
    slow: u64,
    /// CPU time of all calls, in microseconds.
    cpu_us: u64,
    /// Time that calls waited for their turn among heavy ones, in microseconds.
    waited_us: u64,
    /// The most memory that one call held, in bytes.
    memory_bytes_max: u64,
    /// Bytes that went into calls.
    bytes_in: u64,
    /// Bytes that came out as answers.
    bytes_out: u64,
    /// Requests that connectors had the kernel send.
    egress_requests: u64,
    /// Bytes of their bodies, sent and received.
    egress_bytes: u64,
}

impl From<Vec<CostEntry>> for Costs {
    fn from(entries: Vec<CostEntry>) -> Self {
        Self { costs: entries.into_iter().map(Cost::from).collect() }
    }
}

impl From<CostEntry> for Cost {
    fn from(CostEntry { plugin, since, until, cost }: CostEntry) -> Self {
        Self {
            plugin,
            since,
            until,
            calls: cost.calls,
            failures: cost.failures,
            refused: cost.refused,
            slow: cost.slow,
            cpu_us: cost.cpu_us,
            waited_us: cost.waited_us,
            memory_bytes_max: cost.memory_bytes_max,
            bytes_in: cost.bytes_in,
            bytes_out: cost.bytes_out,
            egress_requests: cost.egress_requests,
            egress_bytes: cost.egress_bytes,
        }
    }
}
