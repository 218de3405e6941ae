//! What becomes of a match: shortlisted, recommended, viewed, accepted or declined.

use taihu_model::{Achievement, DeclineReason, Match, MatchId, MatchState, NeedId, TenantSlug};
use taihu_store::Expect;

use crate::achievements::check_reason;
use crate::authority::{Action, Caller, Role};
use crate::error::{Error, Result};
use crate::kernel::{Draft, Kernel, Stored};
use crate::keys;

/// What is done with a match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MatchStep {
    /// 入围: a manager thinks it worth a look.
    Shortlist,
    /// 推荐: the enterprise gets to see it.
    Recommend,
    /// 查看: the enterprise looked at it.
    View,
    /// 采纳, with a note.
    Accept {
        /// What the enterprise adds.
        note: String,
    },
    /// 不采纳, with a coded reason.
    Decline {
        /// Why.
        reason: DeclineReason,
        /// What the enterprise adds.
        note: String,
    },
}

impl MatchStep {
    const fn action(&self) -> (Action, &'static str) {
        match self {
            Self::Shortlist => (Action::Recommend, "match.shortlist"),
            Self::Recommend => (Action::Recommend, "match.recommend"),
            Self::View => (Action::Answer, "match.view"),
            Self::Accept { .. } => (Action::Answer, "match.accept"),
            Self::Decline { .. } => (Action::Answer, "match.decline"),
        }
    }

    /// The edges from a state; answering implies having looked.
    fn path(&self, from: MatchState) -> Vec<MatchState> {
        use MatchState as S;
        let goal = match self {
            Self::Shortlist => S::Shortlisted,
            Self::Recommend => S::Recommended,
            Self::View => S::Viewed,
            Self::Accept { .. } => S::Accepted,
            Self::Decline { .. } => S::Declined,
        };
        match (from, goal) {
            (S::Recommended, S::Accepted | S::Declined) => vec![S::Viewed, goal],
            _ => vec![goal],
        }
    }
}

impl Kernel {
    /// The matches of a need, by run and rank. An enterprise sees what was recommended to it.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such need that the caller may see.
    pub fn matches(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        need: NeedId,
    ) -> Result<Vec<(Match, Achievement)>> {
        self.need(caller, tenant, need)?;
        let mut found = self.all_matches(tenant, need)?;
        if caller.role == Role::Enterprise {
            found.retain(|(one, _)| shown(one.state));
        }
        Ok(found)
    }

    /// Takes a step with a match. A step that was taken already changes nothing.
    ///
    /// # Errors
    /// [`Error::IllegalEdge`] if the match does not stand where the step begins.
    pub fn step_match(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        need: NeedId,
        id: MatchId,
        step: &MatchStep,
    ) -> Result<Match> {
        let (action, verb) = step.action();
        self.need(caller, tenant, need)?;
        caller.may(action, tenant)?;
        let key = keys::found(&need, &id);
        let view = self.snapshot()?;
        let Stored { rev, mut value } = view.need::<Match>(tenant, &key, "match", id)?;
        if caller.role == Role::Enterprise && !shown(value.state) {
            return Err(Error::not_found("match", id));
        }
        let mut draft = Draft::new(self.audit(caller, tenant, verb, id));
        let path = step.path(value.state);
        if path.last() == Some(&value.state) && !changes(step, &value) {
            return Ok(value);
        }
        for state in path {
            let next = value.state.become_state(state)?;
            draft.edge(id, value.state.as_str(), next.as_str());
            value.state = next;
        }
        match step {
            MatchStep::Accept { note } => {
                check_reason(note)?;
                value.note.clone_from(note);
                let mark = keys::accepted(&value.achievement, &id);
                draft.put(mark, &need, Expect::Any)?;
            }
            MatchStep::Decline { reason, note } => {
                check_reason(note)?;
                if !reason.is_known() {
                    let known = DeclineReason::KNOWN
                        .iter()
                        .map(|known| known.code)
                        .collect::<Vec<_>>()
                        .join(", ");
                    return Err(Error::invalid(
                        "reason",
                        format!("不采纳原因“{reason}”不在列表中，可用：{known}"),
                        format!("decline reason {reason} is unknown; known are {known}"),
                    ));
                }
                draft.reason(reason.as_str());
                value.decline_reason = Some(reason.clone());
                value.note.clone_from(note);
            }
            MatchStep::Shortlist | MatchStep::Recommend | MatchStep::View => {}
        }
        value.updated = self.now();
        draft.put(key, &value, Expect::Rev(rev))?;
        self.commit(tenant, draft)?;
        Ok(value)
    }
}

/// A declined match cannot be declined for another reason.
fn changes(step: &MatchStep, found: &Match) -> bool {
    matches!(step, MatchStep::Decline { reason, .. } if found.decline_reason.as_ref() != Some(reason))
}

/// What an enterprise gets to see.
pub(crate) const fn shown(state: MatchState) -> bool {
    use MatchState as S;
    matches!(
        state,
        S::Recommended | S::Viewed | S::Accepted | S::Declined | S::Introduced | S::Engaged
    )
}
