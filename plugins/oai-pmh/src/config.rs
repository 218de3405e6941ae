//! The configuration of one repository.

use std::collections::BTreeMap;

use serde::Deserialize;
use taihu_plugin::{Context, Failure, RAW_FIELDS};

/// In a mapping: the element is left out.
pub(crate) const IGNORE: &str = "ignore";

/// Bounds of `pages_max`.
const PAGES: std::ops::RangeInclusive<u32> = 1..=100_000;

/// The configuration, checked.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Config {
    /// Where the repository answers.
    pub(crate) base_url: String,
    /// The set; empty for everything.
    #[serde(default)]
    pub(crate) set: String,
    /// The metadata format.
    #[serde(default = "oai_dc")]
    pub(crate) metadata_prefix: String,
    /// Local name of an element → the kernel's field, or [`IGNORE`].
    #[serde(default)]
    pub(crate) mapping: BTreeMap<String, String>,
    /// Most pages of one run.
    #[serde(default = "pages_max")]
    pub(crate) pages_max: u32,
}

fn oai_dc() -> String {
    "oai_dc".to_owned()
}

fn pages_max() -> u32 {
    5_000
}

impl Config {
    /// Reads and checks the configuration of an installation.
    ///
    /// # Errors
    /// `bad-config` that names the key and what would be right.
    pub(crate) fn read(context: &Context) -> Result<Self, Failure> {
        let mut config: Self = context.config()?;
        config.base_url = config.base_url.trim().to_owned();
        config.set = config.set.trim().to_owned();
        config.metadata_prefix = config.metadata_prefix.trim().to_owned();
        let scheme = ["http://", "https://"].iter().any(|s| config.base_url.starts_with(s));
        if !scheme || config.base_url.contains([' ', '#', '\n']) {
            return Err(Failure::bad_config(
                "base_url 应为以 http:// 或 https:// 开头的接口地址",
                "base_url must be a URL with http or https, without blanks and fragment",
            ));
        }
        if config.metadata_prefix.is_empty() {
            return Err(Failure::bad_config(
                "metadata_prefix 不能为空，常用 oai_dc",
                "metadata_prefix must not be empty; oai_dc is usual",
            ));
        }
        if !PAGES.contains(&config.pages_max) {
            return Err(Failure::bad_config(
                format!("pages_max 应在 1 至 100000 之间，现为 {}", config.pages_max),
                format!("pages_max lies between 1 and 100000, not at {}", config.pages_max),
            ));
        }
        for (element, field) in &config.mapping {
            if field != IGNORE && !RAW_FIELDS.contains(&field.as_str()) {
                return Err(Failure::bad_config(
                    format!(
                        "mapping 中 {element} 对应的“{field}”不是平台字段；可用：{}、{IGNORE}",
                        RAW_FIELDS.join("、")
                    ),
                    format!(
                        "mapping.{element} is {field:?}, which is no field; want one of {}, {IGNORE}",
                        RAW_FIELDS.join(", ")
                    ),
                ));
            }
        }
        Ok(config)
    }
}
