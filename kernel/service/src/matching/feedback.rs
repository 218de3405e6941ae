//! What people did with matches short of answering them: shown to them, opened by them. With what they
//! accepted and declined, which is in the matches' states, it is what weights are learnt from.

use std::collections::BTreeSet;

use taihu_model::{Feedback, FeedbackKind, Match, MatchId, NeedId, TenantSlug, Text};
use taihu_store::Expect;

use crate::answers::shown;
use crate::authority::{Action, Caller, Role};
use crate::error::{Error, Result};
use crate::kernel::{Draft, Kernel};
use crate::keys;
use crate::limits::{FEEDBACK_BATCH_MAX, FEEDBACK_PER_NEED_MAX};

impl Kernel {
    /// Notes that matches were shown to the caller, or opened by them: each match once for each person
    /// and kind, whenever it was first. Answers with those that were new.
    ///
    /// # Errors
    /// [`Error::Invalid`] for none or too many at once; [`Error::NotFound`] for a match that the
    /// caller may not see; [`Error::NoRoom`] if the need has as much feedback as is kept.
    pub fn note_feedback(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        need: NeedId,
        kind: FeedbackKind,
        matches: &[MatchId],
    ) -> Result<Vec<Feedback>> {
        self.need(caller, tenant, need)?;
        caller.may(Action::Match, tenant)?;
        let matches: BTreeSet<MatchId> = matches.iter().copied().collect();
        let count = matches.len();
        if !(1..=FEEDBACK_BATCH_MAX).contains(&count) {
            return Err(Error::invalid(
                "matches",
                format!("每次应有1至{FEEDBACK_BATCH_MAX}项匹配，现有{count}项"),
                format!("feedback names 1 to {FEEDBACK_BATCH_MAX} matches, not {count}"),
            ));
        }
        let view = self.snapshot()?;
        let action = match kind {
            FeedbackKind::Shown => "feedback.shown",
            FeedbackKind::Viewed => "feedback.viewed",
        };
        let mut draft = Draft::new(self.audit(caller, tenant, action, need));
        let mut fresh = Vec::new();
        for id in matches {
            let found = view.need::<Match>(tenant, &keys::found(&need, &id), "match", id)?.value;
            if caller.role == Role::Enterprise && !shown(found.state) {
                return Err(Error::not_found("match", id));
            }
            let key = keys::feedback(&need, &id, kind, &caller.actor);
            if view.exists(tenant, &key)? {
                continue;
            }
            let by = caller.actor.clone();
            let one = Feedback { need, found: id, kind, rank: found.rank, by, at: self.now() };
            draft.put(key, &one, Expect::Absent)?;
            fresh.push(one);
        }
        if fresh.is_empty() {
            return Ok(fresh);
        }
        let prefix = format!("feedback/{need}/");
        let known = view.0.range(tenant, &prefix, None, FEEDBACK_PER_NEED_MAX)?.len();
        if known + fresh.len() > FEEDBACK_PER_NEED_MAX {
            return Err(Error::NoRoom(Text::new(
                format!("一项需求最多留存{FEEDBACK_PER_NEED_MAX}条反馈，已满"),
                format!(
                    "{FEEDBACK_PER_NEED_MAX} reports of feedback are kept of a need, and there are as many"
                ),
            )));
        }
        match self.commit(tenant, draft) {
            // The same report came twice at once: it is there.
            Err(Error::Conflict(_)) => Ok(Vec::new()),
            Err(error) => Err(error),
            Ok(_) => Ok(fresh),
        }
    }

    /// What was noted of a need's matches, by match. An enterprise sees its own reports.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such need that the caller may see.
    pub fn feedback(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        need: NeedId,
    ) -> Result<Vec<Feedback>> {
        self.need(caller, tenant, need)?;
        let prefix = format!("feedback/{need}/");
        let known =
            self.snapshot()?.list::<Feedback>(tenant, &prefix, None, FEEDBACK_PER_NEED_MAX)?;
        let known = known.into_iter().map(|(_, one)| one);
        Ok(known.filter(|one| caller.role != Role::Enterprise || one.by == caller.actor).collect())
    }
}
