//! Keys under which another record may be of the same achievement.

use crate::{AchievementFacts, Digest, normalise};

/// The shortest title, in characters after normalisation, that tells achievements apart: 新材料 of
/// one university may be many.
const TITLE_CHARS_MIN: usize = 6;

/// Most owners that a title is paired with; joint projects are listed by each of their owners.
const OWNERS_MAX: usize = 8;

/// Keys in order of strength (DOMAIN §3): numbers of rights, registration number, owner and title.
///
/// Titles and owners are compared without case, blanks, punctuation and brackets, titles also
/// without a leading 一种 and without 的; nothing else is taken for equal.
#[must_use]
pub fn keys(facts: &AchievementFacts) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for right in &facts.ip {
        let key = format!("ip:{}", right.number.merge_key());
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys.extend(facts.registration_no.iter().map(|number| format!("reg:{number}")));
    let title = bare(&facts.title);
    let title = title.strip_prefix("一种").unwrap_or(&title).replace('的', "");
    if title.chars().count() < TITLE_CHARS_MIN {
        return keys;
    }
    for owner in facts.owners.iter().take(OWNERS_MAX) {
        let owner = bare(owner);
        let key = format!("title:{}", Digest::of_parts([owner.as_bytes(), title.as_bytes()]));
        if !owner.is_empty() && !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

fn bare(text: &str) -> String {
    normalise(text).to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect()
}
