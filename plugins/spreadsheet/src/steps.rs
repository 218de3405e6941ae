//! The steps of a run: list the folder, read file after file in pages, the end.

use std::collections::BTreeMap;

use taihu_plugin::{Context, Failure, FileEntry, Page, RawRecord, Reply, Step, Warning};

use crate::book::{self, Book, Unreadable};
use crate::config::Config;
use crate::state::{NAMES_BYTES_MAX, State};
use crate::table::Table;
use crate::text::brief;
use crate::{header, record, synonyms, table};

/// Where a page is closed, in bytes: an answer of the contract is at most 4 MiB.
const PAGE_BYTES_MAX: usize = 3 * 1024 * 1024;

/// Most warnings of a page; the rest is only counted.
const WARNINGS_MAX: usize = 150;

/// Extensions that are read; everything else in the folder is left alone.
const EXTENSIONS: &[&str] = &[".xlsx", ".xlsm", ".xls", ".csv", ".txt", ".tsv"];

/// Takes one step.
pub(crate) fn next(context: &Context, state: &str, reply: Option<Reply>) -> Result<Step, Failure> {
    let config = Config::read(context)?;
    let begun = !state.is_empty();
    let state = State::read(state)?;
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

fn go_on(state: State) -> Result<Step, Failure> {
    match state.file() {
        Some(file) => Ok(Step::read_file(file, state.write()?)),
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
    let book = match book::open(bytes) {
        Ok(book) => book,
        Err(why) => return skip(state, &why),
    };
    let wanted = |name: &str| config.sheet.is_empty() || name.trim() == config.sheet.trim();
    let tables: Vec<Table<'_>> = book
        .grids
        .iter()
        .filter(|grid| grid.name.is_empty() || wanted(&grid.name))
        .filter_map(|grid| table::read(grid, config))
        .collect();
    if tables.is_empty() {
        let why = no_header(config, &book);
        return skip(state, &why);
    }
    let mut page = fill(config, &mut state, &tables);
    if page.warnings.len() > WARNINGS_MAX {
        let rest = page.warnings.len() - WARNINGS_MAX;
        page.warnings.truncate(WARNINGS_MAX);
        let zh = format!("另有 {rest} 条提醒未列出");
        page.warnings.push(Warning::new("", zh, format!("{rest} more warnings are not shown")));
    }
    if state.offset == 0 {
        // The last page of this file: what concerns the file as a whole is said once.
        page.warnings.extend(about(&state, &book, &tables));
        state.partial |= book.grids.iter().any(|grid| grid.is_cut);
        state.good += 1;
        state.at += 1;
    }
    page.state = state.write()?;
    Ok(Step::Page(page))
}

/// Fills a page from `state.offset` on, and moves it on: to 0 if the file is at its end.
fn fill(config: &Config, state: &mut State, tables: &[Table<'_>]) -> Page {
    let file = state.file().unwrap_or_default();
    let prefix = if state.files.len() > 1 { format!("{file} ") } else { String::new() };
    let count: usize = tables.iter().map(|table| table.rows.len()).sum();
    let mut page = Page::new(Vec::new(), "");
    page.total = (state.files.len() == 1).then_some(count as u64);
    let mut seen: BTreeMap<String, (&Table<'_>, usize)> = BTreeMap::new();
    let (mut number, mut bytes) = (0, 0);
    let rows = tables.iter().flat_map(|table| table.rows.iter().map(move |at| (table, *at)));
    for (table, at) in rows {
        let full = page.records.len() >= config.rows_per_page || bytes > PAGE_BYTES_MAX;
        if full && number >= state.offset {
            state.offset = number;
            return page;
        }
        let id = record::id(table, at);
        let first = seen.get(&id).copied();
        if first.is_none() {
            seen.insert(id.clone(), (table, at));
        }
        number += 1;
        if number <= state.offset {
            continue;
        }
        let place = format!("{prefix}{}", table.grid.place(at));
        if let Some((other, row)) = first {
            let same = record::content_digest(other, row) == record::content_digest(table, at);
            page.warnings.push(twice(&place, &id, &other.grid.place(row), same));
            continue;
        }
        let made = record::make(table, at, id, place.clone());
        bytes += size(&made.record);
        let odd = made.odd.into_iter().map(|(zh, en)| Warning::new(&place, zh, en));
        page.warnings.extend(odd);
        page.records.push(made.record);
    }
    state.offset = 0;
    page
}

/// Bytes of a record on its way to the kernel.
fn size(record: &RawRecord) -> usize {
    let fields = record.fields.iter().map(|f| f.name.len() + f.value.len() + f.origin.len());
    record.source_id.len() + record.place.len() + record.verbatim.len() + fields.sum::<usize>()
}

fn twice(place: &str, id: &str, first: &str, same: bool) -> Warning {
    let id = brief(id, 40);
    if same {
        return Warning::new(
            place,
            format!("与{first}重复（{id}），已跳过"),
            format!("the same as {first} ({id}); left out"),
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

/// What concerns a file as a whole.
fn about(state: &State, book: &Book, tables: &[Table<'_>]) -> Vec<Warning> {
    let file = state.file().unwrap_or_default();
    let mut warnings: Vec<Warning> = tables
        .iter()
        .flat_map(|table| {
            table.odd.iter().map(|(at, zh, en)| Warning::new(table.grid.place(*at), *zh, *en))
        })
        .take(30)
        .collect();
    if book.lost > 0 {
        let lost = book.lost;
        warnings.push(Warning::new(
            file,
            format!("有 {lost} 个字符无法识别（\u{fffd}），可能被截断或编码混用"),
            format!("{lost} characters could not be read (\u{fffd}): cut, or in another encoding"),
        ));
    }
    for grid in book.grids.iter().filter(|grid| grid.is_cut) {
        warnings.push(Warning::new(
            format!("{file} {}", grid.name),
            "行或列超出上限（10000 行、200 列），其余未读；请拆分文件",
            "it has more than 10,000 rows or 200 columns; the rest was not read, split the file",
        ));
    }
    warnings
}

fn no_header(config: &Config, book: &Book) -> Unreadable {
    let known = synonyms::examples();
    let seen: Vec<String> = book
        .grids
        .iter()
        .take(3)
        .map(|grid| format!("【{}】{}", grid.name, header::describe(grid)))
        .collect();
    let seen = seen.join(" ");
    if !config.sheet.is_empty()
        && !book.grids.iter().any(|grid| grid.name.trim() == config.sheet.trim())
    {
        let names = book.grids.iter().map(|g| g.name.as_str()).collect::<Vec<_>>().join("、");
        let sheet = &config.sheet;
        return Unreadable::new(
            format!("没有名为“{sheet}”的可见工作表；有：{names}"),
            format!("there is no visible sheet {sheet:?}; there are: {names}"),
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
    state.at += 1;
    state.offset = 0;
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
