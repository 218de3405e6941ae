//! The steps of a run: page after page, the end.

use serde_json::value::RawValue;
use taihu_plugin::{Context, Failure, HttpReply, Reply, Run, Step, Summary};

use crate::config::{Config, Paging};
use crate::json::{self, Json};
use crate::page::{self, is_marked, plain};
use crate::state::State;
use crate::{decode, request};

/// Takes one step.
pub(crate) fn next(
    context: &Context,
    run: &Run,
    state: &str,
    reply: Option<Reply>,
) -> Result<Step, Failure> {
    let config = Config::read(context)?;
    let begun = !state.is_empty();
    let mut state = State::read(state)?;
    match reply {
        None if state.ended => Ok(end(state)),
        None if run.pages >= config.pages_max => {
            state.partial = true;
            let max = config.pages_max;
            state.note(
                format!("已到配置的上限 {max} 页，提前结束"),
                format!("the configured maximum of {max} pages is reached; the run ends here"),
            );
            Ok(end(state))
        }
        None => {
            if !begun {
                begin(&config, run, &mut state)?;
            }
            request::ask(&config, &state)
        }
        Some(Reply::Http(reply)) => listed(&config, state, &reply),
        Some(Reply::Failed(why)) => Err(Failure::upstream(
            format!("无法取得答复：{why}"),
            format!("there was no reply: {why}"),
        )),
        Some(Reply::Files(_) | Reply::File(_)) => Err(Failure::internal(
            "得到了文件，而所求是网页",
            "a file came in answer to an HTTP request",
        )),
    }
}

fn begin(config: &Config, run: &Run, state: &mut State) -> Result<(), Failure> {
    if !run.since.is_empty() && !config.mentions("${since}") {
        state.note(
            "接口配置中没有 ${since}，增量更新也读取全部记录",
            "the configuration has no ${since}: everything is read although only changes are wanted",
        );
        return Ok(());
    }
    state.since = config.since_format.write(&run.since)?;
    Ok(())
}

fn end(mut state: State) -> Step {
    if let Some(total) = state.total.filter(|total| *total > state.received) {
        state.partial = true;
        let received = state.received;
        state.note(
            format!("服务器称共 {total} 条，只收到 {received} 条"),
            format!("the server speaks of {total} records, but {received} came"),
        );
    }
    let warnings = state.take_notes("");
    Step::Done(Summary { complete: !state.partial, warnings })
}

/// Reads a reply, and stores what it brought.
fn listed(config: &Config, mut state: State, reply: &HttpReply) -> Result<Step, Failure> {
    let is_first = state.page.is_none() && state.cursor.is_empty() && state.offset == 0;
    // Some servers answer 404 behind the last page.
    let is_behind = reply.status == 404 && !is_first && state.total.is_none();
    if reply.status == 204 || is_behind {
        return Ok(end(state));
    }
    check_status(reply)?;
    let decoded = decode::decode(reply);
    if let Some((zh, en)) = decoded.odd {
        state.note(zh, en);
    }
    let raw = decode::parse(&decoded.text, reply)?;
    let envelope = Envelope::read(config, raw);
    check_ok(config, &envelope.0)?;
    let items = items(config, raw)?;
    watch_total(config, &mut state, &envelope.0);
    let filled = page::fill(config, &mut state, &items);
    let mut page = filled.page;
    page.total = state.total;
    if filled.taken < items.len() {
        // The rest comes in another step, from the same request.
        state.skip = filled.taken;
        state.skip_new = filled.new;
    } else {
        state.skip = 0;
        state.skip_new = 0;
        advance(config, &mut state, &envelope.0, reply, items.len() as u64, filled.new);
    }
    page.warnings.extend(state.take_notes(&reply.url));
    page.state = state.write()?;
    Ok(Step::Page(page))
}

/// What stands around the records: read only where the configuration looks at it.
struct Envelope(Json);

impl Envelope {
    fn read(config: &Config, raw: &RawValue) -> Self {
        let paths = [&config.next, &config.more, &config.total, &config.message];
        let wanted = config.ok.is_some() || paths.iter().any(|path| !path.is_empty());
        Self(if wanted { Json::read(raw) } else { Json::Null })
    }
}

fn check_status(reply: &HttpReply) -> Result<(), Failure> {
    let (status, url) = (reply.status, &reply.url);
    let (zh, en) = match status {
        200..=299 => return Ok(()),
        401 | 403 => (
            "未获授权：请由市级管理员为该地址配置密钥",
            "not authorised: have the operator give the kernel a secret for this host",
        ),
        404 => ("没有这个接口：请检查 base_url", "there is no such interface: check base_url"),
        405 => (
            "方法不对：GET 与 POST 由 body 是否为空决定",
            "wrong method: `body` decides GET or POST",
        ),
        429 => ("请求过于频繁", "too many requests"),
        500..=599 => ("服务器出错，请稍后再试", "the server failed; try again later"),
        _ => ("应为 200", "want 200"),
    };
    Err(Failure::upstream(
        format!("服务器答复状态 {status}：{zh}（{url}）"),
        format!("the server answered with status {status}: {en} ({url})"),
    ))
}

/// Many servers answer 200 and say in the body that it went wrong.
fn check_ok(config: &Config, envelope: &Json) -> Result<(), Failure> {
    let Some(mark) = &config.ok else { return Ok(()) };
    if is_marked(mark, envelope) {
        return Ok(());
    }
    let said = mark.path.first(envelope).and_then(plain).unwrap_or_else(|| "—".to_owned());
    let message = if config.message.is_empty() { None } else { config.message.first(envelope) };
    let message: String = message.and_then(plain).unwrap_or_default().chars().take(300).collect();
    let (path, want) = (mark.path.as_str(), mark.values.join(","));
    Err(Failure::upstream(
        format!("接口报错：{path} 为 {said}，应为 {want}；{message}"),
        format!("the interface failed: {path} is {said}, want {want}; {message}"),
    ))
}

/// The list of records; `null` is an empty one.
fn items<'a>(config: &Config, raw: &'a RawValue) -> Result<Vec<&'a RawValue>, Failure> {
    let mut found = raw;
    for name in config.items.names().unwrap_or_default() {
        let Some(inside) = json::object(found) else { return Err(no_list(config, found, raw)) };
        found = inside.get(name).copied().ok_or_else(|| no_list(config, found, raw))?;
    }
    match json::list(found) {
        Some(items) => Ok(items),
        None if found.get() == "null" => Ok(Vec::new()),
        None => Err(no_list(config, found, raw)),
    }
}

fn no_list(config: &Config, found: &RawValue, raw: &RawValue) -> Failure {
    let (zh, en) = Json::read(found).kind();
    let names = json::object(raw).unwrap_or_default();
    let names: Vec<String> =
        names.into_keys().take(20).map(|n| n.chars().take(40).collect()).collect();
    let (path, names) = (config.items.as_str(), names.join("、"));
    Failure::upstream(
        format!("答复中 items（“{path}”）处应为列表，而是{zh}；最外层有：{names}"),
        format!("want a list at items ({path:?}), not {en}; the outermost names are: {names}"),
    )
}

/// A total that changes on the way means that the list changed.
fn watch_total(config: &Config, state: &mut State, envelope: &Json) {
    if config.total.is_empty() {
        return;
    }
    let said = config.total.first(envelope).and_then(plain);
    let Some(now) = said.as_deref().and_then(|text| text.parse::<u64>().ok()) else {
        let path = config.total.as_str();
        state.note(
            format!("没有总条数：“{path}”处不是数字"),
            format!("there is no number of all records at {path}"),
        );
        return;
    };
    match state.total {
        Some(before) if before != now => {
            state.partial = true;
            state.note(
                format!("读取途中总条数由 {before} 变为 {now}，列表已变化"),
                format!("the number of all records changed from {before} to {now} on the way"),
            );
            state.total = Some(now);
        }
        Some(_) => {}
        None => state.total = Some(now),
    }
}

/// Moves on to the next page, or to the end.
fn advance(
    config: &Config,
    state: &mut State,
    envelope: &Json,
    reply: &HttpReply,
    count: u64,
    new: usize,
) {
    let more = if config.more.is_empty() { None } else { config.more.first(envelope) };
    let no_more =
        more.and_then(plain).is_some_and(|more| ["false", "0", ""].contains(&more.as_str()));
    match config.paging {
        Paging::None => state.ended = true,
        Paging::Cursor | Paging::Link => {
            let next = match config.paging {
                Paging::Link if config.next.is_empty() => request::next_link(&reply.headers),
                _ => config.next.first(envelope).and_then(plain),
            };
            let next = next.filter(|next| !next.is_empty() && next != "false" && !no_more);
            follow(config, state, reply, next);
        }
        Paging::Page | Paging::Offset => {
            let was_short = std::mem::replace(&mut state.short, count < config.page_size);
            let has_all = state.total.is_some_and(|total| state.received >= total);
            state.ended = count == 0 || no_more || has_all;
            if !state.ended && new == 0 {
                state.ended = true;
                // Beyond a last page that was short, servers repeat it; before, they do not count.
                if !was_short {
                    state.partial = true;
                    let url = &reply.url;
                    state.note(
                        format!("服务器重复给出同一页，提前结束（{url}）"),
                        format!("the server gave the same page again; the run ends here ({url})"),
                    );
                }
            }
            state.page = Some(state.page.unwrap_or(config.first_page) + 1);
            state.offset += count;
        }
    }
}

fn follow(config: &Config, state: &mut State, reply: &HttpReply, next: Option<String>) {
    let Some(mut next) = next else {
        state.ended = true;
        return;
    };
    if config.paging == Paging::Link {
        match request::resolve(&config.base_url, &reply.url, &next) {
            Ok(url) => next = url,
            Err(host) => {
                state.ended = true;
                state.partial = true;
                state.note(
                    format!("下一页的链接指向另一主机“{host}”，提前结束"),
                    format!(
                        "the link to the next page leads to another host, {host}; the run ends here"
                    ),
                );
                return;
            }
        }
    }
    if next == state.cursor || !state.remember_cursor(&next) {
        state.ended = true;
        state.partial = true;
        let shown: String = next.chars().take(60).collect();
        state.note(
            format!("服务器重复给出同一个游标“{shown}”，提前结束"),
            format!("the server gave the cursor {shown:?} again; the run ends here"),
        );
        return;
    }
    state.cursor = next;
}
