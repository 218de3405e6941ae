//! What a manifest says, and whether it makes sense.

use taihu_model::{
    Case, CaseBody, CaseReply, ConfigKey, ConfigKind, FieldWish, HOST_BODY_KIB_MAX,
    HOST_PER_MINUTE_MAX, HostWish, Manifest, PluginKind, Sight, Text, is_code,
};

use super::Faults;
use crate::limits::{self, SizeClass};

/// Checks a manifest by itself.
pub(crate) fn check(manifest: &Manifest, class: SizeClass, faults: &mut Faults) {
    text("manifest.title", &manifest.title, faults);
    text("manifest.description", &manifest.description, faults);
    if manifest.author.trim().is_empty() || too_long(&manifest.author) {
        faults.add(
            "manifest.author",
            format!("应写明作者单位，不超过 {} 字", limits::MANIFEST_TEXT_CHARS_MAX),
            format!(
                "want the organisation that wrote it, at most {} characters",
                limits::MANIFEST_TEXT_CHARS_MAX
            ),
        );
    }
    for (list, count) in [
        ("reads", manifest.reads.len()),
        ("hosts", manifest.hosts.len()),
        ("config", manifest.config.len()),
    ] {
        if count > limits::WISHES_MAX {
            faults.add(
                format!("manifest.{list}"),
                format!("有 {count} 项，上限 {}", limits::WISHES_MAX),
                format!("{count} of them, want at most {}", limits::WISHES_MAX),
            );
        }
    }
    wishes(manifest, class, faults);
    for (at, wish) in manifest.reads.iter().enumerate().take(limits::WISHES_MAX) {
        read_wish(at, wish, &manifest.reads[..at], faults);
    }
    for (at, wish) in manifest.hosts.iter().enumerate().take(limits::WISHES_MAX) {
        host_wish(at, wish, &manifest.config, faults);
    }
    for (at, key) in manifest.config.iter().enumerate().take(limits::WISHES_MAX) {
        config_key(at, key, &manifest.config[..at], faults);
    }
}

fn too_long(text: &str) -> bool {
    text.chars().count() > limits::MANIFEST_TEXT_CHARS_MAX
}

fn text(subject: &str, text: &Text, faults: &mut Faults) {
    if text.zh.trim().is_empty() {
        faults.add(format!("{subject}.zh"), "中文文字为空", "the Chinese text is empty, want some");
    }
    for (part, text) in [("zh", &text.zh), ("en", &text.en)] {
        if too_long(text) || text.chars().any(|letter| letter.is_control() && letter != '\n') {
            faults.add(
                format!("{subject}.{part}"),
                format!("应不超过 {} 字，不含控制字符", limits::MANIFEST_TEXT_CHARS_MAX),
                format!(
                    "want at most {} characters and no control characters",
                    limits::MANIFEST_TEXT_CHARS_MAX
                ),
            );
        }
    }
}

/// Checks which wishes the kind may have at all, and the limits it asks for.
fn wishes(manifest: &Manifest, class: SizeClass, faults: &mut Faults) {
    if manifest.kind == PluginKind::Connector {
        if !manifest.reads.is_empty() {
            faults.add(
                "manifest.reads",
                "连接器不读取成果与需求，请删去",
                "a connector reads no records of the kernel, leave it out",
            );
        }
    } else if !manifest.hosts.is_empty() || manifest.files.is_some() {
        faults.add(
            "manifest.hosts",
            "只有连接器可以申请访问网络或文件，请删去 hosts 与 files",
            "only connectors may wish for hosts or files, leave them out",
        );
    }
    if let Some(reason) = &manifest.files {
        text("manifest.files", reason, faults);
    }
    let memory_mib_max = match class {
        SizeClass::Native => limits::MEMORY_MIB_MAX,
        SizeClass::Interpreter => limits::INTERPRETER_MEMORY_MIB_MAX,
    };
    for (name, wish, max, unit) in [
        ("cpu_ms", manifest.limits.cpu_ms, limits::CPU_MS_MAX, "ms"),
        ("memory_mib", manifest.limits.memory_mib, memory_mib_max, "MiB"),
    ] {
        if wish.is_some_and(|wish| !(1..=max).contains(&wish)) {
            faults.add(
                format!("manifest.limits.{name}"),
                format!("申请 {} {unit}，应为 1–{max} {unit}", wish.unwrap_or_default()),
                format!("wishes for {} {unit}, want 1 to {max} {unit}", wish.unwrap_or_default()),
            );
        }
    }
}

fn read_wish(at: usize, wish: &FieldWish, before: &[FieldWish], faults: &mut Faults) {
    let subject = format!("manifest.reads[{at}]");
    if !Sight::can_show(&wish.field) {
        let shown: String = wish.field.chars().take(80).collect();
        faults.add(
            format!("{subject}.field"),
            format!(
                "{shown:?} 不是可读取的字段。可用：achievement.{}；need.{}",
                Sight::ACHIEVEMENT_FIELDS.join("、"),
                Sight::NEED_FIELDS.join("、")
            ),
            format!(
                "{shown:?} is no field that can be read; there are achievement.{} and need.{}",
                Sight::ACHIEVEMENT_FIELDS.join(", "),
                Sight::NEED_FIELDS.join(", ")
            ),
        );
    }
    if before.iter().any(|other| other.field == wish.field) {
        faults.add(format!("{subject}.field"), "重复", "is there twice");
    }
    text(&format!("{subject}.reason"), &wish.reason, faults);
}

fn host_wish(at: usize, wish: &HostWish, config: &[ConfigKey], faults: &mut Faults) {
    let subject = format!("manifest.hosts[{at}]");
    let known = match wish.origin.strip_prefix("config:") {
        Some(key) => config.iter().any(|it| it.key == key && it.kind == ConfigKind::Url),
        None => is_origin(&wish.origin),
    };
    if !known {
        faults.add(
            format!("{subject}.origin"),
            "应为 https://主机[:端口]，或 config:<类型为 url 的配置键>",
            "want https://host[:port] without a path, or config:<a configuration key of kind url>",
        );
    }
    let methods = &wish.methods;
    if methods.is_empty() || !methods.iter().all(|it| it == "GET" || it == "POST") {
        faults.add(format!("{subject}.methods"), "应为 GET、POST", "want GET, POST or both");
    }
    for (name, value, max) in [
        ("per_minute", wish.per_minute, HOST_PER_MINUTE_MAX),
        ("body_kib", wish.body_kib, HOST_BODY_KIB_MAX),
    ] {
        if let Some(value) = value.filter(|value| !(1..=max).contains(value)) {
            faults.add(
                format!("{subject}.{name}"),
                format!("应为 1–{max}，而不是 {value}"),
                format!("want 1 to {max}, not {value}"),
            );
        }
    }
    text(&format!("{subject}.reason"), &wish.reason, faults);
}

fn is_origin(origin: &str) -> bool {
    let rest = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        (1..=255).contains(&rest.len())
            && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b))
    })
}

fn config_key(at: usize, key: &ConfigKey, before: &[ConfigKey], faults: &mut Faults) {
    let subject = format!("manifest.config[{at}]");
    if !is_code(&key.key) {
        faults.add(
            format!("{subject}.key"),
            "应为 1–64 个 a-z、0-9、_，以字母开头",
            "want 1 to 64 of a-z, 0-9 and _, beginning with a letter",
        );
    }
    if before.iter().any(|other| other.key == key.key) {
        faults.add(format!("{subject}.key"), "重复", "is there twice");
    }
    text(&format!("{subject}.label"), &key.label, faults);
    let fits = key.default.as_ref().is_none_or(|value| match key.kind {
        ConfigKind::Text => value.is_string(),
        ConfigKind::Url => value
            .as_str()
            .is_some_and(|url| url.starts_with("https://") || url.starts_with("http://")),
        ConfigKind::Integer => value.is_i64() || value.is_u64(),
        ConfigKind::Boolean => value.is_boolean(),
        ConfigKind::Texts => {
            value.as_array().is_some_and(|list| list.iter().all(serde_json::Value::is_string))
        }
        ConfigKind::Table => {
            value.as_object().is_some_and(|map| map.values().all(serde_json::Value::is_string))
        }
    });
    if !fits {
        faults.add(
            format!("{subject}.default"),
            "默认值与类型不符",
            "the default is not of the kind that the key declares",
        );
    }
}

/// Checks that the cases are of the plugin's kind and carry their replies.
pub(crate) fn check_cases(kind: PluginKind, cases: &[Case], faults: &mut Faults) {
    if cases.len() > limits::CASES_MAX {
        faults.add(
            "cases",
            format!("有 {} 个用例，上限 {}", cases.len(), limits::CASES_MAX),
            format!("{} of them, want at most {}", cases.len(), limits::CASES_MAX),
        );
    }
    for (at, case) in cases.iter().enumerate().take(limits::CASES_MAX) {
        let of = match &case.body {
            CaseBody::Score(_) => PluginKind::Scorer,
            CaseBody::Classify(_) => PluginKind::NichePool,
            CaseBody::Harvest(_) => PluginKind::Connector,
        };
        if of != kind {
            faults.add(
                format!("cases[{at}]"),
                format!("是{}的用例，插件是{}", of.zh(), kind.zh()),
                format!("for a {}, but the plugin is a {}", of.world(), kind.world()),
            );
        }
        if let CaseBody::Harvest(case) = &case.body
            && case.replies.iter().any(|reply| matches!(reply, CaseReply::File { .. }))
        {
            faults.add(
                format!("cases[{at}].replies"),
                "引用了文件，打包时应换成内容。请用 `taihu plugin pack` 重新打包",
                "names a file that packing should have replaced by its content; pack it with `taihu plugin pack`",
            );
        }
    }
}
