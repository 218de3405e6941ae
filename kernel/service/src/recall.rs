//! Recall: listing, and undoing when told to, everything that a version of a plugin wrote, and
//! leaving what others also said.
//!
//! A connector's records take their word back: the word before it counts again if another version
//! had brought it, and the achievements are what they would be had that version never run
//! (`replay.rs` computes them by the rules of `import/page.rs`, from the words that are left).
//! Where people moved achievements meanwhile, or earlier words are gone, only the words are taken
//! back and what belongs together stays together; the report counts that.
//!
//! Works in pages, one commit each. What an interrupted recall has done stays done, and the next one
//! does the rest; a second one finds nothing.

mod judged;
mod piece;
mod replay;
mod report;
mod runs;
mod scan;
#[cfg(test)]
pub(crate) mod tests;
mod tied;
mod words;

use std::collections::BTreeSet;

use taihu_model::{Digest, InstallationState, Plugin, PluginKind, PluginName, TenantSlug};
use taihu_store::{CommitError, Key};

use self::piece::{Hand, take_back};
use self::scan::Scan;
use self::tied::Tied;
use crate::achievements::check_reason;
use crate::authority::{Action, Caller};
use crate::error::{Error, Result};
use crate::kernel::{Draft, Kernel};
use crate::keys;
use crate::limits::{PAGE_RETRIES_MAX, RECALLED_PER_COMMIT};

/// Bytes of a version that may be there at all; a semantic version has some ten.
const VERSION_BYTES_MAX: usize = 128;

pub use report::{AchievementRecall, NamedAchievement, Outcome, Recall, SourceRecall};

impl Kernel {
    /// Lists what a version of a plugin wrote on a tenant's ground (on the city's: everywhere), and
    /// what would follow if it were recalled. Changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such version; [`Error::Denied`] for who may not.
    pub fn recall_list(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        name: &PluginName,
        version: &str,
    ) -> Result<Recall> {
        caller.may(Action::Recall, tenant)?;
        self.tenant(tenant)?;
        let mut recall = self.begun(tenant, name, version, false)?;
        let view = self.snapshot()?;
        if recall.kind != PluginKind::Connector {
            self.count_judged(&view, &mut recall)?;
            return Ok(recall);
        }
        let scan = Scan::of(self, &view, &recall.digest, tenant)?;
        let mut seen = BTreeSet::new();
        for key in &scan.spoken {
            if seen.contains(key) {
                continue;
            }
            let tied = Tied::to(self, &view, &scan.claims, key)?;
            let audit = self.audit(caller, tenant, "plugin.recall", name);
            let hand = self.hand(caller, &scan, &recall);
            recall.add(&take_back(&hand, &tied, &mut Draft::new(audit))?);
            seen.extend(tied.records.into_iter().map(|told| told.key));
        }
        self.count_runs(&view, &scan, &mut recall)?;
        Ok(recall)
    }

    /// Recalls a version of a plugin on a tenant's ground (on the city's: everywhere): takes back what
    /// only it said, and has its sources read again from where its first run began. Tells of every
    /// page. May be interrupted and done again; a second time changes nothing.
    ///
    /// # Errors
    /// [`Error::Conflict`] while the version serves or a run of it is being driven; [`Error::Invalid`]
    /// without a reason. What was done before an error stays done.
    pub fn recall_undo(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        name: &PluginName,
        version: &str,
        reason: &str,
        progress: &mut dyn FnMut(&Recall),
    ) -> Result<Recall> {
        self.recall_may_begin(caller, tenant, name, version, reason)?;
        let mut recall = self.begun(tenant, name, version, true)?;
        if recall.kind != PluginKind::Connector {
            self.undo_judged(caller, &mut recall, reason, progress)?;
            return Ok(recall);
        }
        self.end_runs(caller, &recall, reason)?;
        let scan = Scan::of(self, &self.snapshot()?, &recall.digest, tenant)?;
        let mut seen = BTreeSet::new();
        let mut waiting = scan.spoken.iter().cloned().peekable();
        while waiting.peek().is_some() {
            let page: Vec<Key> = waiting.by_ref().take(RECALLED_PER_COMMIT).collect();
            self.undo_page(caller, &scan, &mut recall, &page, &mut seen, reason)?;
            progress(&recall);
        }
        self.move_watermarks(caller, &scan, &mut recall, reason)?;
        progress(&recall);
        Ok(recall)
    }

    /// Makes sure that a recall may begin, before anything is done: for who does it in the background.
    ///
    /// # Errors
    /// As [`Kernel::recall_undo`].
    pub fn recall_may_begin(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        name: &PluginName,
        version: &str,
        reason: &str,
    ) -> Result<()> {
        caller.may(Action::Recall, tenant)?;
        self.tenant(tenant)?;
        check_reason(reason)?;
        if reason.trim().is_empty() {
            return Err(Error::invalid("reason", "请填写召回理由", "state why it is recalled"));
        }
        let recall = self.begun(tenant, name, version, true)?;
        self.must_not_serve(tenant, &recall)?;
        self.must_not_be_driven(&recall)
    }

    fn begun(
        &self,
        tenant: &TenantSlug,
        name: &PluginName,
        version: &str,
        undone: bool,
    ) -> Result<Recall> {
        let id = format!("{name}@{version}");
        let plain = |letter: char| letter.is_ascii_alphanumeric() || ".+-".contains(letter);
        if version.len() > VERSION_BYTES_MAX || !version.chars().all(plain) {
            return Err(Error::not_found("plugin", id));
        }
        let key = keys::plugin(name, version);
        let plugin = self.snapshot()?.need::<Plugin>(&self.city, &key, "plugin", id)?.value;
        Ok(Recall {
            plugin: name.clone(),
            version: version.to_owned(),
            digest: plugin.digest,
            kind: plugin.manifest.kind,
            tenant: tenant.clone(),
            undone,
            sources: Default::default(),
            achievements: Default::default(),
            named: Vec::new(),
            not_taken_apart: 0,
            matches: 0,
            memberships: 0,
            curated: 0,
        })
    }

    fn hand<'a>(&'a self, caller: &'a Caller, scan: &'a Scan, recall: &Recall) -> Hand<'a> {
        Hand {
            kernel: self,
            caller,
            scan,
            version: recall.digest,
            tenant: recall.tenant.clone(),
            now: self.now(),
        }
    }

    /// Takes back what a page of records say; one commit, or more if it is too much for one.
    fn undo_page(
        &self,
        caller: &Caller,
        scan: &Scan,
        recall: &mut Recall,
        page: &[Key],
        seen: &mut BTreeSet<Key>,
        reason: &str,
    ) -> Result<()> {
        let mut at = 0;
        let mut tries = 0;
        while at < page.len() {
            let view = self.snapshot()?;
            let hand = self.hand(caller, scan, recall);
            let fresh = || {
                let subject = format!("{}@{}", recall.plugin, recall.version);
                let mut draft =
                    Draft::new(self.audit(caller, &recall.tenant, "plugin.recall", subject));
                draft.reason(reason);
                draft
            };
            let mut draft = fresh();
            let (mut pieces, mut here) = (Vec::new(), BTreeSet::new());
            let mut next = at;
            while let Some(key) = page.get(next) {
                if !seen.contains(key) && !here.contains(key) {
                    let mut tied = Tied::to(self, &view, &scan.claims, key)?;
                    let mut part = fresh();
                    let mut piece = take_back(&hand, &tied, &mut part)?;
                    if !part.fits() {
                        part = fresh();
                        tied = Tied::alone(self, &view, key)?;
                        piece = take_back(&hand, &tied, &mut part)?;
                    }
                    if !draft.join(part) {
                        break;
                    }
                    pieces.push(piece);
                    // Of those that are too many, each is looked at on its own.
                    here.extend(match tied.all {
                        true => tied.records.into_iter().map(|told| told.key).collect(),
                        false => vec![key.clone()],
                    });
                }
                next += 1;
            }
            let done = match draft.is_empty() {
                true => Ok(()),
                false => self.parts.store.commit(&self.city, draft.into_batch()).map(drop),
            };
            match done {
                Ok(()) => {
                    pieces.iter().for_each(|piece| recall.add(piece));
                    seen.extend(here);
                    (at, tries) = (next, 0);
                }
                // A run changed the same achievements meanwhile: look again.
                Err(CommitError::Conflict { .. }) if tries < PAGE_RETRIES_MAX => tries += 1,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Makes sure that a version is not called any more where its words are taken back: it would
    /// say them again.
    fn must_not_serve(&self, tenant: &TenantSlug, recall: &Recall) -> Result<()> {
        for one in self.tenants()? {
            // A tenant without its own installation is served by the city's.
            if *tenant != self.city && one.slug != *tenant && one.slug != self.city {
                continue;
            }
            let key = keys::installation(&recall.plugin);
            let view = self.snapshot()?;
            let Some(stored) = view.get::<taihu_model::Installation>(&one.slug, &key)? else {
                continue;
            };
            let it = stored.value;
            let own = *tenant == self.city || one.slug == *tenant;
            let shadowed = !own && view.exists(tenant, &key)?;
            if !shadowed && calls(&it, &recall.digest) {
                let (name, tenant) = (&recall.plugin, &one.slug);
                return Err(Error::conflict(
                    format!(
                        "{name}@{} 在“{tenant}”仍在运行，召回后会再次写入；请先停用（taihu plugin suspend {name} \
                         --tenant {tenant}）、隔离或回退，再召回",
                        recall.version
                    ),
                    format!(
                        "{name}@{} still serves {tenant} and would write again; suspend it (taihu plugin \
                         suspend {name} --tenant {tenant}), quarantine it or roll it back first",
                        recall.version
                    ),
                ));
            }
        }
        Ok(())
    }
}

/// Says whether a version may be called, for all or for a share.
fn calls(it: &taihu_model::Installation, version: &Digest) -> bool {
    use InstallationState as S;
    let on_trial = it.trial.as_ref().is_some_and(|trial| {
        trial.digest == *version && matches!(trial.stage, taihu_model::TrialStage::Canary { .. })
    });
    match it.state {
        S::Enabled => it.digest == *version || on_trial,
        S::Canary => on_trial,
        S::Installed | S::Shadow | S::Suspended | S::Quarantined | S::Removed => false,
    }
}
