//! What a call is told about its installation.

use serde::de::DeserializeOwned;

use crate::{Context, Failure};

impl Context {
    /// Reads the installation's configuration into the author's own type.
    ///
    /// The kernel has filled in the defaults of `plugin.toml` and checked the kinds, so a plain
    /// `#[derive(Deserialize)]` struct with the keys of the `config` table will do. An empty text
    /// (a context made by hand in a test) counts as `{}`.
    ///
    /// # Errors
    /// [`Failure::BadConfig`] that names the key, if the type wants something else.
    pub fn config<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let json = if self.config.is_empty() { "{}" } else { &self.config };
        serde_json::from_str(json).map_err(|error| {
            Failure::bad_config(
                format!("配置无法读取：{error}"),
                format!("the configuration cannot be read: {error}"),
            )
        })
    }
}
