//! A connector that asks one URL again and again and hands on all that it sees: for tests of the kernel.

use serde::Deserialize;
use taihu_plugin::*;

struct Steered;

#[derive(Debug, Deserialize)]
struct Config {
    /// What it asks.
    base_url: String,
}

impl Connector for Steered {
    fn label() -> Text {
        text("反复请求一个地址", "Asks one URL again and again")
    }

    /// The server says what is done: `panic`, `the last page`, or with 400 and more that it failed.
    fn next(
        context: &Context,
        run: &Run,
        state: &str,
        reply: Option<Reply>,
    ) -> Result<Step, Failure> {
        let config: Config = context.config()?;
        match reply {
            None if state == "end" => Ok(Step::done(true)),
            None => Ok(Step::get(config.base_url, "asked")),
            Some(Reply::Http(reply)) => {
                let body = shown(&String::from_utf8_lossy(&reply.body));
                let headers: Vec<String> =
                    reply.headers.iter().map(|it| format!("{}: {}", it.name, it.value)).collect();
                let all = shown(&format!("{} {} {body}", reply.url, headers.join(" ")));
                if reply.status >= 400 {
                    return Err(Failure::upstream(&all, &all));
                }
                assert!(!body.contains("panic"), "{all}");
                let id = format!("page-{}", run.pages);
                let mut record = RawRecord::new(&id, &id).with("title", &body, "body");
                record.verbatim = all;
                let state = if body.contains("the last page") { "end" } else { "more" };
                Ok(Step::Page(Page::new(vec![record], state)))
            }
            Some(_) => Err(Failure::upstream("没有答复", "there is no reply")),
        }
    }
}

/// What may stand in an answer of a text that came.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(900).collect()
}

connector!(Steered);
