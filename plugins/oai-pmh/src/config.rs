//! The configuration of one repository.

use std::collections::BTreeMap;

use serde::Deserialize;
use taihu_plugin::{Context, Failure, RAW_FIELDS};

/// In a mapping: the element is left out.
pub(crate) const IGNORE: &str = "ignore";

/// Most metadata formats of a configuration.
const PREFIXES_MAX: usize = 8;

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
    /// The metadata format; or several between commas, the most wanted first.
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
    /// The metadata formats, the most wanted first.
    pub(crate) fn prefixes(&self) -> impl Iterator<Item = &str> {
        self.metadata_prefix.split([',', '，']).map(str::trim).filter(|prefix| !prefix.is_empty())
    }

    /// Reads and checks the configuration of an installation.
    ///
    /// # Errors
    /// `bad-config` that names the key and what would be right.
    pub(crate) fn read(context: &Context) -> Result<Self, Failure> {
        let mut config: Self = context.config()?;
        config.base_url = config.base_url.trim().to_owned();
        config.set = config.set.trim().to_owned();
        let scheme = ["http://", "https://"].iter().any(|s| config.base_url.starts_with(s));
        if !scheme || config.base_url.contains([' ', '#', '\n']) {
            return Err(Failure::bad_config(
                "base_url 应为以 http:// 或 https:// 开头的接口地址",
                "base_url must be a URL with http or https, without blanks and fragment",
            ));
        }
        if !(1..=PREFIXES_MAX).contains(&config.prefixes().count()) {
            return Err(Failure::bad_config(
                format!("metadata_prefix 应为 1 至 {PREFIXES_MAX} 个，常用 oai_dc"),
                format!("metadata_prefix has 1 to {PREFIXES_MAX} names; oai_dc is usual"),
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
