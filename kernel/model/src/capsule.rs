//! Capsules: one call of one version as one portable file, for the plugin's author.
//!
//! What is personal is masked before it is kept: the fields that need a grant of their own, and
//! whatever looks like a telephone number or an e-mail address, in records and in what servers
//! replied. Masks keep lengths, so that offsets and parsers behave as they did.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::contract::{AchievementView, Attribute, AttributeValue, NeedView, Reply};
use crate::{Digest, LimitWish, PluginCall, PluginName, Text, base64_bytes};

/// Version of the file's form.
pub const CAPSULE_FORMAT: u32 = 1;

/// A call, the version that was called, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capsule {
    /// [`CAPSULE_FORMAT`].
    pub taihu_capsule: u32,
    /// When the call was made.
    pub at: Timestamp,
    /// The plugin.
    pub plugin: PluginName,
    /// Its version: SHA-256 of the component.
    pub version: Digest,
    /// What came of it.
    pub outcome: CapsuleOutcome,
    /// What was masked, by field; the masked call was made once to see whether it ends the same.
    pub masked: Vec<String>,
    /// True if the masked call ended like the real one.
    pub reproduces: bool,
    /// What the call might use, where it was granted less than the manifest asks for.
    #[serde(default)]
    pub limits: LimitWish,
    /// The call, masked.
    pub call: PluginCall<'static>,
    /// The component itself.
    #[serde(with = "base64_bytes")]
    pub component: Vec<u8>,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "case", rename_all = "snake_case")]
pub enum CapsuleOutcome {
    /// It was answered.
    Answered {
        /// Digest of the answer.
        answer: Digest,
    },
    /// It failed.
    Failed {
        /// Code of the cause, such as `cpu_time`.
        cause: String,
        /// What happened.
        text: Text,
    },
}

/// Attributes of views that are personal data.
pub const PERSONAL_ATTRIBUTES: &[&str] = &["contact", "inventors", "enterprise"];

/// Masks what is personal. Returns what was masked, by field.
pub fn mask(call: &mut PluginCall<'static>) -> Vec<String> {
    let mut masks = Masks::default();
    match call {
        PluginCall::Score { need, candidates, .. } => {
            masks.need(need);
            candidates.iter_mut().for_each(|view| masks.achievement(view));
        }
        PluginCall::Classify { achievements, .. } => {
            achievements.iter_mut().for_each(|view| masks.achievement(view));
        }
        PluginCall::Next { reply, state, .. } => {
            masks.text("state", state);
            match reply {
                Some(Reply::Http { body, .. }) => masks.bytes("reply.body", body),
                Some(Reply::File { content }) => masks.bytes("reply.content", content),
                _ => {}
            }
        }
    }
    masks.0.sort();
    masks.0.dedup();
    masks.0
}

#[derive(Default)]
struct Masks(Vec<String>);

impl Masks {
    fn need(&mut self, view: &mut NeedView<'static>) {
        for (field, text) in [
            ("need.title", &mut view.title),
            ("need.problem", &mut view.problem),
            ("need.technical_key", &mut view.technical_key),
            ("need.target_indicators", &mut view.target_indicators),
            ("need.tried", &mut view.tried),
            ("need.base_conditions", &mut view.base_conditions),
        ] {
            self.cow(field, text);
        }
        self.attributes("need", &mut view.attributes);
    }

    fn achievement(&mut self, view: &mut AchievementView<'static>) {
        for (field, text) in [
            ("achievement.title", &mut view.title),
            ("achievement.summary", &mut view.summary),
            ("achievement.problem", &mut view.problem),
            ("achievement.advantage", &mut view.advantage),
        ] {
            self.cow(field, text);
        }
        self.attributes("achievement", &mut view.attributes);
    }

    fn attributes(&mut self, subject: &str, list: &mut [Attribute<'static>]) {
        for attribute in list {
            let field = format!("{subject}.{}", attribute.key);
            let whole = PERSONAL_ATTRIBUTES.contains(&attribute.key.as_ref());
            let mut one = |text: &mut String| {
                if whole && !text.is_empty() {
                    *text = "＊".repeat(text.chars().count());
                    self.0.push(field.clone());
                } else {
                    self.text(&field, text);
                }
            };
            match &mut attribute.value {
                AttributeValue::Text(text) => one(text),
                AttributeValue::Texts(texts) => texts.iter_mut().for_each(one),
                _ => {}
            }
        }
    }

    fn cow(&mut self, field: &str, text: &mut Cow<'static, str>) {
        let mut owned = text.clone().into_owned();
        if self.text(field, &mut owned) {
            *text = Cow::Owned(owned);
        }
    }

    fn text(&mut self, field: &str, text: &mut String) -> bool {
        let mut bytes = text.clone().into_bytes();
        if !mask_ascii(&mut bytes) {
            return false;
        }
        // Only ASCII was exchanged for ASCII, so it is UTF-8 still.
        if let Ok(masked) = String::from_utf8(bytes) {
            *text = masked;
        }
        self.0.push(field.to_owned());
        true
    }

    fn bytes(&mut self, field: &str, bytes: &mut [u8]) {
        if mask_ascii(bytes) {
            self.0.push(field.to_owned());
        }
    }
}

/// Masks telephone numbers (11 digits that begin with 1 and a digit from 3 to 9) and e-mail addresses.
fn mask_ascii(bytes: &mut [u8]) -> bool {
    let mut masked = false;
    let mut at = 0;
    while at < bytes.len() {
        let run = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if run == 11 && bytes[at] == b'1' && (b'3'..=b'9').contains(&bytes[at + 1]) {
            bytes[at + 3..at + 11].fill(b'0');
            masked = true;
        }
        at += run.max(1);
    }
    let is_mail = |byte: &u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte);
    for at in 0..bytes.len() {
        if bytes[at] != b'@' {
            continue;
        }
        let before = bytes[..at].iter().rev().take_while(|byte| is_mail(byte)).count();
        let after = bytes[at + 1..].iter().take_while(|byte| is_mail(byte)).count();
        if before == 0 || !bytes[at + 1..at + 1 + after].contains(&b'.') {
            continue;
        }
        bytes[at - before..at].fill(b'x');
        for byte in &mut bytes[at + 1..at + 1 + after] {
            if *byte != b'.' {
                *byte = b'x';
            }
        }
        masked = true;
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &str) {
        let mut bytes = text.as_bytes().to_vec();
        mask_ascii(&mut bytes);
        assert_eq!(String::from_utf8(bytes).unwrap(), want);
    }

    #[test]
    fn telephone_numbers_and_addresses_are_masked_and_nothing_else() {
        check("联系人张工，电话13812345678。", "联系人张工，电话13800000000。");
        check("18 位代码 913301006789012345", "18 位代码 913301006789012345");
        check("202111144021.7", "202111144021.7");
        check("邮箱 zhang.san@seu.edu.cn；", "邮箱 xxxxxxxxx@xxx.xxx.xx；");
        check("温度 25@60 % 湿度", "温度 25@60 % 湿度");
        check("12345678901", "12345678901");
    }

    #[test]
    fn personal_attributes_are_masked_whole() {
        let view = AchievementView {
            attributes: vec![Attribute {
                key: "inventors".into(),
                value: AttributeValue::Texts(vec!["张三".into()]),
            }],
            ..AchievementView::default()
        };
        let context = crate::contract::Context {
            tenant: "city".into(),
            config: "{}".into(),
            today: "2026-05-20".into(),
        };
        let mut call = PluginCall::Classify { context, achievements: vec![view], sees: None };
        assert_eq!(mask(&mut call), ["achievement.inventors"]);
        let text = String::from_utf8(call.to_bytes()).unwrap();
        assert!(!text.contains("张三"), "{text}");
    }
}
