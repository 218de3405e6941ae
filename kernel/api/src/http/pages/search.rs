//! The search page: a box, results with what was found marked, and links that narrow or sort. Every
//! choice is a link, so it works without a script, can be kept and sent.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use taihu_model::Achievement;
use taihu_service::{Facet, Filter, FoundAchievement, Kind, Order, SearchPage, Searched};

use super::{escaped, marked, percent};
use crate::http::body::search::{label, name};
use crate::http::cursor;
use crate::http::limits::{FACET_SHOWN_MAX, PAGE_SUMMARY_CHARS_MAX};

/// What facets are called, and in which order they stand.
const FACETS: [(Kind, &str, &str); 7] = [
    (Kind::Field, "领域", "field"),
    (Kind::Stage, "所处阶段", "stage"),
    (Kind::Mode, "转化方式", "transfer mode"),
    (Kind::Chain, "产业链", "industry chain"),
    (Kind::Tenant, "来源主体", "tenant"),
    (Kind::Pool, "细分领域成果池", "niche pool"),
    (Kind::State, "状态", "state"),
];

/// What slugs are called.
pub(crate) struct Names {
    pub(crate) tenants: BTreeMap<String, String>,
    pub(crate) pools: BTreeMap<String, String>,
}

impl Names {
    fn of(&self, kind: Kind, value: &str) -> String {
        let named = match kind {
            Kind::Tenant => self.tenants.get(value).cloned(),
            Kind::Pool => self.pools.get(value).cloned(),
            other => label(other, value),
        };
        named.unwrap_or_else(|| value.to_owned())
    }
}

/// The page of an answer.
pub(crate) fn page(asked: &Searched, found: &SearchPage, names: &Names) -> String {
    let text = asked.text.trim();
    let title =
        if text.is_empty() { "成果检索".to_owned() } else { format!("{text} · 成果检索") };
    format!(
        "<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} · 太湖 Taihu</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n\
         <script src=\"/search.js\" defer></script>\n\
         <link rel=\"alternate\" type=\"application/atom+xml\" href=\"/feed.atom\" title=\"新发布成果\">\n</head>\n<body class=\"search\">\n<main>\n\
         <h1><a href=\"/\">太湖</a> 成果检索 <span lang=\"en\">achievement search</span></h1>\n\
         {form}<p class=\"to-facets\"><a href=\"#facets\">筛选</a> <span lang=\"en\">narrow</span></p>\n\
         {chosen}<div class=\"columns\">\n<section class=\"results\">\n{head}{results}{next}</section>\n\
         <aside id=\"facets\">\n{facets}</aside>\n</div>\n</main>\n</body>\n</html>\n",
        title = escaped(&title),
        form = form(asked),
        chosen = chosen(asked, names),
        head = head(asked, found),
        results = results(found),
        next = next(asked, found),
        facets = facets(asked, &found.facets, names),
    )
}

/// The address of a search.
fn address(text: &str, filter: &Filter, order: Order, cursor: Option<&str>) -> String {
    let mut parts = Vec::new();
    if !text.is_empty() {
        parts.push(format!("q={}", percent(text)));
    }
    for kind in Kind::ALL {
        let values = filter.of(kind);
        if !values.is_empty() {
            parts.push(format!("{}={}", name(kind), percent(&values.join(","))));
        }
    }
    if order == Order::Date {
        parts.push("sort=date".to_owned());
    }
    if let Some(cursor) = cursor {
        parts.push(format!("cursor={}", percent(cursor)));
    }
    match parts.is_empty() {
        true => "/search".to_owned(),
        false => format!("/search?{}", escaped(&parts.join("&"))),
    }
}

fn form(asked: &Searched) -> String {
    let mut hidden = String::new();
    let mut keep = |name: &str, value: &str| {
        let value = escaped(value);
        let _ = write!(hidden, "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
    };
    for kind in Kind::ALL {
        let values = asked.filter.of(kind);
        if !values.is_empty() {
            keep(name(kind), &values.join(","));
        }
    }
    if asked.order == Order::Date {
        keep("sort", "date");
    }
    format!(
        "<form action=\"/search\" method=\"get\" role=\"search\">\n\
         <input type=\"search\" name=\"q\" value=\"{}\" list=\"suggestions\" autocomplete=\"off\" \
         aria-label=\"检索内容 search\" placeholder=\"技术、问题、单位，或一段需求描述\">\n\
         <datalist id=\"suggestions\"></datalist>\n{hidden}\
         <button type=\"submit\">检索</button>\n</form>\n",
        escaped(&asked.text)
    )
}

/// Each chosen value, as a link that takes it back.
fn chosen(asked: &Searched, names: &Names) -> String {
    let mut links = String::new();
    for (kind, zh, _) in FACETS {
        for value in asked.filter.of(kind) {
            let to = address(&asked.text, &toggled(&asked.filter, kind, value), asked.order, None);
            let named = escaped(&names.of(kind, value));
            let _ = write!(
                links,
                "<a href=\"{to}\" title=\"取消 remove\">{zh}：{named} <span aria-hidden=\"true\">✕</span></a> "
            );
        }
    }
    if links.is_empty() { links } else { format!("<p class=\"chosen\">{links}</p>\n") }
}

/// The filter with a value more, or without it.
fn toggled(filter: &Filter, kind: Kind, value: &str) -> Filter {
    let mut filter = filter.clone();
    let values = match kind {
        Kind::State => &mut filter.states,
        Kind::Tenant => &mut filter.tenants,
        Kind::Pool => &mut filter.pools,
        Kind::Field => &mut filter.fields,
        Kind::Stage => &mut filter.stages,
        Kind::Mode => &mut filter.modes,
        Kind::Chain => &mut filter.chains,
    };
    match values.iter().position(|known| known == value) {
        Some(at) => drop(values.remove(at)),
        None => values.push(value.to_owned()),
    }
    filter
}

fn head(asked: &Searched, found: &SearchPage) -> String {
    let total = found.total;
    let count =
        format!("<p class=\"count\">共 <b>{total}</b> 项成果 <span lang=\"en\">in all</span>");
    if asked.text.trim().is_empty() {
        let export = export(asked);
        return format!("{count} · 最新在前 <span lang=\"en\">newest first</span>{export}</p>\n");
    }
    let sort = |order: Order, words: &str| match asked.order == order {
        true => format!("<b aria-current=\"true\">{words}</b>"),
        false => {
            let to = address(&asked.text, &asked.filter, order, None);
            format!("<a href=\"{to}\">{words}</a>")
        }
    };
    format!(
        "{count} · 排序 <span lang=\"en\">sort</span> {} | {}{}</p>\n",
        sort(Order::Relevance, "相关度"),
        sort(Order::Date, "最新"),
        export(asked)
    )
}

/// The same list as a table.
fn export(asked: &Searched) -> String {
    let search = address(&asked.text, &asked.filter, asked.order, None);
    let query =
        search.split_once('?').map(|(_, query)| format!("&amp;{query}")).unwrap_or_default();
    let to = |format: &str| format!("/v1/achievements/export?format={format}{query}");
    format!(
        " · 导出 <span lang=\"en\">export</span> <a href=\"{}\">XLSX</a> | <a href=\"{}\">CSV</a>",
        to("xlsx"),
        to("csv")
    )
}

fn results(found: &SearchPage) -> String {
    if found.found.is_empty() {
        return "<p class=\"nothing\">没有找到成果。可以换一种说法，或取消部分筛选。 \
                <span lang=\"en\">Nothing was found.</span></p>\n"
            .to_owned();
    }
    found.found.iter().map(result).collect()
}

fn result(found: &FoundAchievement) -> String {
    let record = &found.achievement;
    let of = |field: &str| found.snippets.iter().find(|snippet| snippet.field == field);
    let whole = |field: &str, text: &str| {
        of(field).map_or_else(|| escaped(text), |snippet| marked(&snippet.text, &snippet.marks))
    };
    let body = ["summary", "problem", "advantage", "indicators"].into_iter().find_map(of);
    let body = body.map_or_else(
        || beginning(&record.facts.summary),
        |snippet| {
            let dots = |there: bool| if there { "…" } else { "" };
            format!(
                "{}{}{}",
                dots(snippet.begins_before),
                marked(&snippet.text, &snippet.marks),
                dots(snippet.goes_on)
            )
        },
    );
    let keywords = &record.facts.keywords;
    let keywords = match keywords.is_empty() {
        true => String::new(),
        false => format!("<p class=\"keywords\">{}</p>\n", whole("keywords", &keywords.join("、"))),
    };
    format!(
        "<article>\n<h2><a href=\"/achievements/{id}\">{title}</a></h2>\n<p>{body}</p>\n\
         {keywords}<p class=\"facts\">{owners}{facts}</p>\n</article>\n",
        id = record.id,
        title = whole("title", &record.facts.title),
        owners = whole("owners", &record.facts.owners.join("、")),
        facts = facts(record),
    )
}

/// Field, stage and day, each behind a dot.
fn facts(record: &Achievement) -> String {
    let facts = &record.facts;
    let field = facts.field.as_ref().map(|field| field.zh().to_owned());
    let stage = facts.stage.as_ref().map(|stage| stage.zh().to_owned());
    let day = record.created.to_string().chars().take(10).collect();
    let parts = field.into_iter().chain(stage).chain([day]);
    parts.map(|part: String| format!(" · {}", escaped(&part))).collect()
}

fn beginning(text: &str) -> String {
    match text.char_indices().nth(PAGE_SUMMARY_CHARS_MAX) {
        None => escaped(text),
        Some((end, _)) => format!("{}…", escaped(&text[..end])),
    }
}

fn next(asked: &Searched, found: &SearchPage) -> String {
    let Some(position) = &found.next else { return String::new() };
    let cursor = cursor::write("achievements", position);
    let to = address(&asked.text, &asked.filter, asked.order, Some(&cursor));
    format!(
        "<p class=\"next\"><a href=\"{to}\">下一页</a> <span lang=\"en\">next page</span></p>\n"
    )
}

fn facets(asked: &Searched, facets: &[Facet], names: &Names) -> String {
    let mut out = String::new();
    for (kind, zh, en) in FACETS {
        let facet = facets.iter().find(|facet| facet.kind == kind);
        let wanted = asked.filter.of(kind);
        let Some(facet) = facet.filter(|facet| !facet.values.is_empty()) else { continue };
        let _ = write!(
            out,
            "<details open>\n<summary>{zh} <span lang=\"en\">{en}</span></summary>\n<ul>\n"
        );
        for (value, count) in facet.values.iter().take(FACET_SHOWN_MAX) {
            let to = address(&asked.text, &toggled(&asked.filter, kind, value), asked.order, None);
            let named = escaped(&names.of(kind, value));
            let current = if wanted.contains(value) { " aria-current=\"true\"" } else { "" };
            let number = format!("<span class=\"number\">{count}</span>");
            let _ = writeln!(out, "<li><a href=\"{to}\"{current}>{named}</a> {number}</li>");
        }
        out.push_str("</ul>\n</details>\n");
    }
    out
}
