//! From what an operator wrote to the configuration a plugin gets.

use serde_json::Value;

use super::{Config, ConfigFault, ConfigKey, ConfigKind, Manifest, url};
use crate::Text;

/// The largest configuration, in bytes of JSON (`types.wit`, `context.config`).
pub const CONFIG_BYTES_MAX: usize = 64 * 1024;

/// The longest text of a configuration, in bytes: the contract's longest string.
pub const CONFIG_TEXT_BYTES_MAX: usize = 8 * 1024;

/// Most entries of a list or a table: what a code table of a whole classification needs.
pub const CONFIG_ENTRIES_MAX: usize = 1_024;

impl Manifest {
    /// Checks a configuration against the manifest and fills in its defaults.
    ///
    /// A key whose value is `null` counts as absent. The answer holds declared keys only, each of
    /// its kind.
    ///
    /// # Errors
    /// Every fault: unknown keys (naming the known ones), missing required ones, values of another
    /// kind, a configuration that is too large.
    pub fn configure(&self, given: &Config) -> Result<Config, Vec<ConfigFault>> {
        let mut faults = Vec::new();
        let mut fault = |key: &str, text: Text| {
            faults.push(ConfigFault { key: key.chars().take(64).collect(), text })
        };
        for key in given.keys().filter(|key| self.config.iter().all(|known| known.key != **key)) {
            fault(key, self.unknown_key());
        }
        let mut config = Config::new();
        for ConfigKey { key, kind, required, default, label } in &self.config {
            let value = given.get(key).filter(|value| !value.is_null());
            match value.or(default.as_ref().filter(|value| !value.is_null())) {
                Some(value) => match kind.misfit(value) {
                    Some(why) => fault(key, why),
                    None => _ = config.insert(key.clone(), value.clone()),
                },
                None if *required => fault(
                    key,
                    Text::new(format!("请填写{}", label.zh), format!("{key} must be set")),
                ),
                None => {}
            }
        }
        let bytes = serde_json::to_vec(&config).map_or(usize::MAX, |json| json.len());
        if bytes > CONFIG_BYTES_MAX {
            fault(
                "",
                Text::new(
                    format!("配置共{bytes}字节，上限{CONFIG_BYTES_MAX}字节"),
                    format!(
                        "the configuration has {bytes} bytes; at most {CONFIG_BYTES_MAX} are allowed"
                    ),
                ),
            );
        }
        if faults.is_empty() { Ok(config) } else { Err(faults) }
    }

    fn unknown_key(&self) -> Text {
        let known: Vec<_> = self.config.iter().map(|known| known.key.as_str()).collect();
        if known.is_empty() {
            return Text::new("该插件没有配置项", "the plugin has nothing to configure");
        }
        Text::new(
            format!("没有这个配置项；可用：{}", known.join("、")),
            format!("there is no such key; there are {}", known.join(", ")),
        )
    }
}

impl ConfigKind {
    /// Says why a value is not of this kind; `None` if it is.
    #[must_use]
    pub fn misfit(self, value: &Value) -> Option<Text> {
        let is_text =
            |value: &Value| value.as_str().is_some_and(|text| text.len() <= CONFIG_TEXT_BYTES_MAX);
        let (fits, zh, en) = match self {
            Self::Text => (is_text(value), "应为不超过8KiB的文本", "want a text of at most 8 KiB"),
            Self::Url => return url_misfit(value),
            Self::Integer => (value.is_i64(), "应为整数", "want a whole number"),
            Self::Boolean => (value.is_boolean(), "应为true或false", "want true or false"),
            Self::Texts => (
                value.as_array().is_some_and(|list| {
                    list.len() <= CONFIG_ENTRIES_MAX && list.iter().all(is_text)
                }),
                "应为文本列表，最多1024项",
                "want a list of texts, at most 1,024",
            ),
            Self::Table => (
                value.as_object().is_some_and(|table| {
                    table.len() <= CONFIG_ENTRIES_MAX
                        && table.iter().all(|(key, value)| {
                            key.len() <= CONFIG_TEXT_BYTES_MAX && is_text(value)
                        })
                }),
                "应为文本对照表，最多1024项",
                "want an object whose values are texts, at most 1,024",
            ),
        };
        (!fits).then(|| {
            let shown: String = value.to_string().chars().take(60).collect();
            Text::new(format!("{zh}，而不是{shown}"), format!("{en}, not {shown}"))
        })
    }
}

fn url_misfit(value: &Value) -> Option<Text> {
    match value.as_str() {
        Some(text) => url::url(text).err(),
        None => Some(Text::new("应为网址", "want a URL")),
    }
}
