//! From the configuration and the state to the next request.

use std::fmt::Write as _;

use serde_json::{Map, Value};
use taihu_plugin::{Ask, Failure, Header, HttpRequest, Request, Step};

use crate::config::{Config, Paging};
use crate::state::State;

/// The longest URL of the contract (`http-request.url`).
const URL_CHARS_MAX: usize = 4_096;

/// The longest body of the contract.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// The body of a POST, with placeholders.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    template: Map<String, Value>,
    is_form: bool,
}

impl Body {
    /// Reads a template; an empty one means that nothing is posted.
    ///
    /// # Errors
    /// `bad-config` if it is no JSON object, or a form with more than texts and numbers.
    pub(crate) fn read(text: &str, kind: &str) -> Result<Option<Self>, Failure> {
        let is_form = match kind.trim() {
            "json" => false,
            "form" => true,
            _ => {
                return Err(Failure::bad_config(
                    "body_type 应为 json 或 form",
                    "body_type is json or form",
                ));
            }
        };
        if text.trim().is_empty() {
            return Ok(None);
        }
        let template: Map<String, Value> = serde_json::from_str(text).map_err(|error| {
            Failure::bad_config(
                format!("body 应为 JSON 对象：{error}"),
                format!("body must be a JSON object: {error}"),
            )
        })?;
        if is_form && template.values().any(|value| value.is_object() || value.is_array()) {
            return Err(Failure::bad_config(
                "body_type 为 form 时，body 的各项只能是文本或数字",
                "a form has texts and numbers only",
            ));
        }
        Ok(Some(Self { template, is_form }))
    }

    /// Says whether a placeholder stands in it.
    pub(crate) fn mentions(&self, placeholder: &str) -> bool {
        Value::Object(self.template.clone()).to_string().contains(placeholder)
    }

    fn fill(&self, values: &Values) -> (Vec<u8>, &'static str) {
        let filled = fill_object(&self.template, values);
        if !self.is_form {
            return (Value::Object(filled).to_string().into_bytes(), "application/json");
        }
        let mut form = String::new();
        for (name, value) in &filled {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let joint = if form.is_empty() { "" } else { "&" };
            argument(&mut form, joint, name, &text);
        }
        (form.into_bytes(), "application/x-www-form-urlencoded")
    }
}

/// What placeholders stand for; empty ones take their argument with them.
struct Values([(&'static str, String); 5]);

impl Values {
    fn of(config: &Config, state: &State) -> Self {
        Self([
            ("${page}", state.page.unwrap_or(config.first_page).to_string()),
            ("${offset}", state.offset.to_string()),
            ("${size}", config.page_size.to_string()),
            ("${cursor}", state.cursor.clone()),
            ("${since}", state.since.clone()),
        ])
    }

    /// A text with its placeholders filled; `None` if one of them has nothing.
    fn fill(&self, text: &str) -> Option<String> {
        let mut filled = text.to_owned();
        for (placeholder, value) in &self.0 {
            if text.contains(placeholder) {
                if value.is_empty() {
                    return None;
                }
                filled = filled.replace(placeholder, value);
            }
        }
        Some(filled)
    }

    /// A value in its place; a number where the whole text is the placeholder of one.
    fn fill_value(&self, value: &Value) -> Option<Value> {
        match value {
            Value::String(text) => {
                let filled = self.fill(text)?;
                let is_number = ["${page}", "${offset}", "${size}"].contains(&text.as_str());
                let number = filled.parse::<u64>().ok().filter(|_| is_number);
                Some(number.map_or(Value::String(filled), Value::from))
            }
            Value::Object(object) => Some(Value::Object(fill_object(object, self))),
            Value::Array(list) => {
                Some(Value::Array(list.iter().filter_map(|item| self.fill_value(item)).collect()))
            }
            other => Some(other.clone()),
        }
    }
}

fn fill_object(object: &Map<String, Value>, values: &Values) -> Map<String, Value> {
    let fill = |(name, value): (&String, &Value)| Some((name.clone(), values.fill_value(value)?));
    object.iter().filter_map(fill).collect()
}

/// The next request.
///
/// # Errors
/// `upstream` if the server's cursor makes it too long.
pub(crate) fn ask(config: &Config, state: &State) -> Result<Step, Failure> {
    let values = Values::of(config, state);
    let url = if config.paging == Paging::Link && !state.cursor.is_empty() {
        state.cursor.clone()
    } else {
        first_url(config, &values)
    };
    let mut request = HttpRequest {
        method: "GET".to_owned(),
        url,
        headers: vec![Header { name: "accept".to_owned(), value: "application/json".to_owned() }],
        body: Vec::new(),
    };
    if let Some(body) = &config.body {
        let (bytes, kind) = body.fill(&values);
        request.method = "POST".to_owned();
        request.headers.push(Header { name: "content-type".to_owned(), value: kind.to_owned() });
        request.body = bytes;
    }
    if request.url.len() > URL_CHARS_MAX || request.body.len() > BODY_BYTES_MAX {
        let (url, body) = (request.url.len(), request.body.len());
        return Err(Failure::upstream(
            format!("请求过长（网址 {url} 字符，正文 {body} 字节）：服务器给的游标过长"),
            format!("the request is too long (URL {url}, body {body}): the server's cursor is"),
        ));
    }
    Ok(Step::Ask(Ask { request: Request::Http(request), state: state.write()? }))
}

fn first_url(config: &Config, values: &Values) -> String {
    let mut url = config.base_url.clone();
    for (name, value) in &config.query {
        let Some(value) = values.fill(value) else { continue };
        let joint = match () {
            () if !url.contains('?') => "?",
            () if url.ends_with(['?', '&']) => "",
            () => "&",
        };
        argument(&mut url, joint, name, &value);
    }
    url
}

fn argument(text: &mut String, joint: &str, name: &str, value: &str) {
    text.push_str(joint);
    encode(text, name);
    text.push('=');
    encode(text, value);
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

/// A link of a reply as an absolute URL on the host of the interface. A link that says `http` where
/// the interface is `https` comes from a server behind a proxy, and is taken as the interface's.
///
/// # Errors
/// The host it leads to, if it is another one.
pub(crate) fn resolve(base: &str, current: &str, link: &str) -> Result<String, String> {
    let link = link.trim().split('#').next().unwrap_or_default();
    let (origin, _) = split(base);
    if link.starts_with("http://") || link.starts_with("https://") {
        let (theirs, rest) = split(link);
        let host = |origin: &str| origin.split("//").nth(1).unwrap_or("").to_ascii_lowercase();
        return if host(theirs) == host(origin) {
            Ok(format!("{origin}{rest}"))
        } else {
            Err(host(theirs))
        };
    }
    if let Some(rest) = link.strip_prefix("//") {
        return Err(rest.split('/').next().unwrap_or_default().to_owned());
    }
    if link.starts_with('/') {
        return Ok(format!("{origin}{link}"));
    }
    let (_, path) = split(current);
    let path = path.split('?').next().unwrap_or_default();
    if link.starts_with('?') {
        return Ok(format!("{origin}{path}{link}"));
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    Ok(format!("{origin}{folder}/{link}"))
}

/// Origin and rest of an absolute URL.
fn split(url: &str) -> (&str, &str) {
    let host = url.find("//").map_or(0, |at| at + 2);
    let end = url[host..].find(['/', '?']).map_or(url.len(), |at| host + at);
    url.split_at(end)
}

/// The target of `rel="next"` in a `Link` header (RFC 8288).
pub(crate) fn next_link(headers: &[Header]) -> Option<String> {
    let links = headers.iter().filter(|header| header.name == "link");
    links.flat_map(|header| header.value.split(',')).find_map(|link| {
        let (target, parameters) = link.split_once('>')?;
        let is_next = parameters.split(';').any(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or_default();
            let value = value.trim().trim_matches('"');
            name.trim().eq_ignore_ascii_case("rel") && value.split(' ').any(|rel| rel == "next")
        });
        is_next.then(|| target.trim().trim_start_matches('<').to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(json: &Value) -> Config {
        let mut full = serde_json::json!({"base_url": "https://x.cn/api?db=1", "id": "id", "fields": {"title": "t"}});
        if let (Some(full), Some(given)) = (full.as_object_mut(), json.as_object()) {
            full.extend(given.clone());
        }
        let context = taihu_plugin::Context {
            tenant: String::new(),
            config: full.to_string(),
            today: "2026-05-20".to_owned(),
            attributes: Vec::new(),
        };
        Config::read(&context).unwrap()
    }

    fn asked(config: &Config, state: &State) -> (String, String, String) {
        let Step::Ask(Ask { request: Request::Http(http), .. }) = ask(config, state).unwrap()
        else {
            panic!("no request")
        };
        (http.method, http.url, String::from_utf8(http.body).unwrap())
    }

    #[test]
    fn arguments_without_a_value_are_left_out() {
        let config = config(&serde_json::json!({
            "paging": "page", "query": {"p": "${page}", "n": "${size}", "from": "${since}", "类": "成果 A"}
        }));
        let mut state = State::default();
        let (method, url, body) = asked(&config, &state);
        assert_eq!((method.as_str(), body.as_str()), ("GET", ""));
        assert_eq!(url, "https://x.cn/api?db=1&n=100&p=1&%E7%B1%BB=%E6%88%90%E6%9E%9C%20A");
        state.since = "2026-03-01".into();
        state.page = Some(2);
        let (_, url, _) = asked(&config, &state);
        assert!(url.contains("&from=2026-03-01&") && url.contains("&p=2&"), "{url}");
    }

    #[test]
    fn bodies_are_filled_in() {
        let body = r#"{"page": {"no": "${page}", "size": "${size}"}, "after": "${cursor}", "since": "${since}", "k": ["a", "${cursor}"]}"#;
        let config = config(&serde_json::json!({"paging": "page", "body": body}));
        let (method, _, body) = asked(&config, &State::default());
        assert_eq!(method, "POST");
        assert_eq!(body, r#"{"k":["a"],"page":{"no":1,"size":100}}"#);
        let config = self::config(&serde_json::json!({
            "paging": "offset", "body_type": "form", "body": r#"{"start": "${offset}", "名": "成果"}"#
        }));
        let (_, _, body) = asked(&config, &State { offset: 40, ..State::default() });
        assert_eq!(body, "start=40&%E5%90%8D=%E6%88%90%E6%9E%9C");
    }

    #[test]
    fn links_stay_on_the_host() {
        let to = |link: &str| resolve("https://x.cn/api/list", "https://x.cn/api/list?p=1", link);
        assert_eq!(to("https://x.cn/a?p=2").as_deref(), Ok("https://x.cn/a?p=2"));
        assert_eq!(to("http://X.cn/a?p=2").as_deref(), Ok("https://x.cn/a?p=2"));
        assert_eq!(to("/a?p=2#x").as_deref(), Ok("https://x.cn/a?p=2"));
        assert_eq!(to("?p=2").as_deref(), Ok("https://x.cn/api/list?p=2"));
        assert_eq!(to("list2").as_deref(), Ok("https://x.cn/api/list2"));
        assert_eq!(to("https://evil.cn/a"), Err("evil.cn".into()));
        assert_eq!(to("https://x.cn@evil.cn/a"), Err("x.cn@evil.cn".into()));
        assert_eq!(to("//evil.cn/a"), Err("evil.cn".into()));
    }

    #[test]
    fn link_headers_are_read() {
        let header = |value: &str| vec![Header { name: "link".into(), value: value.into() }];
        let both = header("</p1>; rel=\"prev\", </p3>; title=x; rel=\"next last\"");
        assert_eq!(next_link(&both).as_deref(), Some("/p3"));
        assert_eq!(next_link(&header("</p1>; rel=first")), None);
        assert_eq!(next_link(&header("nonsense")), None);
    }
}
