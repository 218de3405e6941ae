//! Achievements: finding, reading and moving them.

use taihu_index::Filter;
use taihu_model::{
    Achievement, AchievementId, AchievementState, Apart, Membership, PublishGap, RecordName,
    Source, SourceRecord, SourceSlug, TenantSlug,
};
use taihu_store::{Expect, Key};

use crate::authority::{Action, Caller, allowed};
use crate::error::{Error, Fault, Result};
use crate::kernel::{Draft, Kernel, Stored, View};
use crate::keys;
use crate::limits::{PAGE_MAX, REASON_CHARS_MAX, SAID_MAX};
use crate::search::check_text;

/// A page of found achievements.
#[derive(Debug, Clone)]
pub struct FoundPage {
    /// The best first.
    pub achievements: Vec<Achievement>,
    /// How many there are in all.
    pub total: u64,
    /// Where the next page begins, if there is one.
    pub next: Option<usize>,
}

impl Kernel {
    /// Finds achievements by a text and labels, the best first; without a text the newest first.
    /// Who may not see unpublished ones finds published ones only.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a text that is too long.
    pub fn find_achievements(
        &self,
        caller: &Caller,
        text: &str,
        mut filter: Filter,
        offset: usize,
        limit: usize,
    ) -> Result<FoundPage> {
        caller.may(Action::ReadPool, &self.city)?;
        check_text(text)?;
        let sees_drafts = allowed(caller.role, &caller.tenant, Action::ReadDrafts, &self.city);
        if !sees_drafts {
            filter.states = vec![AchievementState::Published.as_str().to_owned()];
        }
        let limit = limit.clamp(1, PAGE_MAX);
        let found = self.index.find(text, &filter, offset, limit);
        let view = self.snapshot()?;
        let mut achievements = Vec::with_capacity(found.hits.len());
        for hit in &found.hits {
            let Ok(id) = hit.id.parse::<AchievementId>() else { continue };
            // The index may be a moment behind: what is no longer published is not shown.
            if let Some(stored) = view.get::<Achievement>(&self.city, &keys::achievement(&id))?
                && (sees_drafts || stored.value.state == AchievementState::Published)
            {
                achievements.push(stored.value);
            }
        }
        let end = offset + found.hits.len();
        let next = (!found.hits.is_empty() && (end as u64) < found.total).then_some(end);
        Ok(FoundPage { achievements, total: found.total, next })
    }

    /// One achievement, with what its pools say of it.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none of that id that the caller may see.
    pub fn achievement(
        &self,
        caller: &Caller,
        id: AchievementId,
    ) -> Result<(Achievement, Vec<Membership>)> {
        caller.may(Action::ReadPool, &self.city)?;
        let view = self.snapshot()?;
        let key = keys::achievement(&id);
        let record = view.need::<Achievement>(&self.city, &key, "achievement", id)?.value;
        let sees = record.state == AchievementState::Published
            || self.may_on_every_ground(caller, Action::ReadDrafts, &view, &record)?;
        if !sees {
            return Err(Error::not_found("achievement", id));
        }
        let memberships =
            view.list::<Membership>(&self.city, &format!("membership/{id}/"), None, 256)?;
        Ok((record, memberships.into_iter().map(|(_, membership)| membership).collect()))
    }

    /// Whether a caller may do something with an achievement on the ground of its tenant and of every
    /// source that speaks of it: before it is published, what they say is theirs alone, and merged.
    pub(crate) fn may_on_every_ground(
        &self,
        caller: &Caller,
        action: Action,
        view: &View,
        record: &Achievement,
    ) -> Result<bool> {
        let may = |on: &TenantSlug| allowed(caller.role, &caller.tenant, action, on);
        if !may(&record.tenant) {
            return Ok(false);
        }
        let prefix = format!("said/{}/record/", record.id);
        for (key, _) in view.0.range(&self.city, &prefix, None, SAID_MAX)? {
            let slug = key.0.strip_prefix(&prefix).and_then(|rest| rest.split('/').next());
            let slug = slug.and_then(|slug| slug.parse::<SourceSlug>().ok());
            let Some(slug) = slug else { continue };
            let source = view.get::<Source>(&self.city, &keys::source(&slug))?;
            if source.is_some_and(|source| !may(&source.value.tenant)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What sources delivered of an achievement, verbatim; of other tenants' sources only for who may
    /// read those tenants' unpublished achievements.
    ///
    /// # Errors
    /// [`Error::Denied`] for who may not see it.
    pub fn source_records(&self, caller: &Caller, id: AchievementId) -> Result<Vec<SourceRecord>> {
        let (record, _) = self.achievement(caller, id)?;
        caller.may(Action::ReadDrafts, &record.tenant)?;
        let view = self.snapshot()?;
        let mut found = Vec::new();
        for key in self.speakers(&view, id)? {
            let Some(record) = view.get::<SourceRecord>(&self.city, &key)? else { continue };
            let mut record = record.value;
            if self.may_read_source(caller, &view, &record.source)? {
                self.hide_others(caller, &view, &mut record)?;
                found.push(record);
            }
        }
        Ok(found)
    }

    /// The records that people keep apart from those that speak of an achievement: for each of these, by
    /// its name, from which, by whom, when and why. Of other tenants' sources as in
    /// [`Kernel::source_records`].
    ///
    /// # Errors
    /// [`Error::Denied`] for who may not see it.
    pub fn kept_apart(
        &self,
        caller: &Caller,
        id: AchievementId,
    ) -> Result<Vec<(RecordName, Apart)>> {
        let mut found = Vec::new();
        for record in self.source_records(caller, id)? {
            let view = self.snapshot()?;
            let prefix = keys::apart_from(&keys::record(&record.source, &record.source_id));
            for (_, apart) in view.list::<Apart>(&self.city, &prefix, None, SAID_MAX)? {
                if self.may_read_source(caller, &view, &apart.from.source)? {
                    found.push((record.name(), apart));
                }
            }
        }
        Ok(found)
    }

    fn speakers(&self, view: &View, id: AchievementId) -> Result<Vec<Key>> {
        let prefix = format!("said/{id}/");
        let marks = view.0.range(&self.city, &prefix, None, SAID_MAX)?;
        let rest = |key: Key| Key(key.0.strip_prefix(&prefix).unwrap_or_default().to_owned());
        Ok(marks.into_iter().map(|(key, _)| rest(key)).collect())
    }

    fn may_read_source(&self, caller: &Caller, view: &View, slug: &SourceSlug) -> Result<bool> {
        let source = view.get::<Source>(&self.city, &keys::source(slug))?;
        Ok(source.is_some_and(|source| {
            allowed(caller.role, &caller.tenant, Action::ReadDrafts, &source.value.tenant)
        }))
    }

    /// Leaves out of a record's explanation what others called theirs whom the caller may not read.
    pub(crate) fn hide_others(
        &self,
        caller: &Caller,
        view: &View,
        record: &mut SourceRecord,
    ) -> Result<()> {
        let Some(merged) = &mut record.merged else { return Ok(()) };
        let mut shown = Vec::with_capacity(merged.with.len());
        for name in std::mem::take(&mut merged.with) {
            if self.may_read_source(caller, view, &name.source)? {
                shown.push(name);
            }
        }
        merged.with = shown;
        Ok(())
    }

    /// Moves an achievement along one edge, such as `submitted` → `published`. One that is not
    /// published and of which several tenants' sources speak is the city's to move.
    ///
    /// # Errors
    /// [`Error::Denied`] for who may not.
    /// [`Error::IllegalEdge`] if there is no such edge; [`Error::Invalid`] naming everything that
    /// is missing for publication.
    pub fn move_achievement(
        &self,
        caller: &Caller,
        id: AchievementId,
        to: AchievementState,
        reason: &str,
    ) -> Result<Achievement> {
        check_reason(reason)?;
        let view = self.snapshot()?;
        let key = keys::achievement(&id);
        let Stored { rev, mut value } =
            view.need::<Achievement>(&self.city, &key, "achievement", id)?;
        caller.may(Action::MoveAchievement, &value.tenant)?;
        if value.state != AchievementState::Published
            && !self.may_on_every_ground(caller, Action::MoveAchievement, &view, &value)?
        {
            return Err(Error::Denied {
                role: caller.role.zh(),
                tenant: caller.tenant.to_string(),
                action: Action::MoveAchievement.zh(),
            });
        }
        let next = value.state.become_state(to)?;
        if next == AchievementState::Published {
            let gaps = value.facts.publish_gaps();
            if !gaps.is_empty() {
                return Err(Error::Invalid(gaps.into_iter().map(gap).collect()));
            }
        }
        let mut draft = Draft::new(self.audit(caller, &value.tenant, "achievement.move", id));
        draft.reason(reason);
        draft.edge(id, value.state.as_str(), next.as_str());
        value.state = next;
        value.updated = self.now();
        draft.put(key, &value, Expect::Rev(rev))?;
        self.commit(&self.city, draft)?;
        Ok(value)
    }
}

fn gap(gap: PublishGap) -> Fault {
    let (field, en) = match gap {
        PublishGap::Title => ("title", "the title is missing"),
        PublishGap::Owner => ("owners", "an owner is missing"),
        PublishGap::Summary => ("summary", "the summary has less than 60 characters"),
        PublishGap::Secrecy => ("secrecy", "the record is not marked as public"),
        PublishGap::RightOrDeclaration => {
            ("ip", "neither a valid IP number nor a declaration of the owner is there")
        }
    };
    Fault::new(field, gap.zh(), en)
}

/// Makes sure that a reason a person writes is not a book.
pub(crate) fn check_reason(reason: &str) -> Result<()> {
    let chars = reason.chars().count();
    if chars <= REASON_CHARS_MAX {
        return Ok(());
    }
    Err(Error::invalid(
        "reason",
        format!("理由最多{REASON_CHARS_MAX}字，现有{chars}字"),
        format!("a reason has at most {REASON_CHARS_MAX} characters, not {chars}"),
    ))
}
