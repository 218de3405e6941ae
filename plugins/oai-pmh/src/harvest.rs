//! The steps of a run: Identify, ListRecords, token after token, the end.

use taihu_plugin::{Context, Failure, HttpReply, Page, Reply, Run, Step, Summary};

use crate::config::Config;
use crate::day;
use crate::reply::OaiReply;
use crate::state::{Phase, State};
use crate::{decode, page, reply, url};

/// Characters of `2026-03-01`.
const DAY_CHARS: usize = 10;

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
    let Some(reply) = reply else {
        return match state.phase {
            _ if !begun => ask(&url::verb(&config, "Identify")?, &state),
            Phase::End => Ok(end(state)),
            _ => ask_list(&config, run, state),
        };
    };
    let reply = http(reply)?;
    let (oai, text) = read(&reply, &mut state)?;
    match state.phase {
        Phase::Identify => {
            identified(&oai, run, &mut state)?;
            let mut wanted = config.prefixes();
            match (wanted.next(), wanted.next()) {
                (Some(only), None) => only.clone_into(&mut state.prefix),
                _ => return ask_formats(&config, state),
            }
            ask_list(&config, run, state)
        }
        Phase::Formats if state.prefix.is_empty() => {
            let offered = |prefix: &&str| oai.formats.iter().any(|known| known == prefix);
            let Some(best) = config.prefixes().find(offered) else {
                return Err(wrong_format(&config, &oai));
            };
            best.clone_into(&mut state.prefix);
            ask_list(&config, run, state)
        }
        Phase::Formats => Err(wrong_format(&config, &oai)),
        Phase::List | Phase::End => listed(&config, state, &oai, &text),
    }
}

fn ask(url: &str, state: &State) -> Result<Step, Failure> {
    Ok(Step::get(url, state.write()?))
}

fn ask_list(config: &Config, run: &Run, mut state: State) -> Result<Step, Failure> {
    if run.pages >= config.pages_max {
        state.partial = true;
        let max = config.pages_max;
        state.note(
            format!("已到配置的上限 {max} 页，提前结束"),
            format!("the configured maximum of {max} pages is reached; the run ends here"),
        );
        return Ok(end(state));
    }
    state.phase = Phase::List;
    ask(&url::list_records(config, &state)?, &state)
}

fn ask_formats(config: &Config, mut state: State) -> Result<Step, Failure> {
    state.phase = Phase::Formats;
    ask(&url::verb(config, "ListMetadataFormats")?, &state)
}

fn end(mut state: State) -> Step {
    if let Some(size) = state.size.filter(|size| *size > state.received) {
        state.partial = true;
        let received = state.received;
        state.note(
            format!("服务器称共 {size} 条，只收到 {received} 条"),
            format!("the server speaks of {size} records, but {received} came"),
        );
    }
    let warnings = state.take_notes("ListRecords");
    Step::Done(Summary { complete: !state.partial, warnings })
}

/// The HTTP part of a reply: status 200, or nothing.
fn http(reply: Reply) -> Result<HttpReply, Failure> {
    match reply {
        Reply::Http(reply) if reply.status == 200 => Ok(reply),
        Reply::Http(reply) => Err(Failure::upstream(
            format!("服务器答复状态 {}，应为 200（{}）", reply.status, reply.url),
            format!("the server answered with status {}, want 200 ({})", reply.status, reply.url),
        )),
        Reply::Failed(why) => Err(Failure::upstream(
            format!("无法取得答复：{why}"),
            format!("there was no reply: {why}"),
        )),
        Reply::Files(_) | Reply::File(_) => Err(Failure::internal(
            "得到了文件，而所求是网页",
            "a file came in answer to an HTTP request",
        )),
    }
}

fn read(http: &HttpReply, state: &mut State) -> Result<(OaiReply, String), Failure> {
    let decoded = decode::decode(http);
    if let Some((zh, en)) = decoded.odd {
        state.note(zh, en);
    }
    let oai = reply::read(&decoded.text).map_err(|broken| {
        Failure::upstream(
            format!("答复不是合格的 XML：{}", broken.zh),
            format!("the reply is broken: {}", broken.en),
        )
    })?;
    if oai.unknown_references > 0 {
        let count = oai.unknown_references;
        state.note(
            format!("有 {count} 处 XML 不认识的实体引用（如 &nbsp;），按原样保留"),
            format!(
                "{count} references that XML does not know (such as &nbsp;) were kept as they are"
            ),
        );
    }
    Ok((oai, decoded.text))
}

/// Takes the granularity, and goes one granule behind `since` in it: what was written while the last
/// run began must not fall between the two.
fn identified(oai: &OaiReply, run: &Run, state: &mut State) -> Result<(), Failure> {
    let granularity = oai.granularity.to_ascii_lowercase();
    let seconds = granularity.contains("hh:mm:ss");
    if granularity.is_empty() && !run.since.is_empty() {
        state.note(
            "服务器没有说明时间粒度，增量更新按天计算",
            "the server does not state its granularity; days are used",
        );
    }
    if oai.deleted_record == "no" && !run.since.is_empty() {
        state.note(
            "服务器不保留删除记录：撤下的成果只有在全量收割后才能发现",
            "the server keeps no deleted records: what is gone shows only in a full harvest",
        );
    }
    let since = run.since.as_str();
    if since.is_empty() {
        return Ok(());
    }
    let Some(from) = day::granule_before(since, seconds) else {
        return Err(Failure::bad_input(
            format!("增量起点“{since}”不是 2026-03-01T00:00:00Z 这样的时刻"),
            format!("{since:?} is no instant such as 2026-03-01T00:00:00Z"),
        ));
    };
    state.from = from;
    Ok(())
}

fn listed(config: &Config, mut state: State, oai: &OaiReply, text: &str) -> Result<Step, Failure> {
    if let Some((code, message)) = oai.errors.first() {
        return error(config, state, code, message);
    }
    if !oai.has_list {
        return Err(Failure::upstream(
            "答复中既没有 ListRecords 也没有 error",
            "the reply has neither ListRecords nor error",
        ));
    }
    watch_size(&mut state, oai);
    let filled = page::fill(config, &mut state, oai, text);
    let mut page: Page = filled.page;
    page.warnings.extend(state.take_notes("ListRecords"));
    page.total = state.size;
    if filled.taken < oai.records.len() {
        // The rest comes in another step, from the same request.
        state.skip = filled.taken;
        state.phase = Phase::List;
        page.state = state.write()?;
        return Ok(Step::Page(page));
    }
    state.skip = 0;
    let previous = std::mem::replace(&mut state.token, oai.token.clone());
    state.phase = if oai.token.is_empty() { Phase::End } else { Phase::List };
    let repeated =
        !oai.token.is_empty() && (oai.token == previous || !state.remember_token(&oai.token));
    if repeated {
        state.phase = Phase::End;
        state.partial = true;
        let token: String = oai.token.chars().take(60).collect();
        state.note(
            format!("服务器重复给出同一个令牌“{token}”，提前结束"),
            format!("the server gave the token {token:?} again; the run ends here"),
        );
    }
    page.state = state.write()?;
    Ok(Step::Page(page))
}

/// A `completeListSize` that changes on the way means that the list changed.
fn watch_size(state: &mut State, oai: &OaiReply) {
    let Some(now) = oai.size else { return };
    match state.size {
        None => state.size = Some(now),
        Some(before) if before != now => {
            state.partial = true;
            state.note(
                format!("收割途中 completeListSize 由 {before} 变为 {now}，列表已变化"),
                format!(
                    "completeListSize changed from {before} to {now}: the list changed on the way"
                ),
            );
            state.size = Some(now);
        }
        Some(_) => {}
    }
}

/// Errors of the protocol come with status 200.
fn error(config: &Config, mut state: State, code: &str, message: &str) -> Result<Step, Failure> {
    let message: String = message.chars().take(300).collect();
    match code {
        "noRecordsMatch" => Ok(end(state)),
        "badResumptionToken" if !state.restarted && !state.token.is_empty() => {
            state.restart();
            state.note(
                "令牌已失效，从头再收割一遍",
                "the token had expired; the list was begun again",
            );
            ask(&url::list_records(config, &state)?, &state)
        }
        "cannotDisseminateFormat" => ask_formats(config, state),
        "badArgument" if state.from.len() > DAY_CHARS && state.token.is_empty() => {
            state.from.truncate(DAY_CHARS);
            state.note(
                "服务器声称支持到秒却不接受，增量更新改按天计算",
                "the server states seconds but does not take them; days are used",
            );
            ask(&url::list_records(config, &state)?, &state)
        }
        "noSetHierarchy" => Err(Failure::bad_config(
            format!("服务器没有集合，请清空 set（现为“{}”）", config.set),
            format!("the server has no sets; clear `set`, which is {:?}", config.set),
        )),
        _ => Err(Failure::upstream(
            format!("服务器答复错误 {code}：{message}"),
            format!("the server answered with the error {code}: {message}"),
        )),
    }
}

fn wrong_format(config: &Config, oai: &OaiReply) -> Failure {
    let prefix = &config.metadata_prefix;
    let known = oai.formats.iter().take(30).cloned().collect::<Vec<_>>().join(", ");
    Failure::bad_config(
        format!("服务器不提供元数据格式 {prefix}；可用：{known}"),
        format!("the server has no metadata format {prefix}; it has: {known}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One reply with more records than a page may have: it is asked for again, and every record
    /// comes once.
    #[test]
    fn a_reply_that_is_too_large_comes_in_several_pages() {
        let context = Context {
            config: r#"{"base_url":"https://x.cn/oai"}"#.into(),
            today: "2026-05-20".into(),
            ..Context::default()
        };
        let record = |number: usize| {
            format!(
                "<record><header><identifier>oai:x:{number}</identifier></header>\
                 <metadata><dc><title>成果{number}</title></dc></metadata></record>"
            )
        };
        let records: String = (0..2_500).map(record).collect();
        let body = format!("<OAI-PMH><ListRecords>{records}</ListRecords></OAI-PMH>");
        let reply = |text: &str| {
            let body = text.as_bytes().to_vec();
            Some(Reply::Http(HttpReply { status: 200, url: String::new(), headers: vec![], body }))
        };
        let (mut state, mut answer, mut sizes, mut ids) = (String::new(), None, vec![], vec![]);
        loop {
            let run = Run { since: String::new(), pages: 0 };
            match next(&context, &run, &state, answer.take()).unwrap() {
                Step::Ask(ask) => {
                    let is_identify = state.is_empty();
                    state = ask.state;
                    answer = reply(if is_identify { "<OAI-PMH/>" } else { &body });
                }
                Step::Page(page) => {
                    state = page.state;
                    sizes.push(page.records.len());
                    ids.extend(page.records.into_iter().map(|record| record.source_id));
                }
                Step::Done(summary) => {
                    assert!(summary.complete);
                    break;
                }
            }
        }
        assert_eq!(sizes, [1_000, 1_000, 500]);
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 2_500);
    }
}
