//! Achievements: finding, reading and moving them.

use taihu_index::Filter;
use taihu_model::{
    Achievement, AchievementId, AchievementState, Membership, PublishGap, SourceRecord,
};
use taihu_store::{Expect, Key};

use crate::authority::{Action, Caller, allowed};
use crate::error::{Error, Fault, Result};
use crate::kernel::{Draft, Kernel, Stored};
use crate::keys;
use crate::limits::{PAGE_MAX, REASON_CHARS_MAX, SAID_MAX, SEARCH_CHARS_MAX};

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
        let chars = text.chars().count();
        if chars > SEARCH_CHARS_MAX {
            return Err(Error::invalid(
                "q",
                format!("检索内容最多{SEARCH_CHARS_MAX}字，现有{chars}字"),
                format!("a search text has at most {SEARCH_CHARS_MAX} characters, not {chars}"),
            ));
        }
        if !allowed(caller.role, &caller.tenant, Action::ReadDrafts, &self.city) {
            filter.states = vec![AchievementState::Published.as_str().to_owned()];
        }
        let limit = limit.clamp(1, PAGE_MAX);
        let found = self.index.find(text, &filter, offset, limit);
        let view = self.snapshot()?;
        let mut achievements = Vec::with_capacity(found.hits.len());
        for hit in &found.hits {
            let Ok(id) = hit.id.parse::<AchievementId>() else { continue };
            if let Some(stored) = view.get::<Achievement>(&self.city, &keys::achievement(&id))? {
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
            || allowed(caller.role, &caller.tenant, Action::ReadDrafts, &record.tenant);
        if !sees {
            return Err(Error::not_found("achievement", id));
        }
        let memberships =
            view.list::<Membership>(&self.city, &format!("membership/{id}/"), None, 256)?;
        Ok((record, memberships.into_iter().map(|(_, membership)| membership).collect()))
    }

    /// What sources delivered of an achievement, verbatim.
    ///
    /// # Errors
    /// [`Error::Denied`] for who may not see it.
    pub fn source_records(&self, caller: &Caller, id: AchievementId) -> Result<Vec<SourceRecord>> {
        let (record, _) = self.achievement(caller, id)?;
        caller.may(Action::ReadDrafts, &record.tenant)?;
        let prefix = format!("said/{id}/");
        let view = self.snapshot()?;
        let marks = view.0.range(&self.city, &prefix, None, SAID_MAX)?;
        let mut found = Vec::new();
        for (key, _) in marks {
            let key = Key(key.0.strip_prefix(&prefix).unwrap_or_default().to_owned());
            if let Some(record) = view.get::<SourceRecord>(&self.city, &key)? {
                found.push(record.value);
            }
        }
        Ok(found)
    }

    /// Moves an achievement along one edge, such as `submitted` → `published`.
    ///
    /// # Errors
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
