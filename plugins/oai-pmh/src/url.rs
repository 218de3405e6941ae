//! Requests as URLs: every argument percent-encoded, as the protocol asks (§3.1.1.3).

use std::fmt::Write as _;

use taihu_plugin::Failure;

use crate::config::Config;
use crate::state::State;

/// The longest URL of the contract (`http-request.url`).
const URL_CHARS_MAX: usize = 4_096;

/// A request without arguments of its own, such as `Identify`.
pub(crate) fn verb(config: &Config, verb: &str) -> Result<String, Failure> {
    compose(config, &[("verb", verb)])
}

/// The next `ListRecords`: a token excludes every other argument.
pub(crate) fn list_records(config: &Config, state: &State) -> Result<String, Failure> {
    let mut arguments = vec![("verb", "ListRecords")];
    if state.token.is_empty() {
        // A state that an earlier version wrote has none yet.
        let first = config.prefixes().next().unwrap_or_default();
        let prefix = if state.prefix.is_empty() { first } else { &state.prefix };
        arguments.push(("metadataPrefix", prefix));
        if !config.set.is_empty() {
            arguments.push(("set", &config.set));
        }
        if !state.from.is_empty() {
            arguments.push(("from", &state.from));
        }
    } else {
        arguments.push(("resumptionToken", &state.token));
    }
    compose(config, &arguments)
}

fn compose(config: &Config, arguments: &[(&str, &str)]) -> Result<String, Failure> {
    let mut url = config.base_url.clone();
    for (name, value) in arguments {
        let joint = match () {
            () if !url.contains('?') => "?",
            () if url.ends_with(['?', '&']) => "",
            () => "&",
        };
        url.push_str(joint);
        url.push_str(name);
        url.push('=');
        encode(&mut url, value);
    }
    if url.len() > URL_CHARS_MAX {
        return Err(Failure::upstream(
            format!("请求网址长 {} 个字符，最多 {URL_CHARS_MAX} 个：服务器给的令牌过长", url.len()),
            format!(
                "the request has {} characters, at most {URL_CHARS_MAX} are allowed: the server's token is too long",
                url.len()
            ),
        ));
    }
    Ok(url)
}

fn encode(url: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            url.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(url, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(base_url: &str, set: &str) -> Config {
        let json = serde_json::json!({ "base_url": base_url, "set": set });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn arguments_are_encoded_and_tokens_stand_alone() {
        let list = |base: &str, set: &str, token: &str, from: &str| {
            let state = State { token: token.into(), from: from.into(), ..State::default() };
            list_records(&config(base, set), &state).unwrap()
        };
        assert_eq!(
            list("https://ir.example.edu.cn/oai", "", "", ""),
            "https://ir.example.edu.cn/oai?verb=ListRecords&metadataPrefix=oai_dc"
        );
        assert_eq!(
            list("https://x.cn/oai?db=1", "成果:a", "", "2026-03-01T00:00:00Z"),
            "https://x.cn/oai?db=1&verb=ListRecords&metadataPrefix=oai_dc\
             &set=%E6%88%90%E6%9E%9C%3Aa&from=2026-03-01T00%3A00%3A00Z"
        );
        assert_eq!(
            list("https://x.cn/oai", "成果", "a+b/100&=", "2026-03-01"),
            "https://x.cn/oai?verb=ListRecords&resumptionToken=a%2Bb%2F100%26%3D"
        );
        let long = State { token: "汉".repeat(500), ..State::default() };
        assert!(list_records(&config("https://x.cn/oai", ""), &long).is_err());
    }
}
