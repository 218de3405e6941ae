//! A run's report as a table that a spreadsheet opens: UTF-8 with a byte order mark, Chinese headers,
//! and no cell that a spreadsheet would take for a formula.

use taihu_model::{RunId, mask_contacts};
use taihu_service::{Caller, Error, Kernel, LineOutcome, Rejection, ReportLine};

/// Headers of the columns. New ones go to the end.
const COLUMNS: [&str; 8] =
    ["处理结果", "来源记录号", "位置", "成果编号", "说明", "字段", "原因代码", "原值"];

/// A part of a report.
pub(crate) struct Table {
    /// The file; with the byte order mark and the headers if it is the first part.
    pub(crate) csv: Vec<u8>,
    /// What to ask for the next part with.
    pub(crate) next: Option<String>,
}

/// Composes a part of a run's report of at least `rows` rows, if there are as many.
///
/// # Errors
/// As [`Kernel::report`].
pub(crate) fn table(
    kernel: &Kernel,
    caller: &Caller,
    run: RunId,
    after: Option<String>,
    rows: usize,
) -> Result<Table, Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut written = 0;
    if after.is_none() {
        write(&mut writer, COLUMNS.map(ToOwned::to_owned))?;
    }
    let mut next = after.clone();
    loop {
        let page = kernel.report(caller, run, next.as_deref())?;
        for line in page.lines {
            write(&mut writer, row(line))?;
            written += 1;
        }
        for rejection in page.rejected {
            written += rejection.reasons.len();
            rejected(&mut writer, &rejection)?;
        }
        next = page.next;
        if next.is_none() || written >= rows {
            break;
        }
    }
    let mut csv = writer.into_inner().map_err(|error| broken(&error))?;
    if after.is_none() {
        csv.splice(0..0, "\u{feff}".bytes());
    }
    Ok(Table { csv, next })
}

fn broken(error: &dyn std::fmt::Display) -> Error {
    Error::Damaged(format!("the table cannot be written: {error}"))
}

fn write(writer: &mut csv::Writer<Vec<u8>>, cells: [String; 8]) -> Result<(), Error> {
    writer.write_record(cells.map(|cell| harmless(&cell))).map_err(|error| broken(&error))
}

fn row(line: ReportLine) -> [String; 8] {
    let achievement = line.achievement.map(|id| id.to_string()).unwrap_or_default();
    let why = match (line.outcome, line.why.as_str()) {
        (LineOutcome::Withdrawn, "source") => "来源声明已删除".to_owned(),
        (LineOutcome::Withdrawn, "rule") => "全量导入未再出现，按上限自动撤回".to_owned(),
        (LineOutcome::Withdrawn, _) => "全量导入未再出现，经人工确认撤回".to_owned(),
        (LineOutcome::Merged, key) => merge_zh(key),
        (_, why) => why.to_owned(),
    };
    let empty = String::new;
    let outcome = line.outcome.zh().to_owned();
    [outcome, line.source_id, line.place, achievement, why, empty(), empty(), empty()]
}

/// A row for each reason.
fn rejected(writer: &mut csv::Writer<Vec<u8>>, rejection: &Rejection) -> Result<(), Error> {
    for reason in &rejection.reasons {
        // Contact data stays out of files that are sent around.
        let shown = if reason.field == "contact" { "" } else { &reason.value };
        let (shown, text) = (mask_contacts(shown), mask_contacts(&reason.text.zh));
        let cells = [
            "未收",
            &rejection.source_id,
            &rejection.place,
            "",
            &text,
            &reason.field,
            &reason.code,
            &shown,
        ];
        write(writer, cells.map(ToOwned::to_owned))?;
    }
    Ok(())
}

/// By what a record was found to be of an achievement that was there.
pub(crate) fn merge_zh(key: &str) -> String {
    match key.split_once(':') {
        Some(("ip", number)) => format!("知识产权号相同 {number}"),
        Some(("reg", number)) => format!("成果登记号相同 {number}"),
        _ => "权属单位与名称相同".to_owned(),
    }
}

/// A cell that no spreadsheet takes for a formula: what would begin one gets an apostrophe in front.
fn harmless(cell: &str) -> String {
    let begins = cell.trim_start_matches([' ', '\u{3000}']).chars().next();
    let formula = matches!(
        begins,
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠' | '|')
    );
    if formula { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cell: &str, expected: &str) {
        assert_eq!(harmless(cell), expected);
    }

    #[test]
    fn no_cell_is_a_formula() {
        check("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")");
        check("  +1", "'  +1");
        check("-1", "'-1");
        check("@SUM(A1)", "'@SUM(A1)");
        check("＝1", "'＝1");
        check("\t=1", "'\t=1");
        check("电池=回收", "电池=回收");
        check("", "");
    }
}
