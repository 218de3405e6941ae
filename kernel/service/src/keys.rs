//! Where each record stands in the store: every kind of key on one screen.
//!
//! The shared pool and everything that must change with it in one commit stands in the city's
//! space; what is a tenant's own (installations, needs, matches) stands in the tenant's.

use taihu_model::{
    AccountSlug, AchievementId, CapsuleId, Digest, FeedbackKind, GuaranteeId, KeyId, LedgerSlug,
    MatchId, NeedId, PluginName, PoolSlug, RunId, ScoreRunId, SourceSlug, TenantSlug, VoucherId,
};
use taihu_store::Key;

/// The space of the shared pool.
pub(crate) const CITY: &str = "city";

// In the city's space.

pub(crate) fn tenant(slug: &TenantSlug) -> Key {
    Key::of(&["tenant", slug.as_str()])
}

/// By the hash of its token: the token itself is stored nowhere.
pub(crate) fn principal(token: &Digest) -> Key {
    Key::of(&["principal", &token.to_string()])
}

pub(crate) fn plugin(name: &PluginName, version: &str) -> Key {
    Key::of(&["plugin", name.as_str(), version])
}

/// Whose a plugin's name is, and its highest version.
pub(crate) fn plugin_name(name: &PluginName) -> Key {
    Key::of(&["plugin-name", name.as_str()])
}

/// By the identifier of its key.
pub(crate) fn publisher(key: &KeyId) -> Key {
    Key::of(&["publisher", &key.to_string()])
}

/// What no tenant's grant goes beyond.
pub(crate) fn ceiling() -> Key {
    Key::of(&["ceiling"])
}

pub(crate) fn source(slug: &SourceSlug) -> Key {
    Key::of(&["source", slug.as_str()])
}

pub(crate) fn run(id: &RunId) -> Key {
    Key::of(&["run", &id.to_string()])
}

/// The run of a source that is going on.
pub(crate) fn active_run(source: &SourceSlug) -> Key {
    Key::of(&["active-run", source.as_str()])
}

/// Identifiers of sources are of any length and alphabet, so their digest stands in the key.
pub(crate) fn record(source: &SourceSlug, source_id: &str) -> Key {
    Key::of(&["record", source.as_str(), &short(source_id)])
}

/// What a source record said before, oldest first.
pub(crate) fn earlier(record: &Key, nth: u32) -> Key {
    Key::of(&["earlier", &record.0, &format!("{nth:08}")])
}

/// The last run of a source by a version of its connector that was recalled.
pub(crate) fn recalled(source: &SourceSlug, connector: &Digest) -> Key {
    Key::of(&["recalled", source.as_str(), &connector.to_string()])
}

/// A record that a run did not admit.
pub(crate) fn rejection(run: &RunId, source_id: &str) -> Key {
    Key::of(&["rejection", &run.to_string(), &short(source_id)])
}

/// What a run brought, in the order in which it came: a part for each commit.
pub(crate) fn report(source: &SourceSlug, run: &RunId, nth: u64) -> Key {
    Key::of(&["report", source.as_str(), &run.to_string(), &format!("{nth:012}")])
}

/// Which records a full run has seen, bytes: a part for each commit, until it has ended.
pub(crate) fn seen(source: &SourceSlug, run: &RunId, nth: u64) -> Key {
    Key::of(&["seen", source.as_str(), &run.to_string(), &format!("{nth:012}")])
}

/// That a full run did not find a record, until somebody sees it again or decides.
pub(crate) fn vanished(source: &SourceSlug, source_id: &str) -> Key {
    Key::of(&["vanished", source.as_str(), &short(source_id)])
}

/// The run of a source that waits for a person to decide about vanished records.
pub(crate) fn waiting(source: &SourceSlug) -> Key {
    Key::of(&["waiting", source.as_str()])
}

/// When a source is read next by its schedule.
pub(crate) fn firing(source: &SourceSlug) -> Key {
    Key::of(&["firing", source.as_str()])
}

pub(crate) fn achievement(id: &AchievementId) -> Key {
    Key::of(&["achievement", &id.to_string()])
}

/// Which source records speak of an achievement.
pub(crate) fn said(id: &AchievementId, record: &Key) -> Key {
    Key::of(&["said", &id.to_string(), &record.0])
}

/// That a person found two records to be of different things: beside each.
pub(crate) fn apart(record: &Key, other: &Key) -> Key {
    Key(format!("{}{other}", apart_from(record)))
}

/// What the keys of everything begin with that a record is apart from.
pub(crate) fn apart_from(record: &Key) -> String {
    format!("apart/{record}/")
}

/// Which achievement has a merge key. Numbers of rights are of any alphabet, so their digest
/// stands in the key.
pub(crate) fn merge(key: &str) -> Key {
    Key::of(&["merge", &Digest::of(key.as_bytes()).to_string()])
}

/// The vector of a published achievement: bytes, not JSON.
pub(crate) fn vector(id: &AchievementId) -> Key {
    Key::of(&["vector", &id.to_string()])
}

/// How far the maker of vectors has come.
pub(crate) fn embedding() -> Key {
    Key::of(&["embedding"])
}

pub(crate) fn pool(slug: &PoolSlug) -> Key {
    Key::of(&["pool", slug.as_str()])
}

pub(crate) fn membership(id: &AchievementId, pool: &PoolSlug) -> Key {
    Key::of(&["membership", &id.to_string(), pool.as_str()])
}

/// The memberships of a pool, by achievement.
pub(crate) fn pool_member(pool: &PoolSlug, id: &AchievementId) -> Key {
    Key::of(&["pool-member", pool.as_str(), &id.to_string()])
}

/// How far the log was looked through for achievements to push.
pub(crate) fn pushed() -> Key {
    Key::of(&["pushed"])
}

/// How far what is offered to harvesters has come.
pub(crate) fn offers() -> Key {
    Key::of(&["offers"])
}

/// What harvesters see of an achievement that is or was offered.
pub(crate) fn offer(id: &AchievementId) -> Key {
    Key::of(&["offer", &id.to_string()])
}

/// What [`offered`] begins with.
pub(crate) const OFFERED: &str = "offered/";

/// The offers by datestamp.
pub(crate) fn offered(stamp: i64, id: &AchievementId) -> Key {
    Key(format!("{}/{id}", offered_from(stamp)))
}

/// Comes before the offers of that datestamp and after those of every earlier one.
pub(crate) fn offered_from(stamp: i64) -> String {
    format!("{OFFERED}{:012}", stamp.clamp(0, 999_999_999_999))
}

/// What [`offer_set`] begins with.
pub(crate) const OFFER_SET: &str = "offer-set/";

/// A set of offers.
pub(crate) fn offer_set(spec: &str) -> Key {
    Key(format!("{OFFER_SET}{spec}"))
}

// In a tenant's space.

pub(crate) fn installation(plugin: &PluginName) -> Key {
    Key::of(&["installation", plugin.as_str()])
}

pub(crate) fn need(id: &NeedId) -> Key {
    Key::of(&["need", &id.to_string()])
}

/// Which need was submitted with an idempotency key.
pub(crate) fn submitted(idempotency: &str) -> Key {
    Key::of(&["submitted", &short(idempotency)])
}

pub(crate) fn score_run(need: &NeedId, id: &ScoreRunId) -> Key {
    Key::of(&["score-run", &need.to_string(), &id.to_string()])
}

pub(crate) fn found(need: &NeedId, id: &MatchId) -> Key {
    Key::of(&["match", &need.to_string(), &id.to_string()])
}

/// How much each word counts in the tenant's fused scores.
pub(crate) fn weights() -> Key {
    Key::of(&["weights"])
}

/// A new achievement that may answer a need.
pub(crate) fn push(need: &NeedId, achievement: &AchievementId) -> Key {
    Key::of(&["push", &need.to_string(), &achievement.to_string()])
}

/// What somebody did with a match, once for each person and kind.
pub(crate) fn feedback(need: &NeedId, found: &MatchId, kind: FeedbackKind, by: &str) -> Key {
    let (need, found) = (need.to_string(), found.to_string());
    Key::of(&["feedback", &need, &found, kind.as_str(), &short(by)])
}

/// That a match with an achievement was accepted.
pub(crate) fn accepted(achievement: &AchievementId, found: &MatchId) -> Key {
    Key::of(&["accepted", &achievement.to_string(), &found.to_string()])
}

/// What a tenant's people decided about a plugin's wishes.
pub(crate) fn grant(plugin: &PluginName) -> Key {
    Key::of(&["grant", plugin.as_str()])
}

/// A plugin of the city's that is not called for this tenant.
pub(crate) fn withheld(plugin: &PluginName) -> Key {
    Key::of(&["withheld", plugin.as_str()])
}

/// What a plugin has cost the tenant.
pub(crate) fn cost(plugin: &PluginName) -> Key {
    Key::of(&["cost", plugin.as_str()])
}

/// What a version on trial does differently.
pub(crate) fn difference(plugin: &PluginName) -> Key {
    Key::of(&["difference", plugin.as_str()])
}

/// A failing call, kept for its author.
pub(crate) fn capsule(plugin: &PluginName, id: &CapsuleId) -> Key {
    Key::of(&["capsule", plugin.as_str(), &id.to_string()])
}

/// Which need a score run answered.
pub(crate) fn receipt(id: &ScoreRunId) -> Key {
    Key::of(&["receipt", &id.to_string()])
}

/// What [`ledger`] begins with.
pub(crate) const LEDGER: &str = "ledger/";

pub(crate) fn ledger(slug: &LedgerSlug) -> Key {
    Key(format!("{LEDGER}{slug}"))
}

pub(crate) fn ledger_account(ledger: &LedgerSlug, account: &AccountSlug) -> Key {
    Key::of(&["ledger-account", ledger.as_str(), account.as_str()])
}

pub(crate) fn ledger_entry(ledger: &LedgerSlug, number: u64) -> Key {
    Key::of(&["ledger-entry", ledger.as_str(), &format!("{number:012}")])
}

/// A line of an entry by its account, the newest first: what stands first at or after a number is
/// what was on the account then.
pub(crate) fn ledger_line(ledger: &LedgerSlug, account: &AccountSlug, number: u64) -> Key {
    let down = 999_999_999_999_u64.saturating_sub(number);
    Key::of(&["ledger-line", ledger.as_str(), account.as_str(), &format!("{down:012}")])
}

/// Which entry was made with an idempotency key.
pub(crate) fn ledger_once(ledger: &LedgerSlug, idempotency: &str) -> Key {
    Key::of(&["ledger-once", ledger.as_str(), &short(idempotency)])
}

pub(crate) fn voucher(ledger: &LedgerSlug, id: &VoucherId) -> Key {
    Key::of(&["voucher", ledger.as_str(), &id.to_string()])
}

pub(crate) fn guarantee(ledger: &LedgerSlug, id: &GuaranteeId) -> Key {
    Key::of(&["guarantee", ledger.as_str(), &id.to_string()])
}

fn short(text: &str) -> String {
    let mut digest = Digest::of(text.as_bytes()).to_string();
    digest.truncate(32);
    digest
}
