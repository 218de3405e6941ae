//! The command line: what each command is called, and what it takes.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage (clap's).

mod achievement;
mod doctor;
mod embedding;
mod import;
mod ledger;
mod matching;
mod output;
mod plugin;
mod publisher;
mod remote;
mod replay;
mod replies;
mod search;
mod secret;
mod serve;
mod source;
mod sync;
mod token;
mod tune;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use taihu_service::{
    Caller, Compiler, EmbeddingOptions, Gate, Home, HomeError, HomeOptions, Outbound, Recorded,
    SystemClock,
};
use thiserror::Error;

use crate::{bench, demo, evil};

pub(crate) use embedding::EmbeddingArgs;
pub(crate) use import::{open_file, read};
pub(crate) use output::{Say, ranked_lines, run_line, say_progress};
pub(crate) use serve::serve_kernel;

/// 太湖：湖州市科技成果转化平台的插件内核 · the plugin kernel of Huzhou's technology-transfer platform
#[derive(Debug, Parser)]
#[command(name = "taihu", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 启动服务 · serves HTTP on a data directory
    Serve(serve::Args),
    /// 演示：三所高校导入、建池、提需求、匹配、采纳 · one day in Huzhou, from file to accepted answer
    Demo(demo::Args),
    /// 按来源配置添加来源并导入 · adds a source by its configuration, and reads it
    Import(import::Args),
    /// 同步来源；不写名称则列出各来源状况 · reads a known source; without a name, how sources are
    Sync(sync::Args),
    /// 来源记录与导入报告 · what sources delivered, and what became of it
    Source(source::Args),
    /// 成果的来源、合并依据，撤销合并 · whose records an achievement is of and why; undoes a merge
    Achievement(achievement::Args),
    /// 检索成果：筛选、排序、统计 · searches achievements
    Search(search::Args),
    /// 为一段需求描述匹配成果 · ranks achievements for a need
    Match(matching::Args),
    /// 由采纳与不采纳的记录学习融合权重 · learns fusion weights from what people accepted and declined
    Tune(tune::Args),
    /// 插件：新建、构建、打包、签名、安装、启用、列出 · an author's and an operator's tools for plugins
    Plugin(plugin::Args),
    /// 重放：评分记录或胶囊，逐字节核对 · makes a score run or a capsule again, to the byte
    Replay(replay::Args),
    /// 发布者：登记、列出、吊销签名公钥 · whose keys sign plugins
    Publisher(publisher::Args),
    /// 账本：余额、明细、核对 · ledgers: balances, statements, and whether they add up
    Ledger(ledger::Args),
    /// 令牌：签发、列出、吊销 · tokens, from this machine's console
    Token(token::Args),
    /// 检查环境与数据目录 · looks at this machine and a data directory
    Doctor(doctor::Args),
    /// 性能测试，最后一行为 JSON · benchmarks; the last line is JSON
    Bench(bench::Args),
    /// 放出恶意组件，看沙箱是否全部拦下 · lets hostile components loose and says what stopped each
    Evil(evil::Args),
    /// Compiles one component from standard input to standard output, within limits.
    #[command(hide = true)]
    CompilePlugin,
}

/// A command failed: words for a person.
#[derive(Debug, Error)]
#[error("{en}")]
pub(crate) struct Failure {
    /// 中文.
    pub(crate) zh: String,
    /// English.
    pub(crate) en: String,
    /// Whether trying again in a moment is all that is to be done.
    pub(crate) busy: bool,
}

/// Exit code of what the machine had no time for: `EX_TEMPFAIL` of sysexits, so that scripts try again.
const EXIT_BUSY: u8 = 75;

impl Failure {
    pub(crate) fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into(), busy: false }
    }

    /// Something that happened with a file.
    pub(crate) fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        let path = path.display();
        Self::new(format!("无法使用文件 {path}：{error}"), format!("failed to use {path}: {error}"))
    }
}

impl From<taihu_service::Error> for Failure {
    fn from(error: taihu_service::Error) -> Self {
        let busy = matches!(error, taihu_service::Error::Busy { .. });
        Self { zh: error.zh(), en: error.to_string(), busy }
    }
}

impl From<crate::author::AuthorError> for Failure {
    fn from(error: crate::author::AuthorError) -> Self {
        Self { zh: error.zh(), en: error.to_string(), busy: false }
    }
}

impl From<HomeError> for Failure {
    fn from(error: HomeError) -> Self {
        let zh = match &error {
            HomeError::Store(taihu_service::OpenError::InUse { path }) => format!(
                "数据目录正被另一个 taihu 进程使用（{path}）；请先停止它，或通过它的 HTTP 接口操作"
            ),
            HomeError::Store(_) => format!("无法打开数据：{error}"),
            HomeError::Sandbox(_) => format!("无法建立沙箱：{error}"),
            HomeError::Directory { path, .. } => format!("无法使用 {path}，请检查路径和权限"),
            HomeError::Kernel(error) => error.zh(),
        };
        Self { zh, en: error.to_string(), busy: false }
    }
}

/// What a command answers.
pub(crate) type Done = Result<(), Failure>;

/// A data directory, as every command that needs one takes it.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DataDir {
    /// 数据目录 · the data directory; made if it is missing
    #[arg(long, global = true, default_value = "taihu-data", value_name = "DIR")]
    pub(crate) data: PathBuf,
}

impl DataDir {
    pub(crate) fn open(&self, loopback: bool) -> Result<Home, Failure> {
        open(&self.data, loopback)
    }

    /// Opens it with recorded replies in the place of the network.
    pub(crate) fn open_recorded(&self, recorded: Recorded) -> Result<Home, Failure> {
        open_with(&self.data, Arc::new(recorded), false, false, None)
    }

    /// Opens it for one that may let in unsigned plugins: for development only.
    pub(crate) fn open_for(&self, loopback: bool, allow_unsigned: bool) -> Result<Home, Failure> {
        self.open_with(loopback, allow_unsigned, None)
    }

    /// Opens it with an embedding endpoint too.
    pub(crate) fn open_with(
        &self,
        loopback: bool,
        allow_unsigned: bool,
        embedding: Option<EmbeddingOptions>,
    ) -> Result<Home, Failure> {
        open_with(&self.data, Arc::new(Gate), loopback, allow_unsigned, embedding)
    }
}

/// Opens a home; plugins are compiled in a child process of this very program.
pub(crate) fn open(path: &std::path::Path, loopback: bool) -> Result<Home, Failure> {
    open_with(path, Arc::new(Gate), loopback, false, None)
}

/// Opens a home with something else in the place of the network.
pub(crate) fn open_with(
    path: &std::path::Path,
    outbound: Arc<dyn Outbound>,
    loopback: bool,
    allow_unsigned: bool,
    embedding: Option<EmbeddingOptions>,
) -> Result<Home, Failure> {
    Ok(Home::open(
        path,
        HomeOptions {
            clock: Arc::new(SystemClock),
            outbound,
            compiler: child_compiler()?,
            loopback,
            allow_unsigned,
            embedding,
        },
    )?)
}

/// The compiler of plugins: a child process of this very program.
pub(crate) fn child_compiler() -> Result<Compiler, Failure> {
    let program = std::env::current_exe().map_err(|error| {
        Failure::new(
            format!("找不到本程序的路径：{error}"),
            format!("failed to find this program: {error}"),
        )
    })?;
    Ok(Compiler::Child { program, args: vec!["compile-plugin".into()] })
}

/// Who sits at this machine's console.
pub(crate) fn console(home: &Home) -> Caller {
    Caller::console(home.kernel.city().clone())
}

/// Runs the command line of this process.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let json_logs = matches!(cli.command, Command::Serve(_));
    if !matches!(cli.command, Command::CompilePlugin) {
        output::start_logging(json_logs);
    }
    let done = match cli.command {
        Command::Serve(args) => serve::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Sync(args) => sync::run(&args),
        Command::Source(args) => source::run(&args),
        Command::Achievement(args) => achievement::run(&args),
        Command::Search(args) => search::run(&args),
        Command::Match(args) => matching::run(&args),
        Command::Tune(args) => tune::run(&args),
        Command::Plugin(args) => plugin::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Publisher(args) => publisher::run(&args),
        Command::Ledger(args) => ledger::run(&args),
        Command::Token(args) => token::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Evil(args) => evil::run(&args),
        Command::CompilePlugin => return taihu_service::compile_child(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::failure(&failure);
            if failure.busy { ExitCode::from(EXIT_BUSY) } else { ExitCode::FAILURE }
        }
    }
}
