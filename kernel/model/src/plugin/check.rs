//! Whether a manifest makes sense by itself, before anybody is asked to grant anything.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    ConfigKind, FieldWish, HOST_BODY_KIB_MAX, HOST_PER_MINUTE_MAX, HostWish, Manifest, PluginKind,
    url,
};
use crate::{Sight, Text, is_code};

/// CPU time of a call that no plugin may ask beyond, in milliseconds: above it a person waiting for
/// an answer has gone (the kernel's defaults lie far below).
pub const CPU_MS_MAX: u32 = 2_000;

/// Memory of an instance that no plugin may ask beyond, in MiB: the class of interpreters, which an
/// operator must grant besides.
pub const MEMORY_MIB_MAX: u32 = 256;

/// Most hosts a connector may ask for: a person reads each of them before saying yes.
pub const HOSTS_MAX: usize = 16;

/// Most keys a configuration has: what fits a form that a person fills.
pub const CONFIG_KEYS_MAX: usize = 64;

/// Longest text of a manifest that people read, in characters: what an operator reads in a minute.
pub const MANIFEST_TEXT_CHARS_MAX: usize = 500;

/// What is wrong with a manifest: where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFault {
    /// Where in `plugin.toml`: `reads[2].field`.
    pub place: String,
    /// What is wrong and what to do.
    pub text: Text,
}

/// Collects faults.
#[derive(Default)]
struct Faults(Vec<ManifestFault>);

impl Faults {
    fn add(&mut self, place: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) {
        self.0.push(ManifestFault { place: place.into(), text: Text::new(zh, en) });
    }

    /// A text for people: Chinese must be there, neither may be too long.
    fn text(&mut self, place: &str, text: &Text) {
        if text.zh.trim().is_empty() {
            self.add(place, "缺少中文（zh）", "the Chinese text (zh) is missing");
        }
        for part in [&text.zh, &text.en] {
            let chars = part.chars().count();
            if chars > MANIFEST_TEXT_CHARS_MAX {
                self.add(
                    place,
                    format!("最多{MANIFEST_TEXT_CHARS_MAX}字，现有{chars}字"),
                    format!("at most {MANIFEST_TEXT_CHARS_MAX} characters, not {chars}"),
                );
            }
        }
    }

    fn count(&mut self, place: &str, count: usize, max: usize) {
        if count > max {
            self.add(
                place,
                format!("最多{max}项，现有{count}项"),
                format!("at most {max}, not {count}"),
            );
        }
    }

    fn range(&mut self, place: &str, value: Option<u32>, max: u32) {
        if let Some(value) = value.filter(|value| *value == 0 || *value > max) {
            self.add(
                place,
                format!("应在1至{max}之间，而不是{value}"),
                format!("want 1 to {max}, not {value}"),
            );
        }
    }
}

impl Manifest {
    /// Says everything that is wrong with the manifest by itself; empty if nothing is.
    ///
    /// What a tenant grants and what the kernel's ceilings allow is decided elsewhere.
    #[must_use]
    pub fn check(&self) -> Vec<ManifestFault> {
        let mut faults = Faults::default();
        faults.text("title", &self.title);
        faults.text("description", &self.description);
        let author = self.author.trim().chars().count();
        if !(1..=MANIFEST_TEXT_CHARS_MAX).contains(&author) {
            faults.add("author", "请写明开发单位", "name the organisation that wrote it");
        }
        self.check_reads(&mut faults);
        self.check_hosts(&mut faults);
        if let Some(reason) = &self.files {
            faults.text("files", reason);
            if self.kind != PluginKind::Connector {
                faults.add("files", "只有连接器可以读取文件", "only a connector reads files");
            }
        }
        faults.range("limits.cpu_ms", self.limits.cpu_ms, CPU_MS_MAX);
        faults.range("limits.memory_mib", self.limits.memory_mib, MEMORY_MIB_MAX);
        self.check_config(&mut faults);
        faults.0
    }

    fn check_reads(&self, faults: &mut Faults) {
        if self.kind == PluginKind::Connector && !self.reads.is_empty() {
            faults.add(
                "reads",
                "连接器不读取平台数据，请删除",
                "a connector reads no records; leave it out",
            );
            return;
        }
        let known = Sight::ACHIEVEMENT_FIELDS.len() + Sight::NEED_FIELDS.len();
        faults.count("reads", self.reads.len(), known);
        let mut seen = BTreeSet::new();
        for (at, FieldWish { field, reason }) in self.reads.iter().enumerate().take(known) {
            let place = format!("reads[{at}].field");
            if !Sight::can_show(field) {
                faults.add(
                    &place,
                    format!(
                        "没有可读字段{field:?}；可读：achievement.{{{}}}，need.{{{}}}",
                        Sight::ACHIEVEMENT_FIELDS.join("、"),
                        Sight::NEED_FIELDS.join("、")
                    ),
                    format!(
                        "there is no field {field:?} to read; there are achievement.{{{}}} and need.{{{}}}",
                        Sight::ACHIEVEMENT_FIELDS.join(", "),
                        Sight::NEED_FIELDS.join(", ")
                    ),
                );
            } else if self.kind == PluginKind::NichePool && field.starts_with("need.") {
                faults.add(&place, "成果池不涉及需求", "a niche pool sees no needs");
            }
            if !seen.insert(field) {
                faults.add(&place, format!("{field}重复"), format!("{field} is there twice"));
            }
            faults.text(&format!("reads[{at}].reason"), reason);
        }
    }

    fn check_hosts(&self, faults: &mut Faults) {
        if self.kind != PluginKind::Connector && !self.hosts.is_empty() {
            faults.add(
                "hosts",
                "只有连接器可以访问网络，请删除",
                "only a connector asks hosts; leave it out",
            );
            return;
        }
        faults.count("hosts", self.hosts.len(), HOSTS_MAX);
        for (at, HostWish { origin, methods, per_minute, body_kib, reason }) in
            self.hosts.iter().enumerate().take(HOSTS_MAX)
        {
            for (name, value, max) in [
                ("per_minute", per_minute, HOST_PER_MINUTE_MAX),
                ("body_kib", body_kib, HOST_BODY_KIB_MAX),
            ] {
                let place = format!("hosts[{at}].{name}");
                faults.range(&place, value.map(u32::from), u32::from(max));
            }
            let place = format!("hosts[{at}].origin");
            match origin.strip_prefix("config:") {
                Some(key) => {
                    let is_url = self
                        .config
                        .iter()
                        .any(|known| known.key == key && known.kind == ConfigKind::Url);
                    if !is_url {
                        faults.add(
                            &place,
                            format!("配置中没有类型为url的键{key:?}"),
                            format!("no key {key:?} of kind url is declared under config"),
                        );
                    }
                }
                None => {
                    if let Err(why) = url::origin(origin) {
                        faults.add(&place, why.zh, why.en);
                    }
                }
            }
            let unique: BTreeSet<_> = methods.iter().collect();
            let is_known = methods.iter().all(|method| matches!(method.as_str(), "GET" | "POST"));
            if methods.is_empty() || unique.len() != methods.len() || !is_known {
                let place = format!("hosts[{at}].methods");
                faults.add(place, "应为GET、POST之一或两者", "want GET, POST or both, each once");
            }
            faults.text(&format!("hosts[{at}].reason"), reason);
        }
    }

    fn check_config(&self, faults: &mut Faults) {
        faults.count("config", self.config.len(), CONFIG_KEYS_MAX);
        let mut seen = BTreeSet::new();
        for (at, key) in self.config.iter().enumerate().take(CONFIG_KEYS_MAX) {
            let place = format!("config[{at}].key");
            if !is_code(&key.key) {
                faults.add(
                    &place,
                    format!("{:?}不是合法的键：1至64个小写字母、数字或下划线，字母开头", key.key),
                    format!(
                        "{:?} is no key: want 1 to 64 of a-z, 0-9 and _, a letter first",
                        key.key
                    ),
                );
            }
            if !seen.insert(&key.key) {
                faults.add(
                    &place,
                    format!("{}重复", key.key),
                    format!("{} is there twice", key.key),
                );
            }
            faults.text(&format!("config[{at}].label"), &key.label);
            if let Some(why) = key.default.as_ref().and_then(|value| key.kind.misfit(value)) {
                faults.add(format!("config[{at}].default"), why.zh, why.en);
            }
        }
    }
}
