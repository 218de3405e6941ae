//! `taihu serve`: HTTP on a data directory, until it is told to stop.

use std::net::SocketAddr;
use std::sync::Arc;

use taihu_service::Kernel;
use tokio::net::TcpListener;

use super::embedding::EmbeddingArgs;
use super::{DataDir, Done, Failure};
use crate::http::{AppState, Site, serve};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    data: DataDir,
    /// 监听地址 · the address to listen on
    #[arg(long, default_value = "127.0.0.1:8620")]
    listen: SocketAddr,
    /// 允许来源访问本机地址（仅用于演示和测试） · lets sources ask this machine itself
    #[arg(long)]
    allow_loopback: bool,
    /// 允许安装未签名的插件（仅用于开发） · lets in plugins that nobody signed, for development
    #[arg(long)]
    allow_unsigned: bool,
    /// 对外公开地址；其域名是收割标识符的一部分，启用后不应更换 · the address the outside knows, part of
    /// every identifier that harvesters get
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// 收割接口的联系邮箱 · whom harvesters write to
    #[arg(long, value_name = "EMAIL", requires = "public_url")]
    admin_email: Option<String>,
    #[command(flatten)]
    embedding: EmbeddingArgs,
}

pub(super) fn run(args: &Args) -> Done {
    let site = args.public_url.as_deref().map(|url| Site::new(url, args.admin_email.as_deref()));
    let site = site.transpose().map_err(|(zh, en)| Failure::new(zh, en))?;
    let embedding = args.embedding.options()?;
    if let Some(options) = &embedding {
        // Without its scheme: scripts take the first URL that is said for the one to talk to.
        let place = options.url.split_once("://").map_or("", |(_, place)| place);
        say(&format!(
            "已启用语义向量服务，需求与已发布成果的文本将发送至 {} · texts of needs and published achievements are sent there",
            place
        ));
    }
    let home = args.data.open_with(args.allow_loopback, args.allow_unsigned, embedding)?;
    if args.allow_unsigned {
        say(
            "警告：允许安装未签名的插件，仅用于开发 · unsigned plugins are let in: for development only",
        );
    }
    if let Some(path) = &home.first_token {
        say(&format!("首个管理员令牌已写入 {} · the first token is there", path.display()));
    }
    serve_kernel(&home.kernel, args.listen, site)
}

/// Serves a kernel until SIGTERM or SIGINT; the end loses nothing. Without a site it is known to the
/// outside by where it listens.
pub(crate) fn serve_kernel(kernel: &Arc<Kernel>, listen: SocketAddr, site: Option<Site>) -> Done {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
            Failure::new(
                format!("无法启动运行时：{error}"),
                format!("failed to start the runtime: {error}"),
            )
        })?;
    let served = runtime.block_on(async {
        let listener = TcpListener::bind(listen).await.map_err(|error| {
            Failure::new(
                format!("无法监听 {listen}：{error}"),
                format!("failed to listen on {listen}: {error}"),
            )
        })?;
        let at = listener.local_addr().map_err(|error| Failure::new("", error.to_string()))?;
        say(&format!("正在监听 http://{at} ，按 Ctrl-C 停止 · listening"));
        let here = || Site::new(&format!("http://{at}"), None).unwrap_or_else(|_| Site::local());
        let state = AppState::at(Arc::clone(kernel), site.unwrap_or_else(here));
        serve(listener, state, stopped()).await.map_err(|error| {
            Failure::new(format!("服务中断：{error}"), format!("serving failed: {error}"))
        })
    });
    say("已停止，数据已落盘 · stopped");
    served
}

/// A signal to stop.
async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be waited for");
            let _ = interrupt.await;
        }
    }
}

#[expect(clippy::print_stderr, reason = "a server's first and last words to who started it")]
fn say(line: &str) {
    eprintln!("{line}");
}
