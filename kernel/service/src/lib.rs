//! What the city may ask: one file for each verb, and the only conductor of the other rooms.
//!
//! [`Kernel`] is made of [`Parts`]; every verb is a method that takes the [`Caller`] it is done for,
//! decides whether the caller may, reads one moment of the store, and commits once. Knows no HTTP.

mod achievements;
mod answers;
mod audit;
mod authority;
mod care;
mod clock;
mod costs;
mod drops;
mod embedding;
mod error;
mod exchange;
mod follow;
mod health;
mod home;
mod import;
mod kernel;
mod keys;
mod ledger;
pub mod limits;
mod mapping;
mod matching;
mod needs;
mod outbound;
mod plugins;
mod pools;
mod pressed;
mod recall;
mod receipts;
mod schedule;
mod search;
mod secrets;
pub mod signatures;
mod sources;
mod tenants;
mod tokens;

pub use achievements::FoundPage;
pub use answers::MatchStep;
pub use authority::{Action, Caller, Principal, Role, allowed};
pub use care::{KeptCapsule, Replayed, Withheld, replay_capsule};
pub use clock::{Clock, ManualClock, SystemClock};
pub use costs::{Cost, CostEntry};
pub use embedding::{Embedder, Embedding, EmbeddingHealth, EmbeddingOptions};
pub use error::{Error, Fault, Result};
pub use exchange::{
    Listed, Offered, OfferedPage, OfferedSet, OutputKind, Range as OfferRange, SetsPage, is_open,
};
pub use health::SourceHealth;
pub use home::{Home, HomeError, HomeOptions};
pub use import::{
    FieldMapping, LineOutcome, LinesFeed, LinesMapping, Progress, Rejection, ReportLine,
    ReportPage, RunMode, SpentOnRuns, merge_words,
};
pub use kernel::{Kernel, Parts};
pub use ledger::{
    Booked, Entries, GuaranteeOrder, GuaranteeStep, LedgerBalance, LedgerCheck, Statement,
    StatementLine, VoucherOrder, VoucherStep,
};
pub use mapping::{Fate, MappedRecord, MappedValue, RecordNames};
pub use matching::{
    ChosenWeights, FactorBeside, Matched, Member, NeedFor, Pushed, Quality, Ranked, Ranking,
    RankingCost, ScorerWeight, Standing, Team, Tuning, Weights, WhyNot, diversity_rule,
};
pub use needs::NeedGlance;
pub use outbound::{
    Gate, Grant, GrantedOrigin, HttpReply, HttpRequest, Outbound, OutboundError, Recorded,
    Recording, Secret, SecretForm, SecretHeader, closed_reason,
};
pub use plugins::{
    Grants, InstallOptions, Promotion, Records, RevokedPublisher, WishesDiff, test_plugin,
};
pub use pools::{Filled, MembersPage, PoolStanding, Refill};
pub use recall::{AchievementRecall, NamedAchievement, Outcome, Recall, SourceRecall};
pub use receipts::{Replay, ReplayedScorer};
pub use schedule::{Due, Firing};
pub use search::{FieldSnippet, FoundAchievement, SearchPage, Searched};
pub use secrets::{KeptSecret, SecretTerms};

pub use taihu_index::{Facet, Filter, Kind, Order, Position, SUGGEST_MAX, Suggestion};
pub use taihu_sandbox::{CaseOutcome, Compiler, componentize, pack, unpack};
pub use taihu_store::{LogEntry, OpenError};

/// The rooms below, for benchmarks and tools that measure them one by one.
pub mod rooms {
    pub use taihu_index as index;
    pub use taihu_sandbox as sandbox;
    pub use taihu_store as store;
}

/// Steps of the verbs one by one, for benchmarks: what is measured is what serves.
pub mod steps {
    pub use crate::follow::document;
    pub use crate::import::unpacked;
    pub use crate::matching::{candidates, closer_order};
}

/// What the child process does that [`Compiler::Child`] starts: compiles one component from
/// standard input to standard output, within limits that it sets itself.
#[must_use]
pub fn compile_child() -> std::process::ExitCode {
    taihu_sandbox::compiler::child_main()
}
