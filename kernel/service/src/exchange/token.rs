//! Resumption tokens: where a list goes on, complete in themselves.
//!
//! A token holds everything that was asked for, the end of the list, and the last place that was
//! shown; it needs no memory of ours, so it survives restarts and new writes and never runs out. It
//! ends with a check over its content and this store's own beginning: one that was cut, altered, or
//! given by another store is refused. There is nothing else to protect: whatever a token can say,
//! anybody may ask.

use taihu_model::{AchievementId, Digest};

use super::sets::is_spec;
use crate::error::Result;
use crate::kernel::Kernel;

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A list of offers goes on.
    Offers {
        /// The metadata format, of letters, digits and `_`.
        format: String,
        /// The set, if one was asked for.
        set: Option<String>,
        /// The last second of the list.
        until: i64,
        /// The last place that was shown.
        after: (i64, AchievementId),
        /// Records that were shown.
        cursor: u64,
        /// Records of the whole list, if they were counted.
        size: Option<u64>,
    },
    /// The list of sets goes on.
    Sets {
        /// The last set that was shown.
        after: String,
        /// Sets that were shown.
        cursor: u64,
    },
}

/// Characters of a token's check: 64 bits.
const CHECK_CHARS: usize = 16;

impl Kernel {
    pub(super) fn write_token(&self, token: &Token) -> Result<String> {
        let text = match token {
            Token::Offers { format, set, until, after: (stamp, id), cursor, size } => {
                let set = set.as_deref().unwrap_or_default().replace(':', "/");
                let size = size.map(|size| size.to_string()).unwrap_or_default();
                format!("r:{format}:{set}:{until}:{stamp}:{id}:{cursor}:{size}")
            }
            Token::Sets { after, cursor } => format!("s:{}:{cursor}", after.replace(':', "/")),
        };
        let check = self.token_check(&text)?;
        Ok(format!("{text}:{check}"))
    }

    /// Reads a token; none if it is not one that this store gave.
    pub(super) fn read_token(&self, token: &str) -> Result<Option<Token>> {
        let Some((text, check)) = token.rsplit_once(':') else { return Ok(None) };
        if self.token_check(text)? != check {
            return Ok(None);
        }
        Ok(parse(text))
    }

    fn token_check(&self, text: &str) -> Result<String> {
        let first = self.parts.store.log(&self.city, 0, 1)?;
        let store = first.first().map(|entry| entry.hash).unwrap_or_default();
        let parts: [&[u8]; 3] = [b"taihu-resumption-1", &store.0, text.as_bytes()];
        let mut check = Digest::of_parts(parts).to_string();
        check.truncate(CHECK_CHARS);
        Ok(check)
    }
}

fn parse(text: &str) -> Option<Token> {
    let parts: Vec<&str> = text.split(':').collect();
    let set = |text: &str| {
        let set = text.replace('/', ":");
        is_spec(&set).then_some(set)
    };
    match parts.as_slice() {
        ["r", format, of, until, stamp, id, cursor, size] => Some(Token::Offers {
            format: (*format).to_owned(),
            set: if of.is_empty() { None } else { Some(set(of)?) },
            until: until.parse().ok()?,
            after: (stamp.parse().ok()?, id.parse().ok()?),
            cursor: cursor.parse().ok()?,
            size: if size.is_empty() { None } else { Some(size.parse().ok()?) },
        }),
        ["s", after, cursor] => {
            Some(Token::Sets { after: set(after)?, cursor: cursor.parse().ok()? })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, good: bool) {
        assert_eq!(parse(text).is_some(), good, "{text}");
    }

    #[test]
    fn a_token_has_one_shape() {
        let id = "ach_01JSG0Z3M8QK5T7V9XA1B2C3D4";
        check(&format!("r:oai_dc:org.12:9:8:{id}:100:"), true);
        check(&format!("r:oai_dc::9:8:{id}:100:7"), true);
        check("s:org.12:500", true);
        check(&format!("r:oai_dc:{}:9:8:{id}:100:", "a b"), false);
        check(&format!("r:oai_dc::9:8:{id}:-1:"), false);
        check("r:oai_dc::9:8:ach_1:100:", false);
        check("s::1", false);
        check("", false);
    }
}
