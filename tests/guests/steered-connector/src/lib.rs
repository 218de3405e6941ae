//! A connector of one title a line that does what its configuration says. For tests of the kernel.

use serde::Deserialize;
use taihu_plugin::*;

struct Steered;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Config {
    /// What stands before every title.
    prefix: String,
    /// Lines with this word are left out.
    leave_out: String,
    /// A file with this word makes it panic.
    panic_on: String,
}

impl Connector for Steered {
    fn label() -> Text {
        text("一行一条成果", "One title a line")
    }

    fn next(
        context: &Context,
        _: &Run,
        state: &str,
        reply: Option<Reply>,
    ) -> Result<Step, Failure> {
        let config: Config = context.config()?;
        let has = |text: &str, word: &str| !word.is_empty() && text.contains(word);
        match reply {
            None if state.is_empty() => Ok(Step::read_file("titles.txt", "reading")),
            None => Ok(Step::done(true)),
            Some(Reply::File(content)) => {
                let Ok(lines) = std::str::from_utf8(&content) else {
                    return Err(Failure::upstream("不是 UTF-8 文本", "it is no text in UTF-8"));
                };
                assert!(!has(lines, &config.panic_on), "it was told to");
                let wanted = |line: &&str| !line.is_empty() && !has(line, &config.leave_out);
                let record = |line: &str| {
                    let title = format!("{}{line}", config.prefix);
                    RawRecord::new(line, line).with("title", &title, "titles.txt")
                };
                let records = lines.lines().filter(wanted).map(record).collect();
                Ok(Step::Page(Page::new(records, "read")))
            }
            Some(_) => Err(Failure::upstream("没有 titles.txt", "there is no titles.txt")),
        }
    }
}

connector!(Steered);
