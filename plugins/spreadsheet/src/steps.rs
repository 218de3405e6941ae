//! The steps of a run: list the folder, read file after file in pages, the end.

use std::collections::HashMap;
use std::ops::Range;

use taihu_plugin::{Context, Failure, FileEntry, Page, RawRecord, Reply, Step, Warning};

use crate::book::{Book, Unreadable};
use crate::config::Config;
use crate::grid::{COLUMNS_MAX, Grid, HEAD_ROWS, ROWS_MAX, Window};
use crate::state::{NAMES_BYTES_MAX, State};
use crate::table::{Place, Table};
use crate::text::brief;
use crate::{header, record, synonyms, table};

/// Where a page is closed, in bytes: an answer of the contract is at most 4 MiB.
const PAGE_BYTES_MAX: usize = 3 * 1024 * 1024;

/// Most warnings of a page; the rest is only counted.
const WARNINGS_MAX: usize = 150;

/// Extensions that are read; everything else in the folder is left alone.
const EXTENSIONS: &[&str] = &[".xlsx", ".xlsm", ".xls", ".csv", ".txt", ".tsv", ".xml"];

/// Takes one step.
pub(crate) fn next(context: &Context, state: &str, reply: Option<Reply>) -> Result<Step, Failure> {
    let config = Config::read(context)?;
    let begun = !state.is_empty();
    let mut state = State::read(state)?;
    match reply {
        None if !begun => Ok(Step::list_files(state.write()?)),
        None => go_on(state),
        Some(Reply::Files(files)) => listed(&config, &files),
        Some(Reply::File(bytes)) => read(&config, state, &bytes),
        Some(Reply::Failed(why)) if state.file().is_some() => {
            let why =
                Unreadable::new(format!("无法读取：{why}"), format!("it could not be read: {why}"));
            skip(state, &why)
        }
        Some(Reply::Failed(why)) => Err(Failure::upstream(
            format!("无法列出投递文件夹：{why}"),
            format!("the drop folder could not be listed: {why}"),
        )),
        Some(Reply::Http(_)) => Err(Failure::internal(
            "得到了网页，而所求是文件",
            "an HTTP reply came in answer to a request for a file",
        )),
    }
}

fn go_on(mut state: State) -> Result<Step, Failure> {
    match state.file() {
        Some(file) => {
            let file = file.to_owned();
            Ok(Step::read_file(file, state.write()?))
        }
        None => Ok(Step::done(!state.partial)),
    }
}

/// Chooses the files to read.
fn listed(config: &Config, files: &[FileEntry]) -> Result<Step, Failure> {
    let mut state = State::default();
    let mut warnings = Vec::new();
    let mut bytes = 0;
    for file in files {
        let lower = file.name.to_lowercase();
        // `~$…` are Excel's and WPS's lock files, `.…` hidden ones.
        let is_table = EXTENSIONS.iter().any(|extension| lower.ends_with(extension));
        if !is_table || lower.starts_with(['~', '.']) || !config.wants(&file.name) {
            continue;
        }
        bytes += file.name.len() + 3;
        if bytes > NAMES_BYTES_MAX {
            state.partial = true;
            warnings.push(Warning::new(
                &file.name,
                "文件太多，此后的文件本次不读；请分批投递",
                "there are too many files; from here on they are not read in this run",
            ));
            break;
        }
        state.files.push(file.name.clone());
    }
    if state.files.is_empty() {
        state.partial = true;
        let (count, pattern) = (files.len(), &config.files);
        warnings.push(Warning::new(
            "",
            format!("投递文件夹有 {count} 个文件，没有符合“{pattern}”的 xlsx、xls、csv"),
            format!(
                "none of {count} files in the drop folder is an xlsx, xls or csv like {pattern:?}"
            ),
        ));
    }
    if warnings.is_empty() {
        return go_on(state);
    }
    let mut page = Page::new(Vec::new(), state.write()?);
    page.warnings = warnings;
    Ok(Step::Page(page))
}

/// Reads a page of the current file.
fn read(config: &Config, mut state: State, bytes: &[u8]) -> Result<Step, Failure> {
    let mut book = match Book::open(bytes) {
        Ok(book) => book,
        Err(why) => return skip(state, &why),
    };
    let wanted = |name: &str| config.sheet.is_empty() || name.trim() == config.sheet.trim();
    let names = book.sheets();
    let sheets: Vec<usize> =
        (0..names.len()).filter(|at| names[*at].is_empty() || wanted(&names[*at])).collect();
    let mut page = Page::new(Vec::new(), "");
    // Sheets without a header are passed over, before the page and behind it.
    while let Some(sheet) = sheets.get(state.sheet) {
        let is_filled = !page.records.is_empty() || !page.warnings.is_empty();
        let window = if is_filled { Window::head() } else { window(config, &state) };
        let until = window.until;
        let mut survey = state.survey.take();
        let keys = |head: &Grid| header::find(head, config).map(|found| header::keys(&found));
        let grid = book.grid(*sheet, window, &keys, &mut survey);
        let Some(table) = table::read(&grid, config, state.place) else {
            state.next_sheet();
            continue;
        };
        if is_filled {
            break;
        }
        state.survey = survey;
        page = fill(config, &mut state, &table, until, sheets.len());
        if state.place != Place::default() {
            break;
        }
    }
    if state.sheet >= sheets.len() {
        if state.tables == 0 {
            let why = no_header(config, &mut book, &sheets);
            return skip(state, &why);
        }
        page.warnings.extend(about(&state, &book));
        state.good += 1;
        state.next_file();
    }
    if page.warnings.len() > WARNINGS_MAX {
        let rest = page.warnings.len() - WARNINGS_MAX;
        page.warnings.truncate(WARNINGS_MAX);
        let zh = format!("另有 {rest} 条提醒未列出");
        page.warnings.push(Warning::new("", zh, format!("{rest} more warnings are not shown")));
    }
    page.state = state.write()?;
    Ok(Step::Page(page))
}

/// The rows that a page is made of, and some more: blank ones, and those of the next achievement.
fn window(config: &Config, state: &State) -> Window {
    let from = state.place.row;
    Window::new(from, from.max(HEAD_ROWS) + config.rows_per_page + 64)
}

/// Fills a page from `state.place` on, and moves it on: to the next sheet if this one is at its end.
fn fill(
    config: &Config,
    state: &mut State,
    table: &Table<'_>,
    until: usize,
    sheets: usize,
) -> Page {
    let file = state.file().unwrap_or_default().to_owned();
    let prefix = if state.files.len() > 1 { format!("{file} ") } else { String::new() };
    let from = state.place;
    let mut page = Page::new(Vec::new(), "");
    let mut seen = earlier(table, from);
    let (mut bytes, mut taken) = (0, 0);
    // The last achievement may go on behind the window, unless it is all there is.
    let held_back = usize::from(table.grid.goes_on && table.rows.len() > 1);
    for at in &table.rows[..table.rows.len() - held_back] {
        if page.records.len() >= config.rows_per_page || bytes > PAGE_BYTES_MAX {
            break;
        }
        taken += 1;
        let place = format!("{prefix}{}", table.grid.place(*at));
        let id = record::id(table, *at);
        let first = seen.get(&id).copied();
        if let Some(row) = first {
            // Of a row between the head and the window only its identifier was kept.
            let is_whole = row < HEAD_ROWS || row >= from.row;
            let digest = |at: usize| record::content_digest(table, at);
            let same = is_whole.then(|| digest(row) == digest(*at));
            page.warnings.push(twice(&place, &id, &table.grid.place(row), same));
            continue;
        }
        if state.knows(&id) {
            page.warnings.push(twice(&place, &id, "前面的工作表", None));
            continue;
        }
        seen.insert(id.clone(), *at);
        let made = record::make(table, *at, id, place.clone());
        bytes += size(&made.record);
        let odd = made.odd.into_iter().map(|(zh, en)| Warning::new(&place, zh, en));
        page.warnings.extend(odd);
        page.records.push(made.record);
    }
    let is_all = taken == table.rows.len() && !table.grid.goes_on;
    let mut next = table.place_of(taken);
    if taken == table.rows.len() && table.grid.goes_on {
        next.row = next.row.max(until);
    }
    if from == Place::default() {
        state.tables += 1;
        page.warnings.extend(unknown(&prefix, table));
        page.total = (is_all && state.files.len() == 1 && sheets == 1).then_some(taken as u64);
    }
    let last = if is_all { usize::MAX } else { next.row };
    page.warnings.extend(about_rows(&prefix, table, from.row..last));
    if is_all {
        state.partial |= table.grid.is_cut || table.grid.broken.is_some();
        page.warnings.extend(about_sheet(&prefix, table.grid));
        if state.sheet + 1 < sheets {
            state.remember(seen.keys());
        }
        state.next_sheet();
    } else {
        state.place = next;
    }
    page
}

/// The rows of earlier pages by their identifiers, and those alone.
fn earlier(table: &Table<'_>, from: Place) -> HashMap<String, usize> {
    let mut seen = HashMap::new();
    for at in table.first()..from.row.min(table.grid.rows.len()) {
        if table.grid.rows[at].own > 0 {
            seen.entry(record::id(table, at)).or_insert(at);
        }
    }
    seen
}

/// Bytes of a record on its way to the kernel.
fn size(record: &RawRecord) -> usize {
    let fields = record.fields.iter().map(|f| f.name.len() + f.value.len() + f.origin.len());
    record.source_id.len() + record.place.len() + record.verbatim.len() + fields.sum::<usize>()
}

/// A row whose identifier came before; with the same content, with other, or nobody knows.
fn twice(place: &str, id: &str, first: &str, same: Option<bool>) -> Warning {
    let id = brief(id, 40);
    if same != Some(false) {
        return Warning::new(
            place,
            format!("与{first}重复（{id}），已跳过"),
            format!("it has the identifier of {first} ({id}); left out"),
        );
    }
    Warning::new(
        place,
        format!("编号 {id} 与{first}相同而内容不同，已跳过；请更正编号"),
        format!(
            "it has the identifier {id} of {first} but other content; left out, correct the identifier"
        ),
    )
}

/// Headers that nothing is known of: their columns are in the verbatim rows only.
fn unknown(prefix: &str, table: &Table<'_>) -> Option<Warning> {
    let names = header::unknown(table.grid, &table.header);
    if names.is_empty() {
        return None;
    }
    let shown: Vec<String> = names.iter().take(20).map(|name| brief(name, 20)).collect();
    let (count, shown) = (names.len(), shown.join("、"));
    Some(Warning::new(
        format!("{prefix}{}", table.grid.place(table.header.row)),
        format!("有 {count} 列不认得，未取（原文保留）：{shown}；可在 headers 中对应或填 ignore"),
        format!("{count} columns are not known and were not taken: {shown}; map them in `headers`"),
    ))
}

/// What was left out of some rows.
fn about_rows(prefix: &str, table: &Table<'_>, rows: Range<usize>) -> Vec<Warning> {
    let place = |at: usize| format!("{prefix}{}", table.grid.place(at));
    let odd = table.odd.iter().filter(|(at, ..)| rows.contains(at));
    let odd = odd.map(|(at, zh, en)| Warning::new(place(*at), *zh, *en)).take(30);
    let unclosed = table.grid.unclosed.iter().filter(|at| rows.contains(at));
    let unclosed = unclosed.map(|at| {
        Warning::new(
            place(*at),
            "引号没有闭合，这一行按原样读取，请核对",
            "a quotation mark is not closed; the line was read as it stands",
        )
    });
    odd.chain(unclosed.take(30)).collect()
}

/// What concerns a sheet as a whole.
fn about_sheet(prefix: &str, grid: &Grid) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let name = format!("{prefix}{}", grid.name);
    if !grid.hidden.is_empty() {
        let (count, rows) = (grid.hidden.len(), shown(&grid.hidden));
        warnings.push(Warning::new(
            &name,
            format!("有 {count} 行被隐藏，未读：第 {rows} 行；要读取请取消隐藏或筛选"),
            format!("{count} hidden rows were left out: {rows}; show them to have them read"),
        ));
    }
    if grid.is_cut {
        warnings.push(Warning::new(
            &name,
            format!("超出上限（{ROWS_MAX} 行、{COLUMNS_MAX} 列），其余未读；请拆分文件"),
            format!("it has more than {ROWS_MAX} rows or {COLUMNS_MAX} columns; split the file"),
        ));
    }
    if let Some(why) = &grid.broken {
        let last = grid.place(grid.rows.len().saturating_sub(1));
        warnings.push(Warning::new(
            &name,
            format!("{last}之后无法读取：{}", why.zh),
            format!("behind {last} it could not be read: {}", why.en),
        ));
    }
    warnings
}

/// Some rows by their numbers: `3、7–9`.
fn shown(rows: &[usize]) -> String {
    let mut shown: Vec<String> = Vec::new();
    let mut at = 0;
    while at < rows.len() && shown.len() < 20 {
        let run =
            rows[at..].iter().enumerate().take_while(|(n, row)| **row == rows[at] + n).count();
        let (first, last) = (rows[at] + 1, rows[at] + run);
        shown.push(if run == 1 { first.to_string() } else { format!("{first}–{last}") });
        at += run;
    }
    if at < rows.len() {
        shown.push("…".to_owned());
    }
    shown.join("、")
}

/// What concerns a file as a whole.
fn about(state: &State, book: &Book<'_>) -> Option<Warning> {
    let (lost, file) = (book.lost(), state.file().unwrap_or_default());
    (lost > 0).then(|| {
        Warning::new(
            file,
            format!("有 {lost} 个字符无法识别（\u{fffd}），可能被截断或编码混用"),
            format!("{lost} characters could not be read (\u{fffd}): cut, or in another encoding"),
        )
    })
}

fn no_header(config: &Config, book: &mut Book<'_>, sheets: &[usize]) -> Unreadable {
    if sheets.is_empty() {
        let (sheet, names) = (&config.sheet, book.sheets().join("、"));
        return Unreadable::new(
            format!("没有名为“{sheet}”的可见工作表；有：{names}"),
            format!("there is no visible sheet {sheet:?}; there are: {names}"),
        );
    }
    let known = synonyms::examples();
    let mut seen = Vec::new();
    for sheet in sheets.iter().take(3) {
        let grid = book.grid(*sheet, Window::head(), &|_| None, &mut None);
        if let Some(why) = grid.broken {
            return why;
        }
        seen.push(format!("【{}】{}", grid.name, header::describe(&grid)));
    }
    let seen = seen.join(" ");
    if ["仪器名称", "设备名称", "仪器设备名称"].iter().any(|word| seen.contains(word))
    {
        return Unreadable::new(
            "这是仪器设备清单；本连接器只读成果，平台尚不收仪器",
            "this is a list of instruments; this connector reads achievements, and there is no place for instruments yet",
        );
    }
    Unreadable::new(
        format!("找不到表头。看到的是：{seen}。认得的表头如：{known}；其他写法可在 headers 中配置"),
        format!(
            "no header was found. There is: {seen}. Known headers are such as {known}; configure others in `headers`"
        ),
    )
}

/// Leaves a file that cannot be read. If none of all could be, the run fails.
fn skip(mut state: State, why: &Unreadable) -> Result<Step, Failure> {
    let file = state.file().unwrap_or_default().to_owned();
    state.next_file();
    state.partial = true;
    if state.file().is_none() && state.good == 0 {
        return Err(Failure::upstream(
            format!("{file}：{}", why.zh),
            format!("{file}: {}", why.en),
        ));
    }
    let mut page = Page::new(Vec::new(), state.write()?);
    page.warnings.push(Warning::new(&file, why.zh.clone(), why.en.clone()));
    Ok(Step::Page(page))
}
