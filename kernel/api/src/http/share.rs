//! How much of the bridge one tenant's people may take: so much that it alone can use every thread,
//! and so little that others find room beside it. A heavy tenant waits for itself.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use taihu_model::TenantSlug;
use taihu_service::{Caller, Error, Role};

use super::limits::WORK_RETRY_AFTER_S;

/// Who is counted together: a tenant's people, or all who show no token.
type Who = Option<TenantSlug>;

tokio::task_local! {
    /// Whose request is being answered.
    static WHO: Who;
}

/// What is taken by whom. As long as the work on the bridge, at most.
#[derive(Debug)]
pub(crate) struct Shares {
    each_max: usize,
    taken: Mutex<HashMap<Who, usize>>,
}

/// Room for one piece of work; given back when dropped.
#[derive(Debug)]
pub(crate) struct Share {
    shares: Arc<Shares>,
    who: Who,
}

/// Answers a request as this caller's, so that its work is counted for whom it is.
pub(crate) async fn answered_for<T>(caller: &Caller, answer: impl Future<Output = T>) -> T {
    let who = (caller.role != Role::Public).then(|| caller.tenant.clone());
    WHO.scope(who, answer).await
}

impl Shares {
    /// Work of one tenant at once: at most so many pieces.
    pub(crate) fn new(each_max: usize) -> Self {
        Self { each_max, taken: Mutex::default() }
    }

    /// Takes room for work of the request that is being answered; none is counted outside of one.
    ///
    /// # Errors
    /// [`Error::Busy`] if the caller's tenant has all that it may have.
    pub(crate) fn take(self: &Arc<Self>) -> Result<Option<Share>, Error> {
        let Ok(who) = WHO.try_with(Clone::clone) else { return Ok(None) };
        let mut taken = self.lock();
        let count = taken.entry(who.clone()).or_default();
        if *count >= self.each_max {
            return Err(Error::Busy { retry_after_s: WORK_RETRY_AFTER_S });
        }
        *count += 1;
        Ok(Some(Share { shares: Arc::clone(self), who }))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Who, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.shares.lock();
        if let Some(count) = taken.get_mut(&self.who) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_tenant_takes_its_share_and_leaves_room_for_others() {
        let shares = Arc::new(Shares::new(2));
        let city: TenantSlug = "city".parse().unwrap();
        let official = Caller { role: Role::City, ..Caller::anonymous(city.clone()) };
        let deqing = Caller { tenant: "deqing".parse().unwrap(), ..official.clone() };
        let anybody = Caller::anonymous(city);
        let take = async |caller: &Caller| answered_for(caller, async { shares.take() }).await;
        let mut held = Vec::new();
        for caller in [&deqing, &official, &anybody] {
            held.extend([take(caller).await.unwrap(), take(caller).await.unwrap()]);
            let found = take(caller).await;
            assert!(matches!(found, Err(Error::Busy { retry_after_s: 1 })), "{found:?}");
        }
        held.remove(0);
        held.push(take(&deqing).await.unwrap());
        assert!(take(&deqing).await.is_err());
        assert!(shares.take().unwrap().is_none(), "work of no request is nobody's");
        drop(held);
        assert!(shares.lock().is_empty());
    }
}
