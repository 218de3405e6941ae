//! What Prometheus reads. Labels are bounded: methods, route templates and status codes of ours,
//! never a text that a caller or a plugin chose.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Upper ends of the latency's buckets in seconds: from a cached read to the longest answer.
const BUCKETS_S: [f64; 12] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Where {
    route: &'static str,
}

/// The numbers of this process.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    took: Family<Where, Histogram, fn() -> Histogram>,
    gauges: Gauges,
}

#[derive(Default)]
struct Gauges {
    documents: Gauge<u64, AtomicU64>,
    published: Gauge<u64, AtomicU64>,
    bytes: Gauge<u64, AtomicU64>,
    lag: Gauge<u64, AtomicU64>,
    work: Gauge<u64, AtomicU64>,
    embedding: [Gauge<u64, AtomicU64>; 8],
}

/// What is measured at the moment that somebody asks.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Measured {
    /// Achievements in the index.
    pub(crate) documents: u64,
    /// Published ones among them.
    pub(crate) published: u64,
    /// Memory of the index.
    pub(crate) index_bytes: u64,
    /// Commits of the city's log that the index has not applied yet.
    pub(crate) lag: u64,
    /// Work of requests on threads or in line.
    pub(crate) work: u64,
    /// What [`EMBEDDING`] names, in its order; zeros without an endpoint.
    pub(crate) embedding: [u64; 8],
}

/// Names and meanings of what is measured of an embedding endpoint.
const EMBEDDING: [(&str, &str); 8] = [
    ("embedding_vectors", "Vectors of the current model in the store"),
    ("embedding_complete", "1 once every achievement was looked at for the current model"),
    ("embedding_resting", "1 while the endpoint is left alone because it failed"),
    ("embedding_made", "Vectors made since the start"),
    ("embedding_refused", "Texts that the endpoint refused since the start"),
    ("embedding_failures", "Requests to the endpoint that failed since the start"),
    ("embedding_rankings_with", "Rankings by words and meaning since the start"),
    ("embedding_rankings_without", "Rankings by words alone since the start"),
];

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("taihu");
        let requests = Family::<Answered, Counter>::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        let histogram: fn() -> Histogram = || Histogram::new(BUCKETS_S);
        let took = Family::<Where, Histogram, _>::new_with_constructor(histogram);
        registry.register_with_unit("http_request", "Time of answers", Unit::Seconds, took.clone());
        let gauges = Gauges::default();
        let of = &gauges;
        registry.register("achievements", "Achievements in the index", of.documents.clone());
        registry.register("achievements_published", "Published achievements", of.published.clone());
        registry.register_with_unit("index", "Memory of the index", Unit::Bytes, of.bytes.clone());
        registry.register("index_lag", "Commits that the index has not applied", of.lag.clone());
        registry.register(
            "bridge_inside",
            "Work of requests on threads or in line",
            of.work.clone(),
        );
        for ((name, help), gauge) in EMBEDDING.into_iter().zip(&of.embedding) {
            registry.register(name, help, gauge.clone());
        }
        Self { registry, requests, took, gauges }
    }

    /// Counts an answer.
    pub(crate) fn answered(
        &self,
        method: &'static str,
        route: &'static str,
        status: u16,
        took: Duration,
    ) {
        self.requests.get_or_create(&Answered { method, route, status }).inc();
        self.took.get_or_create(&Where { route }).observe(took.as_secs_f64());
    }

    /// Everything, in the text format of OpenMetrics.
    pub(crate) fn write(&self, now: Measured) -> Result<String, std::fmt::Error> {
        self.gauges.documents.set(now.documents);
        self.gauges.published.set(now.published);
        self.gauges.bytes.set(now.index_bytes);
        self.gauges.lag.set(now.lag);
        self.gauges.work.set(now.work);
        for (gauge, value) in self.gauges.embedding.iter().zip(now.embedding) {
            gauge.set(value);
        }
        let mut out = String::new();
        text::encode(&mut out, &self.registry)?;
        Ok(out)
    }
}
