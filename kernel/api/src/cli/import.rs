//! `taihu import`: adds a source by its configuration, and reads it the first time.

use std::path::{Path, PathBuf};

use taihu_model::Source;
use taihu_service::{LinesFeed, RunMode};

use super::{DataDir, Done, Failure, Say, console, replies, sync};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 来源配置（TOML）：slug、name、tenant、connector、config、defaults、trust · the source's configuration
    #[arg(value_name = "SOURCE.toml")]
    source: PathBuf,
    /// 要投放的文件（表格），或 JSON Lines 文件 · files to drop for the connector, or the JSON Lines
    files: Vec<PathBuf>,
    /// 全量导入，而非自上次以来的增量 · everything, not only what changed since the last run
    #[arg(long)]
    full: bool,
    /// 允许来源访问本机地址 · lets the source ask this machine itself
    #[arg(long)]
    allow_loopback: bool,
    /// 用文件夹中录制的答复（replies.json）代替网络 · recorded replies of a folder instead of the network
    #[arg(long, value_name = "DIR", conflicts_with = "allow_loopback")]
    replies: Option<PathBuf>,
    /// 只在最后输出一个 JSON 对象 · prints only one JSON object at the end
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataDir,
}

pub(super) fn run(args: &Args) -> Done {
    let source = read_source(&args.source)?;
    let home = match &args.replies {
        Some(folder) => args.data.open_recorded(replies::recorded(folder)?)?,
        None => args.data.open(args.allow_loopback)?,
    };
    let caller = console(&home);
    let kernel = &home.kernel;
    let source = kernel.put_source(&caller, source)?;
    let lines = source.connector.as_str() == LinesFeed::CONNECTOR;
    if lines && args.files.len() != 1 {
        return Err(Failure::new(
            format!(
                "来源“{}”为 JSON Lines，请给出一个文件，现有{}个",
                source.slug,
                args.files.len()
            ),
            format!(
                "source {} comes as JSON Lines: name one file, not {}",
                source.slug,
                args.files.len()
            ),
        ));
    }
    if !lines {
        for path in &args.files {
            let bytes = read(path)?;
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            kernel.drop_file(&caller, &source.slug, name, &bytes)?;
        }
    }
    let mode = if args.full { RunMode::Full } else { RunMode::Incremental };
    let say = Say { json: args.json };
    let file = args.files.first().filter(|_| lines);
    let run = sync::drive(&home, &source, mode, file.map(PathBuf::as_path), say)?;
    sync::told(say, &source.slug, &sync::wire(&run)?);
    Ok(())
}

fn read_source(path: &Path) -> Result<Source, Failure> {
    let bytes = read(path)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::new(format!("{} 不是 UTF-8 文本", path.display()), "not UTF-8"))?;
    toml::from_str(&text).map_err(|error| {
        Failure::new(
            format!("来源配置 {} 有误：{error}", path.display()),
            format!("the source's configuration {} is wrong: {error}", path.display()),
        )
    })
}

#[expect(clippy::disallowed_methods, reason = "a file that the person at the console named")]
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::file(path, &error))
}

#[expect(clippy::disallowed_methods, reason = "a file that the person at the console named")]
pub(crate) fn open_file(path: &Path) -> Result<std::fs::File, Failure> {
    std::fs::File::open(path).map_err(|error| Failure::file(path, &error))
}
