//! `taihu doctor`: looks at this machine and a data directory, and says what to mend.

use taihu_model::InstallationState;
use taihu_service::Kernel;

use super::embedding::EmbeddingArgs;
use super::{DataDir, Done, Failure, Say, console};
use crate::author;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    embedding: EmbeddingArgs,
}

/// Whether a configured embedding endpoint answers, and how many vectors there are.
fn embedding_lines(kernel: &Kernel, tell: &mut impl FnMut(bool, String)) -> Done {
    let Some(health) = kernel.embedding_health()? else { return Ok(()) };
    let model = &health.model;
    match kernel.try_embedding() {
        Some(Err(error)) => {
            tell(false, format!("向量服务（{model}）未能应答 · the endpoint: {error}"));
        }
        _ => tell(true, format!("向量服务（{model}）可用 · the endpoint answers")),
    }
    let state =
        if health.complete { "全部完成 · all made" } else { "制作中 · being made" };
    tell(true, format!("成果向量 {} 条，{state} · vectors", health.vectors));
    Ok(())
}

pub(super) fn run(args: &Args) -> Done {
    let say = Say { json: false };
    let mut faults = 0;
    let mut tell = |good: bool, line: String| {
        faults += usize::from(!good);
        say.line(format!("{} {line}", if good { "✓" } else { "✗" }));
    };
    match author::toolchain::find() {
        Ok(route) => tell(true, format!("wasm 工具链 · wasm toolchain: {route}")),
        Err(missing) => tell(false, format!("wasm 工具链 · wasm toolchain: {missing}")),
    }
    if args.data.data.is_dir() {
        match args.data.open_with(false, false, args.embedding.options()?) {
            Ok(home) => {
                let caller = console(&home);
                tell(
                    true,
                    format!(
                        "数据目录 {} 可用 · the data directory opens",
                        args.data.data.display()
                    ),
                );
                for tenant in home.kernel.tenants()? {
                    match home.kernel.verify_log(&caller, &tenant.slug) {
                        Ok(0) => {}
                        Ok(entries) => {
                            tell(
                                true,
                                format!(
                                    "{} 审计链完整，{entries} 条 · the chain is whole",
                                    tenant.name
                                ),
                            );
                        }
                        Err(error) => {
                            tell(false, format!("{} 审计链：{}", tenant.name, error.zh()))
                        }
                    }
                }
                for tenant in home.kernel.tenants()? {
                    for (one, plugin) in home.kernel.installations(&caller, &tenant.slug)? {
                        if plugin.signed.is_none() && one.state != InstallationState::Removed {
                            let name = format!("{} {}", one.plugin, plugin.manifest.version);
                            tell(
                                false,
                                format!(
                                    "插件 {name}（{}）没有签名，仅可用于开发 · {name} is not signed",
                                    tenant.slug
                                ),
                            );
                        }
                    }
                }
                let (index, needs) = (home.kernel.index(), home.kernel.needs_index());
                tell(
                    true,
                    format!(
                        "索引 {} 项成果、{} 项需求，{} MiB · the index",
                        index.len(),
                        needs.len(),
                        (index.memory_bytes() + needs.memory_bytes()) >> 20
                    ),
                );
                embedding_lines(&home.kernel, &mut tell)?;
                if home.dir().exists("first-token.txt") {
                    tell(true, "首个令牌仍在 first-token.txt，妥善保存后请删除 · delete first-token.txt once it is kept".into());
                }
            }
            Err(failure) => tell(false, format!("{} · {}", failure.zh, failure.en)),
        }
    } else {
        tell(
            true,
            format!(
                "数据目录 {} 尚不存在，首次启动时创建 · made at the first start",
                args.data.data.display()
            ),
        );
    }
    if faults == 0 {
        return Ok(());
    }
    Err(Failure::new(format!("发现 {faults} 个问题"), format!("{faults} faults")))
}
