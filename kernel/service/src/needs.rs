//! Needs: submitting, reading and moving them.

use taihu_model::{Need, NeedFacts, NeedId, NeedSecrecy, NeedState, TenantSlug, Tier};
use taihu_store::{Expect, Key};

use crate::achievements::check_reason;
use crate::authority::{Action, Caller, Role, allowed};
use crate::error::{Error, Fault, Result};
use crate::kernel::{Draft, Kernel, Stored};
use crate::keys;
use crate::limits::PAGE_MAX;

/// A need as it is named beside another: no more than the caller may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeedGlance {
    /// Its identifier.
    pub id: NeedId,
    /// Whose ground it stands on.
    pub tenant: TenantSlug,
    /// Where it is in its life.
    pub state: NeedState,
    /// 需求名称.
    pub title: String,
    /// 企业名称: only for who may read the whole need.
    pub enterprise: Option<String>,
}

impl Kernel {
    /// Submits a need. With an idempotency key, a second submission answers with the first's need.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming everything that is missing.
    pub fn submit_need(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        facts: NeedFacts,
        idempotency: Option<String>,
    ) -> Result<Need> {
        caller.may(Action::SubmitNeed, tenant)?;
        self.tenant(tenant)?;
        let gaps = facts.submit_gaps();
        if !gaps.is_empty() {
            let faults = gaps.into_iter().map(|gap| Fault::new(gap.field, gap.zh, gap.en));
            return Err(Error::Invalid(faults.collect()));
        }
        // Whoever else chose the same key is another matter, and none of the caller's business.
        let (asked, idempotency) =
            (idempotency.clone(), idempotency.map(|key| format!("{}/{key}", caller.actor)));
        let other_contents = || other_contents(asked.as_deref().unwrap_or_default());
        if let Some(key) = &idempotency
            && let Some(known) = self.submitted_before(tenant, key)?
        {
            return if known.facts == facts { Ok(known) } else { Err(other_contents()) };
        }
        let now = self.now();
        let need = Need {
            id: NeedId::from_parts(now, self.chance()?),
            tenant: tenant.clone(),
            state: NeedState::Submitted,
            tier: if *tenant == self.city { Tier::CITY } else { Tier::COUNTY },
            facts,
            submitted_by: caller.actor.clone(),
            created: now,
            updated: now,
            valid_until: None,
        };
        let mut draft = Draft::new(self.audit(caller, tenant, "need.submit", need.id));
        draft.edge(need.id, NeedState::Draft.as_str(), NeedState::Submitted.as_str());
        draft.put(keys::need(&need.id), &need, Expect::Absent)?;
        if let Some(key) = &idempotency {
            draft.put(keys::submitted(key), &need.id, Expect::Absent)?;
        }
        match self.commit(tenant, draft) {
            // Somebody else submitted with the same key in this very moment.
            Err(Error::Conflict(_)) => match &idempotency {
                Some(key) => self.submitted_before(tenant, key)?.ok_or_else(other_contents),
                None => Err(Error::Busy { retry_after_s: 1 }),
            },
            Err(error) => Err(error),
            Ok(_) => Ok(need),
        }
    }

    fn submitted_before(&self, tenant: &TenantSlug, key: &str) -> Result<Option<Need>> {
        let view = self.snapshot()?;
        let Some(id) = view.get::<NeedId>(tenant, &keys::submitted(key))? else { return Ok(None) };
        Ok(view.get::<Need>(tenant, &keys::need(&id.value))?.map(|stored| stored.value))
    }

    /// One need.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none of that id that the caller may see.
    pub fn need(&self, caller: &Caller, tenant: &TenantSlug, id: NeedId) -> Result<Need> {
        caller.may(Action::ReadNeed, tenant)?;
        let need = self.snapshot()?.need::<Need>(tenant, &keys::need(&id), "need", id)?.value;
        if sees(caller, &need) { Ok(need) } else { Err(Error::not_found("need", id)) }
    }

    /// The needs of a tenant, the oldest first, a page of them; what to ask for the next page with.
    ///
    /// # Errors
    /// [`Error::Denied`] for who may not see them.
    pub fn needs(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        after: Option<NeedId>,
        limit: usize,
    ) -> Result<(Vec<Need>, Option<NeedId>)> {
        caller.may(Action::ReadNeed, tenant)?;
        let limit = limit.clamp(1, PAGE_MAX);
        let after: Option<Key> = after.map(|id| keys::need(&id));
        let found = self.snapshot()?.list::<Need>(tenant, "need/", after.as_ref(), limit)?;
        let next = (found.len() == limit).then(|| found.last().map(|(_, need)| need.id)).flatten();
        let needs =
            found.into_iter().map(|(_, need)| need).filter(|need| sees(caller, need)).collect();
        Ok((needs, next))
    }

    /// Moves a need along edges: `triaged`, then `published`. Each edge is in the audit.
    ///
    /// # Errors
    /// [`Error::IllegalEdge`] if an edge does not exist; then nothing is moved. `solved` is not
    /// reached here: it needs evidence.
    pub fn move_need(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        id: NeedId,
        path: &[NeedState],
        reason: &str,
    ) -> Result<Need> {
        caller.may(Action::Triage, tenant)?;
        check_reason(reason)?;
        if path.contains(&NeedState::Solved) {
            return Err(Error::invalid(
                "to",
                "“已解决”需要凭证（登记合同、车间验题或企业确认），不能直接标记",
                "solved needs evidence (a registered contract, a signed acceptance or the owner's confirmation)",
            ));
        }
        let view = self.snapshot()?;
        let stored = view.need::<Need>(tenant, &keys::need(&id), "need", id)?;
        let mut draft = Draft::new(self.audit(caller, tenant, "need.move", id));
        draft.reason(reason);
        let need = self.walk_need(stored, path, &mut draft)?;
        self.commit(tenant, draft)?;
        Ok(need)
    }

    /// Adds to a draft that a need takes some edges.
    pub(crate) fn walk_need(
        &self,
        stored: Stored<Need>,
        path: &[NeedState],
        draft: &mut Draft,
    ) -> Result<Need> {
        let Stored { rev, value: mut need } = stored;
        for &state in path {
            let next = need.state.become_state(state)?;
            draft.edge(need.id, need.state.as_str(), next.as_str());
            need.state = next;
        }
        need.updated = self.now();
        draft.put(keys::need(&need.id), &need, Expect::Rev(rev))?;
        Ok(need)
    }
}

fn other_contents(key: &str) -> Error {
    Error::conflict(
        "该幂等键已用于另一项内容不同的需求",
        format!("idempotency key {key:?} was used for a need with other contents"),
    )
}

/// An enterprise sees its own needs; who works on needs sees those of the tenant.
pub(crate) fn sees(caller: &Caller, need: &Need) -> bool {
    caller.role != Role::Enterprise || need.submitted_by == caller.actor
}

/// What a caller may see of a need, wherever it stands: who may read it sees whose it is; everybody who
/// may ask sees the title of one that its enterprise made public and that was published.
pub(crate) fn glance(caller: &Caller, need: &Need) -> Option<NeedGlance> {
    let whole =
        allowed(caller.role, &caller.tenant, Action::ReadNeed, &need.tenant) && sees(caller, need);
    let public = need.facts.secrecy == NeedSecrecy::PUBLIC
        && matches!(
            need.state,
            NeedState::Published | NeedState::Matching | NeedState::Trialling | NeedState::Solved
        );
    (whole || public).then(|| NeedGlance {
        id: need.id,
        tenant: need.tenant.clone(),
        state: need.state,
        title: need.facts.title.clone(),
        enterprise: whole.then(|| need.facts.enterprise.clone()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(secrecy: NeedSecrecy, state: NeedState) -> Need {
        let at = taihu_model::Timestamp::UNIX_EPOCH;
        Need {
            id: NeedId::from_parts(at, 1),
            tenant: "deqing".parse().unwrap(),
            state,
            tier: Tier::COUNTY,
            facts: NeedFacts { secrecy, enterprise: "某公司".into(), ..NeedFacts::default() },
            submitted_by: "user_1".into(),
            created: at,
            updated: at,
            valid_until: None,
        }
    }

    /// Nothing, the title, or whose it is.
    #[track_caller]
    fn check(who: (Role, &str, &str), need: &Need, expected: Option<bool>) {
        let (role, tenant, actor) = who;
        let caller = Caller { actor: actor.into(), role, tenant: tenant.parse().unwrap() };
        let found = glance(&caller, need).map(|it| it.enterprise.is_some());
        assert_eq!(found, expected, "{who:?} {:?} {}", need.facts.secrecy, need.state);
    }

    #[test]
    fn a_need_is_named_only_to_who_may_see_it() {
        use NeedState as S;
        let kept = need(NeedSecrecy::SUMMARY_ONLY, S::Published);
        let managers = need(NeedSecrecy::MANAGER_ONLY, S::Published);
        for of in [&kept, &managers] {
            check((Role::Manager, "deqing", "user_2"), of, Some(true));
            check((Role::Enterprise, "deqing", "user_1"), of, Some(true));
            check((Role::Enterprise, "deqing", "user_2"), of, None);
            check((Role::Manager, "anji", "user_2"), of, None);
            check((Role::City, "city", "user_3"), of, Some(true));
        }
        let public = need(NeedSecrecy::PUBLIC, S::Published);
        check((Role::Manager, "anji", "user_2"), &public, Some(false));
        check((Role::Enterprise, "deqing", "user_2"), &public, Some(false));
        check((Role::District, "deqing", "user_4"), &public, Some(true));
        // What was only submitted is nobody else's, whatever its enterprise chose.
        let early = need(NeedSecrecy::PUBLIC, S::Submitted);
        check((Role::Manager, "anji", "user_2"), &early, None);
    }
}
