//! The board of sources: a row for each, the worst first, in Chinese.

use std::fmt::Write as _;

use taihu_model::{RunStatus, Timestamp};
use taihu_service::SourceHealth;

use super::{escaped, percent};
use crate::words::{ago_zh, local_time};

/// The page of a tenant's sources.
pub(crate) fn page(tenant: &str, health: &[SourceHealth], now: Timestamp) -> String {
    let mut rows: Vec<&SourceHealth> = health.iter().collect();
    rows.sort_by_key(|one| (std::cmp::Reverse(trouble(one)), &one.source.slug));
    let body = if rows.is_empty() {
        "<p class=\"nothing\">还没有来源。用 <code>taihu import 来源.toml</code> 添加第一个。 \
         <span lang=\"en\">There is no source yet.</span></p>\n"
            .to_owned()
    } else {
        let rows: String = rows.into_iter().map(|one| row(one, now)).collect();
        format!(
            "<div class=\"wide\">\n<table>\n<thead><tr><th>来源</th><th>上次导入</th><th>距上次成功</th>\
             <th>失败率</th><th>未收最多的原因</th><th>下次导入</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>\n"
        )
    };
    format!(
        "<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>来源状况 · {tenant} · 太湖 Taihu</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n\
         </head>\n<body class=\"search board\">\n<main>\n\
         <h1><a href=\"/\">太湖</a> 来源状况 · {tenant} <span lang=\"en\">sources</span></h1>\n{body}\
         <p class=\"facts\">失败率按近三个月最多20次已结束的导入计算。时间为北京时间，{now} 生成。</p>\n\
         </main>\n</body>\n</html>\n",
        tenant = escaped(tenant),
        now = local_time(now),
    )
}

/// How much a person is wanted: what waits for one first, then what fails, then what was never read.
fn trouble(health: &SourceHealth) -> u8 {
    let failed = health.last.as_ref().is_some_and(|run| run.status == RunStatus::Failed);
    match () {
        () if health.waiting.is_some() => 3,
        () if failed || health.firing.as_ref().is_some_and(|firing| firing.refused.is_some()) => 2,
        () if health.last.is_none() => 1,
        () => 0,
    }
}

fn row(health: &SourceHealth, now: Timestamp) -> String {
    let source = &health.source;
    format!(
        "<tr class=\"{class}\"><td><b>{name}</b><br><span class=\"facts\">{slug} · {connector}</span></td>\
         <td>{last}</td><td>{lag}</td><td>{rate}</td><td>{reasons}</td><td>{next}</td></tr>\n",
        class = ["good", "new", "bad", "waits"][usize::from(trouble(health))],
        name = escaped(&source.name),
        slug = escaped(source.slug.as_str()),
        connector = escaped(source.connector.as_str()),
        last = last(health),
        lag = health.lag_s.map_or_else(|| "从未成功".to_owned(), ago_zh),
        rate = rate(health),
        reasons = reasons(health),
        next = next(health, now),
    )
}

fn last(health: &SourceHealth) -> String {
    let Some(run) = &health.last else { return "近三个月没有".to_owned() };
    let status = match run.status {
        RunStatus::Running => "进行中",
        RunStatus::Done => "完成",
        RunStatus::Failed => "失败",
    };
    let c = &run.counts;
    let mut out = format!(
        "{} <span class=\"facts\">{}</span><br>读取 {}：新增 {}，更新 {}，合并 {}，未变 {}，未收 {}，撤回 {}<br>\
         <a href=\"/v1/runs/{}/report.csv\">下载报告</a>",
        status,
        local_time(run.started),
        c.records(),
        c.new,
        c.changed,
        c.merged,
        c.unchanged,
        c.rejected,
        c.withdrawn,
        percent(&run.id.to_string()),
    );
    if let Some(error) = &run.error {
        let _ = write!(out, "<br><span class=\"wrong\">{}</span>", escaped(&error.zh));
    }
    let missing = run.vanished.as_ref().map_or(0, |vanished| vanished.missing);
    if health.waiting == Some(run.id) {
        let _ =
            write!(out, "<br><span class=\"wrong\">{missing} 条未再出现，待人工确认撤回</span>");
    } else if let Some(waiting) = health.waiting {
        let _ = write!(out, "<br><span class=\"wrong\">{waiting} 待人工确认撤回</span>");
    }
    out
}

fn rate(health: &SourceHealth) -> String {
    match health.failed_permille() {
        None => "—".to_owned(),
        Some(permille) => {
            format!(
                "{}%<br><span class=\"facts\">{}/{} 次</span>",
                permille / 10,
                health.failed,
                health.runs
            )
        }
    }
}

fn reasons(health: &SourceHealth) -> String {
    if health.reasons.is_empty() {
        return if health.records == 0 { "—".to_owned() } else { "无".to_owned() };
    }
    let mut out =
        format!("<span class=\"facts\">未收 {}/{} 条</span><ul>", health.rejected, health.records);
    for reason in health.reasons.iter().take(3) {
        let _ = write!(
            out,
            "<li>{} <span class=\"number\">×{}</span></li>",
            escaped(&reason.text.zh),
            reason.count
        );
    }
    out.push_str("</ul>");
    out
}

fn next(health: &SourceHealth, now: Timestamp) -> String {
    let Some(firing) = &health.firing else { return "手动".to_owned() };
    let mut parts = Vec::new();
    for (due, what) in [(&firing.changes, "增量"), (&firing.full, "全量")] {
        if let Some(due) = due {
            let late = if due.next <= now { "，已到期" } else { "" };
            parts.push(format!(
                "{what} {}{late}<br><span class=\"facts\"><code>{}</code></span>",
                local_time(due.next),
                escaped(&due.cron)
            ));
        }
    }
    if let Some(refused) = &firing.refused {
        parts.push(format!("<span class=\"wrong\">上次未能开始：{}</span>", escaped(&refused.zh)));
    }
    parts.join("<br>")
}
