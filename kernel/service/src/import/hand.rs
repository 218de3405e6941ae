//! What people decide about records and achievements: that a record is of something else than those it
//! was merged with, or that it is of the same as others. Both are kept in one commit with all that
//! follows, and the log says who decided it and why.

use taihu_model::{
    Achievement, AchievementId, Apart, MergeGround, Merged, RecordName, Source, SourceRecord,
    SourceRecordStatus, TenantSlug, Timestamp, merge_keys,
};
use taihu_store::{CommitError, Expect, Key, Rev};

use super::page::Plan;
use crate::achievements::check_reason;
use crate::authority::{Action, Caller};
use crate::error::{Error, Result};
use crate::kernel::{Draft, Kernel};
use crate::keys;
use crate::limits::{APART_MAX, PAGE_RETRIES_MAX, SAID_MAX};

/// A record that a person moves.
struct Moved {
    key: Key,
    record: SourceRecord,
    rev: Option<Rev>,
    source: Source,
}

/// Where it goes, and what the entry in the log is called.
#[derive(Clone, Copy)]
enum Way {
    Split,
    Join,
}

impl Kernel {
    /// Undoes a merge: gives a record of an achievement an achievement of its own, and keeps it apart
    /// from every record that goes on speaking of the first, for ever and whatever they have in common.
    /// Both achievements say only what their records do; the first keeps its identifier, and is
    /// suspended if it is published and what is left lacks what that needs.
    ///
    /// Answers the new achievement.
    ///
    /// # Errors
    /// [`Error::Denied`] for who may not move the achievement on the ground of every source that speaks
    /// of it; [`Error::NotFound`] if the record does not speak of it; [`Error::Conflict`] if nothing
    /// else does; [`Error::Invalid`] without a reason.
    pub fn split_achievement(
        &self,
        caller: &Caller,
        id: AchievementId,
        record: &RecordName,
        reason: &str,
    ) -> Result<Achievement> {
        self.by_hand(caller, id, record, reason, Way::Split)
    }

    /// Merges by hand: has a record speak of an achievement instead of its own, and forgets that it was
    /// kept apart from those that speak of it. An achievement of which nobody speaks any more is
    /// withdrawn.
    ///
    /// Answers the achievement.
    ///
    /// # Errors
    /// As [`Kernel::split_achievement`], on the grounds of both; [`Error::Conflict`] if the record
    /// speaks of the achievement already, or the achievement has no records or as many as are merged.
    pub fn join_achievement(
        &self,
        caller: &Caller,
        id: AchievementId,
        record: &RecordName,
        reason: &str,
    ) -> Result<Achievement> {
        self.by_hand(caller, id, record, reason, Way::Join)
    }

    fn by_hand(
        &self,
        caller: &Caller,
        id: AchievementId,
        record: &RecordName,
        reason: &str,
        way: Way,
    ) -> Result<Achievement> {
        check_reason(reason)?;
        if reason.trim().is_empty() {
            return Err(Error::invalid("reason", "请填写理由", "state why"));
        }
        for _ in 0..PAGE_RETRIES_MAX {
            let view = self.snapshot()?;
            let stored =
                view.need::<Achievement>(&self.city, &keys::achievement(&id), "achievement", id)?;
            self.may_move_everywhere(caller, &view, &stored.value)?;
            let source = self.source(&record.source)?;
            let at = self.now();
            let action = match way {
                Way::Split => "achievement.split",
                Way::Join => "achievement.join",
            };
            let mut draft = Draft::new(self.audit(caller, &stored.value.tenant, action, id));
            draft.reason(reason);
            let mut plan = Plan::new(self, &source, view)?;
            plan.by_hand = true;
            let moved = moved(&plan, record, &source)?;
            let answered = match way {
                Way::Split => {
                    let apart = (caller.actor.as_str(), at, reason);
                    plan.split(id, moved, apart, &mut draft)?
                }
                Way::Join => {
                    let from = moved.record.achievement.filter(|from| *from != id);
                    let from = from.ok_or_else(speaks_already)?;
                    let key = keys::achievement(&from);
                    let from =
                        plan.view.need::<Achievement>(&self.city, &key, "achievement", from)?;
                    self.may_move_everywhere(caller, &plan.view, &from.value)?;
                    plan.join(&stored.value, from.value.id, moved, at, &mut draft)?
                }
            };
            plan.finish(at, &mut draft)?;
            match self.parts.store.commit(&self.city, draft.into_batch()) {
                Ok(_) => {
                    let key = keys::achievement(&answered);
                    let view = self.snapshot()?;
                    return Ok(view
                        .need::<Achievement>(&self.city, &key, "achievement", answered)?
                        .value);
                }
                // A run changed the same achievements meanwhile: look again.
                Err(CommitError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Busy { retry_after_s: 1 })
    }

    fn may_move_everywhere(
        &self,
        caller: &Caller,
        view: &crate::kernel::View,
        record: &Achievement,
    ) -> Result<()> {
        caller.may(Action::MoveAchievement, &record.tenant)?;
        if self.may_on_every_ground(caller, Action::MoveAchievement, view, record)? {
            return Ok(());
        }
        Err(denied(caller, &caller.tenant))
    }
}

fn denied(caller: &Caller, tenant: &TenantSlug) -> Error {
    Error::Denied {
        role: caller.role.zh(),
        tenant: tenant.to_string(),
        action: Action::MoveAchievement.zh(),
    }
}

fn speaks_already() -> Error {
    Error::conflict("该来源记录已属于这项成果", "the record speaks of this achievement already")
}

/// A record that speaks.
fn moved(plan: &Plan<'_>, name: &RecordName, source: &Source) -> Result<Moved> {
    let key = keys::record(&name.source, &name.source_id);
    let missing = || Error::not_found("record", format!("{}/{}", name.source, name.source_id));
    let (record, rev) = plan.known(&key)?.ok_or_else(missing)?;
    if record.status != SourceRecordStatus::Live {
        return Err(missing());
    }
    Ok(Moved { key, record, rev, source: source.clone() })
}

impl Plan<'_> {
    /// Gives a record an achievement of its own.
    fn split(
        &mut self,
        id: AchievementId,
        moved: Moved,
        (by, at, reason): (&str, Timestamp, &str),
        draft: &mut Draft,
    ) -> Result<AchievementId> {
        let Moved { key, mut record, rev, source } = moved;
        let name = record.name();
        if record.achievement != Some(id) {
            return Err(Error::not_found("record", format!("{}/{}", source.slug, name.source_id)));
        }
        let others: Vec<SourceRecord> =
            self.speaking(id)?.into_iter().map(|(word, _)| word).collect();
        let others: Vec<SourceRecord> =
            others.into_iter().filter(|word| word.name() != name).collect();
        if others.is_empty() {
            return Err(Error::conflict(
                "这项成果只有这一条来源记录，没有可撤销的合并",
                "no other record speaks of this achievement: there is no merge to undo",
            ));
        }
        let own = AchievementId::from_parts(at, self.kernel.chance()?);
        for other in &others {
            let other_key = keys::record(&other.source, &other.source_id);
            self.room_to_keep_apart(&key)?;
            self.room_to_keep_apart(&other_key)?;
            let apart =
                |from: RecordName| Apart { from, by: by.to_owned(), at, reason: reason.to_owned() };
            draft.put(keys::apart(&key, &other_key), &apart(other.name()), Expect::Any)?;
            draft.put(keys::apart(&other_key, &key), &apart(name.clone()), Expect::Any)?;
        }
        // What only this record says leads to its own achievement from now on.
        let theirs: Vec<String> =
            others.iter().filter_map(|word| word.facts.as_ref()).flat_map(merge_keys).collect();
        for merge_key in record.facts.iter().flat_map(merge_keys) {
            if !theirs.contains(&merge_key) && self.merged_into(&merge_key)? == Some(id) {
                self.merges.insert(merge_key, own);
            }
        }
        self.detach(id, &key);
        self.attach(own, true, &key);
        record.achievement = Some(own);
        record.merged = None;
        self.records.insert(key, (record, rev));
        Ok(own)
    }

    /// Has a record speak of another achievement.
    fn join(
        &mut self,
        into: &Achievement,
        from: AchievementId,
        moved: Moved,
        at: Timestamp,
        draft: &mut Draft,
    ) -> Result<AchievementId> {
        let Moved { key, mut record, rev, .. } = moved;
        let words: Vec<SourceRecord> =
            self.speaking(into.id)?.into_iter().map(|(word, _)| word).collect();
        if words.is_empty() || words.len() >= SAID_MAX {
            return Err(Error::conflict(
                format!("没有来源记录支持该成果，或已有{SAID_MAX}条，不能再并入"),
                format!("the achievement has no records, or {SAID_MAX} already"),
            ));
        }
        for other in &words {
            let other_key = keys::record(&other.source, &other.source_id);
            draft.delete(keys::apart(&key, &other_key), Expect::Any);
            draft.delete(keys::apart(&other_key, &key), Expect::Any);
        }
        self.detach(from, &key);
        // The keys of what has ended lead nowhere: they lead here from now on.
        if self.speaking(from)?.is_empty() {
            for merge_key in record.facts.iter().flat_map(merge_keys) {
                if self.merged_into(&merge_key)? == Some(from) {
                    self.merges.insert(merge_key, into.id);
                }
            }
        }
        self.attach(into.id, false, &key);
        let mut with: Vec<RecordName> = words.iter().map(SourceRecord::name).collect();
        with.truncate(Merged::WITH_MAX);
        let merged = Merged { key: String::new(), likeness: None, with, at, run: None };
        record.achievement = Some(into.id);
        record.merged = Some(merged);
        self.records.insert(key, (record, rev));
        Ok(into.id)
    }

    fn attach(&mut self, id: AchievementId, new: bool, record: &Key) {
        self.touched.entry(id).or_insert(new);
        self.said.insert((id, record.clone()), true);
    }

    fn room_to_keep_apart(&self, record: &Key) -> Result<()> {
        if self.kernel.apart_from(&self.view, record)?.len() < APART_MAX {
            return Ok(());
        }
        Err(Error::conflict(
            format!("一条来源记录最多与{APART_MAX}条记录区分"),
            format!("a record is kept apart from at most {APART_MAX} others"),
        ))
    }
}

/// Why a record was merged, in Chinese and in English; empty if it was not.
#[must_use]
pub fn merge_words(merged: &Merged) -> (String, String) {
    let value = merged.key.split_once(':').map_or("", |(_, value)| value);
    match MergeGround::of(&merged.key) {
        None => ("由人工合并".into(), "merged by a person".into()),
        Some(ground @ (MergeGround::Right | MergeGround::Registration)) => {
            let en = match ground {
                MergeGround::Right => "the same number of a right",
                _ => "the same registration number",
            };
            (format!("{}：{value}", ground.zh()), format!("{en}: {value}"))
        }
        Some(ground @ MergeGround::Title) => {
            (ground.zh().into(), "the same owner and title".into())
        }
        Some(ground @ MergeGround::LikeTitle) => {
            let permille = merged.likeness.unwrap_or_default();
            let percent = format!("{}.{}%", permille / 10, permille % 10);
            (
                format!("{}（{percent}）", ground.zh()),
                format!("the same owner, and a title that is alike ({percent})"),
            )
        }
    }
}
