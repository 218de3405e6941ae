//! Grants: what of a plugin's wishes its tenant's people allow, and whether everything is decided.

use taihu_model::{
    Ceiling, Effective, Grant, GrantFault, GrantRequest, Installation, InstallationState, Manifest,
    NotSeconded, Plugin, PluginKind, PluginName, TenantSlug, Undecided, Wishes, effective,
};
use taihu_store::Expect;

use crate::authority::{Action, Caller};
use crate::error::{Error, Fault, Result};
use crate::kernel::{Draft, Kernel, Stored};
use crate::keys;

/// What a plugin wishes for, what it was granted, and what it sees of how many records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grants {
    /// On whose ground.
    pub tenant: TenantSlug,
    /// What the version that serves says of itself; while none does, the one on trial.
    pub manifest: Manifest,
    /// The version on trial beside it, if there is one.
    pub trial: Option<Manifest>,
    /// What was decided, if anything was.
    pub grant: Option<Grant>,
    /// What no grant goes beyond.
    pub ceiling: Ceiling,
    /// What counts now, for the version of `manifest`.
    pub effective: Effective,
    /// What is still to be decided before the version on trial, else the one that serves, comes
    /// into service.
    pub undecided: Undecided,
    /// Records that it is called with, and how many there are.
    pub records: Vec<Records>,
}

/// How many of how many records a plugin may be called with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Records {
    /// `achievement` or `need`.
    pub subject: &'static str,
    /// So many it may be called with.
    pub seen: u64,
    /// So many there are.
    pub of: u64,
    /// How many fields of each it sees.
    pub fields: usize,
    /// How many fields there are to be shown.
    pub fields_of: usize,
}

/// How the wishes of two versions differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WishesDiff {
    /// The earlier version.
    pub from: String,
    /// The later version.
    pub to: String,
    /// What the later wishes beyond the earlier.
    pub more: Wishes,
    /// What it wishes no more.
    pub less: Wishes,
    /// What of the later is undecided on this ground.
    pub undecided: Undecided,
}

impl Kernel {
    /// What no tenant's grant goes beyond.
    ///
    /// # Errors
    /// [`Error::Denied`] for who may not see it.
    pub fn ceiling(&self, caller: &Caller) -> Result<Ceiling> {
        caller.may(Action::ReadPlugins, &self.city)?;
        self.ceiling_now()
    }

    /// Changes it; what was granted above it ceases to count at once.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn put_ceiling(&self, caller: &Caller, ceiling: Ceiling) -> Result<Ceiling> {
        caller.may(Action::ManageCeiling, &self.city)?;
        invalid(ceiling.check())?;
        if self.ceiling_now()? == ceiling {
            return Ok(ceiling);
        }
        let mut draft = Draft::new(self.audit(caller, &self.city, "ceiling.put", "city"));
        draft.put(keys::ceiling(), &ceiling, Expect::Any)?;
        self.commit(&self.city, draft)?;
        Ok(ceiling)
    }

    fn ceiling_now(&self) -> Result<Ceiling> {
        let known = self.snapshot()?.get::<Ceiling>(&self.city, &keys::ceiling())?;
        Ok(known.map(|known| known.value).unwrap_or_default())
    }

    /// Decides what a plugin may do, of what its versions here wish for. Hosts and personal data
    /// count once a second person agreed; what two persons agreed to before goes on to count as far
    /// as it is granted again. The same decision again changes nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that was not declared, lies above the ceiling, or is past.
    pub fn grant_plugin(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        name: &PluginName,
        request: &GrantRequest,
    ) -> Result<Grant> {
        caller.may(Action::DecideGrants, tenant)?;
        let installation = self.present(tenant, name)?;
        let declared = self.declared(&installation)?;
        let now = self.now();
        let granted = request.decide(&declared, &self.ceiling_now()?, now).or_else(|faults| {
            invalid(faults)?;
            Ok::<_, Error>(Wishes::default())
        })?;
        let key = keys::grant(name);
        let known = self.snapshot()?.get::<Grant>(tenant, &key)?;
        let (expect, known) = match known {
            Some(Stored { rev, value }) => (Expect::Rev(rev), Some(value)),
            None => (Expect::Absent, None),
        };
        let next = Grant {
            tenant: tenant.clone(),
            plugin: name.clone(),
            granted,
            considered: known
                .as_ref()
                .map_or_else(|| declared.clone(), |known| declared.or(&known.considered)),
            until: request.until,
            by: caller.actor.clone(),
            at: now,
            seconded: known.as_ref().and_then(|known| known.seconded.clone()),
        };
        if let Some(known) = known
            && (&known.granted, &known.considered, known.until)
                == (&next.granted, &next.considered, next.until)
        {
            return Ok(known);
        }
        let mut draft = Draft::new(self.audit(caller, tenant, "plugin.grant", name));
        draft.reason(&next.granted.lines().join("; "));
        draft.put(key, &next, expect)?;
        self.commit(tenant, draft)?;
        Ok(next)
    }

    /// Agrees, as the second person, to the hosts and the personal data that somebody else granted.
    ///
    /// # Errors
    /// [`Error::Conflict`] if nothing waits, the grant has ended, or the caller decided it.
    pub fn second_grant(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        name: &PluginName,
    ) -> Result<Grant> {
        caller.may(Action::DecideGrants, tenant)?;
        let key = keys::grant(name);
        self.present(tenant, name)?;
        let known = self.snapshot()?.get::<Grant>(tenant, &key)?;
        let Stored { rev, value } = known.ok_or_else(|| {
            Error::conflict(
                format!("插件“{name}”在“{tenant}”尚无授权：先由一人授权，再由另一人同意"),
                format!(
                    "nobody granted {name} anything on the ground of {tenant} yet: one person grants, another agrees"
                ),
            )
        })?;
        let seconded =
            value.second(&caller.actor, self.now()).map_err(|why| not_seconded(why, &value))?;
        let mut draft = Draft::new(self.audit(caller, tenant, "plugin.second", name));
        draft.reason(&value.pending().lines().join("; "));
        draft.put(key, &seconded, Expect::Rev(rev))?;
        self.commit(tenant, draft)?;
        Ok(seconded)
    }

    /// What a plugin wishes for, was granted, and sees.
    ///
    /// # Errors
    /// [`Error::NotFound`] if it is not installed there.
    pub fn grants(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        name: &PluginName,
    ) -> Result<Grants> {
        caller.may(Action::ReadPlugins, tenant)?;
        let installation = self.present(tenant, name)?;
        let manifest = self.plugin_of(&installation)?.manifest;
        let on_trial = installation.as_trial().filter(|trial| trial.digest != installation.digest);
        let trial = on_trial.map(|trial| self.plugin_of(&trial)).transpose()?;
        let trial = trial.map(|plugin| plugin.manifest);
        let grant = self.grant_of(tenant, name)?;
        let effective = self.effective_of(&installation, &manifest)?;
        let next = Wishes::of(trial.as_ref().unwrap_or(&manifest));
        let undecided = Undecided::of(&next, grant.as_ref(), self.now());
        let records = self.records_seen(tenant, manifest.kind, &effective)?;
        Ok(Grants {
            tenant: tenant.clone(),
            ceiling: self.ceiling_now()?,
            manifest,
            trial,
            grant,
            effective,
            undecided,
            records,
        })
    }

    /// How the wishes of two versions differ: of those that are named, else of the one that serves
    /// (or the highest) and the one on trial (or the highest).
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such version.
    pub fn grants_diff(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        name: &PluginName,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<WishesDiff> {
        let known = self.grants(caller, tenant, name)?;
        let version = |named: Option<&str>, usual: &Manifest| -> Result<Manifest> {
            let Some(version) = named else { return Ok(usual.clone()) };
            let id = format!("{name}@{version}");
            let key = keys::plugin(name, version);
            Ok(self.snapshot()?.need::<Plugin>(&self.city, &key, "plugin", id)?.value.manifest)
        };
        let from = version(from, &known.manifest)?;
        let to = version(to, known.trial.as_ref().unwrap_or(&known.manifest))?;
        let (before, after) = (Wishes::of(&from), Wishes::of(&to));
        Ok(WishesDiff {
            more: after.minus(&before),
            less: before.minus(&after),
            undecided: Undecided::of(&after, known.grant.as_ref(), self.now()),
            from: from.version.to_string(),
            to: to.version.to_string(),
        })
    }

    fn present(&self, tenant: &TenantSlug, name: &PluginName) -> Result<Installation> {
        let found = self.installation(tenant, name)?;
        if found.state == InstallationState::Removed {
            return Err(Error::not_found("installation", name));
        }
        Ok(found)
    }

    fn grant_of(&self, tenant: &TenantSlug, name: &PluginName) -> Result<Option<Grant>> {
        let known = self.snapshot()?.get::<Grant>(tenant, &keys::grant(name))?;
        Ok(known.map(|known| known.value))
    }

    /// What the versions of an installation wish for, together.
    fn declared(&self, installation: &Installation) -> Result<Wishes> {
        let declared = Wishes::of(&self.plugin_of(installation)?.manifest);
        match installation.as_trial() {
            Some(trial) => Ok(declared.or(&Wishes::of(&self.plugin_of(&trial)?.manifest))),
            None => Ok(declared),
        }
    }

    /// What a version of an installation may do now.
    pub(crate) fn effective_of(
        &self,
        installation: &Installation,
        manifest: &Manifest,
    ) -> Result<Effective> {
        let grant = self.grant_of(&installation.tenant, &installation.plugin)?;
        let declared = Wishes::of(manifest);
        let ceiling = self.ceiling_now()?;
        Ok(effective(manifest.kind, &declared, &ceiling, grant.as_ref(), self.now()))
    }

    /// Makes sure that a version may come into service, be it for a share or in shadow: the key that
    /// signed it is still good, and people decided upon every wish of it.
    pub(super) fn require_decided(&self, version: &Installation) -> Result<()> {
        let plugin = self.plugin_of(version)?;
        self.require_good_key(&plugin)?;
        let grant = self.grant_of(&version.tenant, &version.plugin)?;
        let wishes = Wishes::of(&plugin.manifest);
        let undecided = Undecided::of(&wishes, grant.as_ref(), self.now());
        if undecided.is_empty() {
            return Ok(());
        }
        Err(still_undecided(&version.tenant, &plugin, &undecided))
    }

    fn records_seen(
        &self,
        tenant: &TenantSlug,
        kind: PluginKind,
        effective: &Effective,
    ) -> Result<Vec<Records>> {
        if kind == PluginKind::Connector {
            return Ok(Vec::new());
        }
        let sight = effective.sight();
        let of = taihu_index::Filter::default();
        let published = taihu_index::Filter {
            states: vec![taihu_model::AchievementState::Published.as_str().to_owned()],
            ..taihu_index::Filter::default()
        };
        self.freshen()?;
        let mut records = vec![Records {
            subject: "achievement",
            seen: self.index.find("", &published, 0, 1).total,
            of: self.index.find("", &of, 0, 1).total,
            fields: sight.achievement_fields().count(),
            fields_of: taihu_model::Sight::ACHIEVEMENT_FIELDS.len(),
        }];
        if kind == PluginKind::Scorer {
            let (mut seen, mut all) = (0, 0);
            for one in self.tenants()? {
                let here =
                    self.snapshot()?.0.range(&one.slug, "need/", None, 100_000)?.len() as u64;
                all += here;
                // The city's plugins answer every tenant's needs, a tenant's its own.
                seen += if *tenant == self.city || one.slug == *tenant { here } else { 0 };
            }
            records.push(Records {
                subject: "need",
                seen,
                of: all,
                fields: sight.need_fields().count(),
                fields_of: taihu_model::Sight::NEED_FIELDS.len(),
            });
        }
        Ok(records)
    }
}

fn invalid(faults: Vec<GrantFault>) -> Result<()> {
    if faults.is_empty() {
        return Ok(());
    }
    let faults = faults.into_iter().map(|fault| Fault { field: fault.place, text: fault.text });
    Err(Error::Invalid(faults.collect()))
}

fn not_seconded(why: NotSeconded, grant: &Grant) -> Error {
    let name = &grant.plugin;
    match why {
        NotSeconded::Nothing => Error::conflict(
            format!("插件“{name}”没有等待第二人同意的授权"),
            format!("nothing that was granted to {name} waits for a second person"),
        ),
        NotSeconded::SamePerson => Error::conflict(
            format!("授权由您本人（{}）作出，须由另一人同意；同一控制台算同一人", grant.by),
            format!(
                "{} decided it; another person must agree (the console is one person)",
                grant.by
            ),
        ),
        NotSeconded::Expired => Error::conflict(
            format!("插件“{name}”的授权已到期，请重新授权"),
            format!("the grant of {name} has ended; decide it again"),
        ),
    }
}

/// Says what is undecided, and how to decide.
fn still_undecided(tenant: &TenantSlug, plugin: &Plugin, undecided: &Undecided) -> Error {
    let (name, version) = (&plugin.manifest.name, &plugin.manifest.version);
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    if !undecided.new.is_empty() {
        let wishes = undecided.new.lines().join("; ");
        zh.push(format!("尚未决定：{wishes}。请决定：taihu plugin grant {name} --all --tenant {tenant}，或用 --field、--host、--files 逐项授予"));
        en.push(format!(
            "nobody decided upon: {wishes}; decide with taihu plugin grant {name} --all --tenant {tenant}, or one by one with --field, --host, --files"
        ));
    }
    if !undecided.pending.is_empty() {
        let wishes = undecided.pending.lines().join("; ");
        zh.push(format!(
            "等待第二人同意：{wishes}。请另一人执行：taihu plugin second {name} --tenant {tenant}"
        ));
        en.push(format!(
            "a second person must agree to: {wishes}; another person does with taihu plugin second {name} --tenant {tenant}"
        ));
    }
    if let Some(ended) = undecided.ended {
        zh.push(format!(
            "授权已于{ended}到期，请重新授权：taihu plugin grant {name} --tenant {tenant}"
        ));
        en.push(format!(
            "the grant ended at {ended}; decide again with taihu plugin grant {name} --tenant {tenant}"
        ));
    }
    Error::conflict(
        format!("插件“{name}”{version}版的授权未定。{}", zh.join("；")),
        format!("the wishes of {name} {version} are undecided: {}", en.join("; ")),
    )
}
