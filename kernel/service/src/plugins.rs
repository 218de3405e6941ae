//! Plugins on a tenant's ground: what is installed, what each says of itself, and having them ready.

mod grants;
mod install;
mod life;
mod publishers;
mod ready;

use taihu_model::{Installation, Plugin, PluginName, TenantSlug};

use crate::authority::{Action, Caller};
use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::keys;

pub use grants::{Grants, Records, WishesDiff};
pub(crate) use install::configure;
pub use install::{InstallOptions, test_plugin};
pub use life::Promotion;
pub use publishers::RevokedPublisher;
pub(crate) use ready::{Ready, Working};

impl Kernel {
    /// One installation.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the plugin is not installed there.
    pub(crate) fn installation(
        &self,
        tenant: &TenantSlug,
        name: &PluginName,
    ) -> Result<Installation> {
        let key = keys::installation(name);
        Ok(self.snapshot()?.need(tenant, &key, "installation", name)?.value)
    }

    /// The version that an installation, or a version of it, names.
    pub(crate) fn plugin_of(&self, version: &Installation) -> Result<Plugin> {
        let prefix = format!("plugin/{}/", version.plugin);
        let versions = self.snapshot()?.list::<Plugin>(&self.city, &prefix, None, 10_000)?;
        let mut versions = versions.into_iter().map(|(_, plugin)| plugin);
        versions.find(|plugin| plugin.digest == version.digest).ok_or_else(|| {
            Error::Damaged(format!("version {} of {} is missing", version.digest, version.plugin))
        })
    }

    /// What is installed on a tenant's ground, with what each says of itself.
    ///
    /// # Errors
    /// [`Error::Denied`] for who may not see it.
    pub fn installations(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
    ) -> Result<Vec<(Installation, Plugin)>> {
        caller.may(Action::ReadPlugins, tenant)?;
        let view = self.snapshot()?;
        let found = view.list::<Installation>(tenant, "installation/", None, 1_000)?;
        let plugins = view.list::<Plugin>(&self.city, "plugin/", None, 10_000)?;
        Ok(found
            .into_iter()
            .filter_map(|(_, installation)| {
                let plugin =
                    plugins.iter().find(|(_, plugin)| plugin.digest == installation.digest)?;
                Some((installation, plugin.1.clone()))
            })
            .collect())
    }
}
