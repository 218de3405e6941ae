//! What connectors answer. Values are foreign text that is kept as it came; names, requests and
//! sizes are the contract's.

use taihu_model::RAW_FIELDS;
use taihu_model::contract::{
    ConnectorDescription, Header, Page, RawRecord, Request, Step, Warning,
};

use super::Letters::{Line, Raw};
use super::{Budget, Check, at_most_chars, count, people, string};
use crate::Fault;
use crate::limits;

/// Headers that are the kernel's alone: framing, identity and secrets.
const KERNEL_HEADERS: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
    "trailer",
    "expect",
    "keep-alive",
    "authorization",
    "proxy-authorization",
    "cookie",
    "user-agent",
    "accept-encoding",
    "via",
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
];

pub(crate) fn connector_description(it: &ConnectorDescription) -> Check {
    let mut budget = Budget::of_batch(0);
    people(&it.label, limits::REASON_CHARS_MAX, &mut budget, &|| "label".to_owned())
}

pub(crate) fn step(step: &Step) -> Check {
    let mut budget = Budget::of_page();
    match step {
        Step::Ask { request: it, state: at } => {
            state(at, &mut budget, "ask.state")?;
            request(it, &mut budget)
        }
        Step::Page(it) => page(it, &mut budget),
        Step::Done { complete: _, warnings: list } => warnings(list, &mut budget, "done.warnings"),
    }
}

fn state(state: &str, budget: &mut Budget, place: &str) -> Check {
    string(state, limits::STATE_BYTES_MAX, Raw, budget, &|| place.to_owned())
}

fn request(request: &Request, budget: &mut Budget) -> Check {
    match request {
        Request::ListFiles => Ok(()),
        Request::ReadFile { name } => file_name(name),
        Request::Http { method, url, headers: list, body } => {
            if !["GET", "POST"].contains(&method.as_str()) {
                return Err(Fault::new(
                    "ask.request.method",
                    "应为 GET 或 POST",
                    "want GET or POST",
                ));
            }
            address(url)?;
            headers(list, budget)?;
            if method == "GET" && !body.is_empty() {
                return Err(Fault::new(
                    "ask.request.body",
                    "GET 请求不能带正文",
                    "a GET has no body, want none or POST",
                ));
            }
            count(body.len(), 0, limits::REQUEST_BODY_BYTES_MAX, &|| "ask.request.body".to_owned())
        }
    }
}

/// Checks the shape of a URL. Where it may lead is decided by the grant, not here.
fn address(url: &str) -> Check {
    let fault = |zh: &str, en: &str| Err(Fault::new("ask.request.url", zh, en));
    at_most_chars(url, limits::URL_CHARS_MAX, &|| "ask.request.url".to_owned())?;
    let Some(rest) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        return fault("应以 http:// 或 https:// 开头", "want http:// or https:// at its beginning");
    };
    if !url.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\\"<>^`{|}".contains(&byte)) {
        return fault(
            "含未编码的字符，请做百分号编码",
            "has characters that must be percent-encoded",
        );
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    if authority.is_empty() || authority.contains('@') {
        return fault("主机名缺失或带有用户名", "want a host and no user name");
    }
    Ok(())
}

fn headers(list: &[Header], budget: &mut Budget) -> Check {
    count(list.len(), 0, limits::HEADERS_MAX, &|| "ask.request.headers".to_owned())?;
    for (at, header) in list.iter().enumerate() {
        let place = |part: &str| format!("ask.request.headers[{at}].{part}");
        let is_token = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.!#$%&'*+^`|~".contains(&byte)
        };
        if header.name.is_empty() || header.name.len() > 64 || !header.name.bytes().all(is_token) {
            return Err(Fault::new(
                place("name"),
                "应为小写的 HTTP 标头名，不超过 64 字符",
                "want a lower-case header name of at most 64 characters",
            ));
        }
        if KERNEL_HEADERS.contains(&header.name.as_str()) || header.name.starts_with("proxy-") {
            return Err(Fault::new(
                place("name"),
                format!("标头 {} 由内核填写，插件不能设置", header.name),
                format!("header {} is the kernel's own, leave it out", header.name),
            ));
        }
        string(&header.value, limits::STRING_BYTES_MAX, Line, budget, &|| place("value"))?;
    }
    Ok(())
}

fn file_name(name: &str) -> Check {
    let bad = name.is_empty()
        || name.len() > limits::FILE_NAME_BYTES_MAX
        || name.starts_with('.')
        || name.contains(['/', '\\'])
        || name.chars().any(char::is_control);
    if bad {
        return Err(Fault::new(
            "ask.request.read-file",
            "应为 list-files 给出的文件名，不含路径",
            "want a name that list-files gave, without folders",
        ));
    }
    Ok(())
}

fn page(page: &Page, budget: &mut Budget) -> Check {
    state(&page.state, budget, "page.state")?;
    count(page.records.len(), 0, limits::RECORDS_MAX, &|| "page.records".to_owned())?;
    for (at, it) in page.records.iter().enumerate() {
        record(it, budget, &|part| format!("page.records[{at}].{part}"))?;
    }
    count(page.tombstones.len(), 0, limits::RECORDS_MAX, &|| "page.tombstones".to_owned())?;
    for (at, it) in page.tombstones.iter().enumerate() {
        let place = |part: &str| format!("page.tombstones[{at}].{part}");
        source_id(&it.source_id, budget, &|| place("source-id"))?;
        let datestamp = || place("datestamp");
        string(&it.datestamp, limits::STRING_BYTES_MAX, Line, budget, &datestamp)?;
    }
    warnings(&page.warnings, budget, "page.warnings")
}

fn record(it: &RawRecord, budget: &mut Budget, place: &dyn Fn(&str) -> String) -> Check {
    source_id(&it.source_id, budget, &|| place("source-id"))?;
    let short = [("datestamp", &it.datestamp), ("place", &it.place)];
    for (part, text) in short {
        string(text, limits::STRING_BYTES_MAX, Line, budget, &|| place(part))?;
    }
    string(&it.verbatim, limits::VERBATIM_BYTES_MAX, Raw, budget, &|| place("verbatim"))?;
    count(it.fields.len(), 0, limits::RAW_FIELDS_MAX, &|| place("fields"))?;
    for (at, field) in it.fields.iter().enumerate() {
        let here = |part: &str| format!("{}[{at}].{part}", place("fields"));
        if !RAW_FIELDS.contains(&field.name.as_str()) {
            let shown: String = field.name.chars().take(80).collect();
            return Err(Fault::new(
                here("name"),
                format!("{shown:?} 不是约定的字段名，见 wit/harvesting.wit"),
                format!("{shown:?} is no field that wit/harvesting.wit names"),
            ));
        }
        string(&field.value, limits::STRING_BYTES_MAX, Raw, budget, &|| here("value"))?;
        string(&field.origin, limits::STRING_BYTES_MAX, Raw, budget, &|| here("origin"))?;
    }
    Ok(())
}

fn source_id(id: &str, budget: &mut Budget, place: &dyn Fn() -> String) -> Check {
    string(id, limits::STRING_BYTES_MAX, Line, budget, place)?;
    count(id.chars().count(), 1, limits::SOURCE_ID_CHARS_MAX, &|| {
        format!("characters of {}", place())
    })
}

fn warnings(list: &[Warning], budget: &mut Budget, list_place: &str) -> Check {
    count(list.len(), 0, limits::WARNINGS_MAX, &|| list_place.to_owned())?;
    for (at, warning) in list.iter().enumerate() {
        let place = |part: &str| format!("{list_place}[{at}].{part}");
        string(&warning.place, limits::STRING_BYTES_MAX, Line, budget, &|| place("place"))?;
        people(&warning.text, limits::STRING_BYTES_MAX, budget, &|| place("text"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use taihu_model::contract::RawField;

    #[track_caller]
    fn check_request(request: Request, want: Option<&str>) {
        let found = step(&Step::Ask { request, state: String::new() });
        assert_eq!(found.err().map(|fault| fault.to_string()).as_deref(), want);
    }

    fn get(url: &str) -> Request {
        Request::Http {
            method: "GET".into(),
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    fn with_header(name: &str, value: &str) -> Request {
        Request::Http {
            method: "POST".into(),
            url: "https://a.edu.cn/".into(),
            headers: vec![Header { name: name.into(), value: value.into() }],
            body: vec![1],
        }
    }

    #[test]
    fn requests_have_a_shape() {
        check_request(get("https://repo.example.edu.cn/oai?verb=Identify"), None);
        check_request(Request::ListFiles, None);
        check_request(with_header("accept", "text/xml"), None);
        let url = "ask.request.url: ";
        for (bad, want) in [
            ("file:///etc/passwd", "want http:// or https:// at its beginning"),
            ("https://a b/", "has characters that must be percent-encoded"),
            ("https://湖州/", "has characters that must be percent-encoded"),
            ("https:///x", "want a host and no user name"),
            ("https://user@host/", "want a host and no user name"),
        ] {
            check_request(get(bad), Some(&format!("{url}{want}")));
        }
        check_request(
            with_header("authorization", "x"),
            Some(
                "ask.request.headers[0].name: header authorization is the kernel's own, leave it out",
            ),
        );
        check_request(
            with_header("accept", "x\r\nhost: y"),
            Some("ask.request.headers[0].value: has the control character U+000D, want none"),
        );
        for name in ["", "..", "../x", "a/b", ".hidden", "a\0"] {
            check_request(
                Request::ReadFile { name: name.into() },
                Some("ask.request.read-file: want a name that list-files gave, without folders"),
            );
        }
    }

    #[track_caller]
    fn check_record(change: impl FnOnce(&mut RawRecord), want: Option<&str>) {
        let mut record = RawRecord {
            source_id: "oai:1".into(),
            fields: vec![RawField {
                name: "title".into(),
                value: "一种\t电池\u{1}".into(),
                origin: "dc:title".into(),
            }],
            ..RawRecord::default()
        };
        change(&mut record);
        let found = step(&Step::Page(Page { records: vec![record], ..Page::default() }));
        assert_eq!(found.err().map(|fault| fault.to_string()).as_deref(), want);
    }

    #[test]
    fn records_have_a_shape() {
        check_record(|_| {}, None);
        check_record(
            |it| it.source_id.clear(),
            Some("characters of page.records[0].source-id: 0 of them, want 1 to 256"),
        );
        check_record(
            |it| it.fields[0].name = "salary".into(),
            Some(
                "page.records[0].fields[0].name: \"salary\" is no field that wit/harvesting.wit names",
            ),
        );
        check_record(
            |it| it.verbatim = "x".repeat(65_537),
            Some("page.records[0].verbatim: 65537 bytes long, want at most 65536"),
        );
        check_record(
            |it| {
                let field = RawField { value: "x".repeat(8_192), ..it.fields[0].clone() };
                it.fields = vec![field; 512];
            },
            Some(
                "page.records[0].fields[511].value: the answer's text exceeds 4194304 bytes: quote less or split it",
            ),
        );
    }
}
