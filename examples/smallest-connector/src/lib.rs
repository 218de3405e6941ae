//! The smallest connector: a dropped text file with one title a line.

use taihu_plugin::*;

struct Titles;

impl Connector for Titles {
    fn label() -> Text {
        text("一行一条成果", "One title a line")
    }

    fn next(_: &Context, _: &Run, state: &str, reply: Option<Reply>) -> Result<Step, Failure> {
        match reply {
            None if state.is_empty() => Ok(Step::read_file("titles.txt", "reading")),
            None => Ok(Step::done(true)),
            Some(Reply::File(content)) => {
                let Ok(lines) = std::str::from_utf8(&content) else {
                    return Err(Failure::upstream(
                        "titles.txt 不是 UTF-8 文本",
                        "titles.txt is no text in UTF-8",
                    ));
                };
                let record = |(number, line): (usize, &str)| {
                    RawRecord::new(line, format!("第 {} 行", number + 1)).with(
                        "title",
                        line,
                        "titles.txt",
                    )
                };
                let records = lines.lines().enumerate().filter(|(_, line)| !line.is_empty());
                Ok(Step::Page(Page::new(records.map(record).collect(), "read")))
            }
            Some(_) => Err(Failure::upstream("没有 titles.txt", "there is no titles.txt")),
        }
    }
}

connector!(Titles);

#[test]
fn cases() -> Result<(), testing::Differences> {
    testing::connector::<Titles>(env!("CARGO_MANIFEST_DIR"))
}
