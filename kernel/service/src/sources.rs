//! Sources: where achievements come from.

use taihu_model::{PluginKind, RAW_FIELDS, Source, SourceSlug, TenantSlug};
use taihu_store::Expect;

use crate::authority::{Action, Caller};
use crate::error::{Error, Result};
use crate::import::{LinesFeed, LinesMapping};
use crate::kernel::{Draft, Kernel};
use crate::keys;

impl Kernel {
    /// Adds a source, or changes one; what it has brought stays.
    ///
    /// # Errors
    /// [`Error::Invalid`] if its connector does not take the configuration.
    pub fn put_source(&self, caller: &Caller, source: Source) -> Result<Source> {
        caller.may(Action::ManageSources, &source.tenant)?;
        self.tenant(&source.tenant)?;
        self.check_config(&source)?;
        let key = keys::source(&source.slug);
        let known = self.snapshot()?.get::<Source>(&self.city, &key)?;
        let mut source = source;
        let expect = match known {
            Some(known) if known.value.tenant != source.tenant => {
                return Err(Error::conflict(
                    format!("来源“{}”属于另一主体", source.slug),
                    format!("source {} belongs to another tenant", source.slug),
                ));
            }
            Some(known) => {
                source.watermark = known.value.watermark;
                if known.value == source {
                    return Ok(source);
                }
                Expect::Rev(known.rev)
            }
            None => Expect::Absent,
        };
        let mut draft = Draft::new(self.audit(caller, &source.tenant, "source.put", &source.slug));
        draft.put(key, &source, expect)?;
        self.plan_firing(&source, &mut draft)?;
        self.commit(&self.city, draft)?;
        Ok(source)
    }

    /// Makes sure that a source's connector is there and takes its configuration, and that its
    /// defaults name fields there are.
    fn check_config(&self, source: &Source) -> Result<()> {
        let unknown = source.defaults.keys().find(|name| !RAW_FIELDS.contains(&name.as_str()));
        if let Some(name) = unknown {
            return Err(Error::invalid(
                "defaults",
                format!("默认值“{name}”不是可导入的字段，可用：{}", RAW_FIELDS.join("、")),
                format!("default {name:?} names no raw field; known are {}", RAW_FIELDS.join(", ")),
            ));
        }
        crate::schedule::check(source)?;
        if source.connector.as_str() == LinesFeed::CONNECTOR {
            return LinesMapping::of(&source.config).map(drop);
        }
        let installation = self.working_one(&source.tenant, &source.connector)?;
        let connector = self.ready(installation, &source.tenant)?;
        let manifest = connector.component.manifest();
        if manifest.kind != PluginKind::Connector {
            return Err(Error::invalid(
                "connector",
                format!("插件“{}”不是连接器", source.connector),
                format!("plugin {} is no connector", source.connector),
            ));
        }
        crate::plugins::configure(manifest, &source.config).map(drop)
    }

    /// The sources of a tenant, or all of them for the city.
    ///
    /// # Errors
    /// [`Error::Denied`] for who may not see them.
    pub fn sources(&self, caller: &Caller, tenant: &TenantSlug) -> Result<Vec<Source>> {
        caller.may(Action::Import, tenant)?;
        let found = self.snapshot()?.list::<Source>(&self.city, "source/", None, 10_000)?;
        Ok(found
            .into_iter()
            .map(|(_, source)| source)
            .filter(|source| source.tenant == *tenant || *tenant == self.city)
            .collect())
    }

    pub(crate) fn source(&self, slug: &SourceSlug) -> Result<Source> {
        Ok(self.snapshot()?.need(&self.city, &keys::source(slug), "source", slug)?.value)
    }
}
