//! `taihu plugin`: an author's and an operator's tools.

mod costs;
mod grants;
mod install;
mod life;
mod recall;
mod signing;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use taihu_model::{PluginKind, PluginName, TenantSlug};

use super::import::read;
use super::{DataDir, Done, Failure, Say, console};
use crate::author;

pub(super) use signing::text;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Life(life::Command),
    /// 新建插件工程 · makes a new plugin's project
    New {
        /// 插件名，如 my-scorer · its name, and the folder's
        name: PluginName,
        /// scorer 评分、niche-pool 细分成果池、connector 连接器
        #[arg(long)]
        kind: Kind,
    },
    /// 构建为 WebAssembly 并打包 · builds a project and packs it into one file
    Build {
        /// 插件工程目录 · the project's folder
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
    /// 打包：把清单和用例写入组件 · packs a built module or component with its manifest and cases
    Pack {
        /// 插件工程目录 · the project's folder
        #[arg(default_value = ".")]
        dir: PathBuf,
        /// 已构建的模块或组件；省略则先构建 · a built module or component; built first if absent
        #[arg(long)]
        wasm: Option<PathBuf>,
    },
    /// 运行插件自带的用例和内核用例 · runs a packed plugin's own cases and the kernel's
    Test {
        /// 打包好的插件 · the packed plugin
        file: PathBuf,
    },
    /// 生成签名密钥（minisign） · makes a signing key
    Keygen(signing::Keygen),
    /// 签名：写出 FILE.minisig · signs a packed plugin
    Sign(signing::Sign),
    /// 验证签名 · verifies a signature
    Verify(signing::Verify),
    /// 授权：决定插件可以做什么 · decides what a plugin may do
    Grant(grants::Decide),
    /// 第二人同意网络与个人信息的授权 · agrees as the second person
    Second(grants::Second),
    /// 查看授权：看得到什么、能做什么 · explains what a plugin sees and may do
    Grants(grants::Explain),
    /// 查看或修改全市授权上限 · the city's ceiling
    Ceiling(grants::ShowCeiling),
    /// 安装（不启用） · installs a packed plugin, without enabling it
    Install(install::Args),
    /// 启用 · enables an installed plugin
    Enable {
        /// 插件名
        name: PluginName,
        /// 主体
        #[arg(long, default_value = "city")]
        tenant: TenantSlug,
        #[command(flatten)]
        data: DataDir,
    },
    /// 停用 · suspends an enabled plugin
    Suspend {
        /// 插件名
        name: PluginName,
        /// 主体
        #[arg(long, default_value = "city")]
        tenant: TenantSlug,
        /// 理由 · why
        #[arg(long, default_value = "")]
        reason: String,
        #[command(flatten)]
        data: DataDir,
    },
    /// 召回某一版本写入的内容（默认只列出） · lists, or undoes, what a version wrote
    Recall(recall::Args),
    /// 各主体各插件的用量：调用、CPU、内存、流量 · what plugins cost each tenant
    Costs(costs::Args),
    /// 列出已安装的插件 · lists what is installed
    List {
        /// 主体；省略则全部 · the tenant; all of them if absent
        #[arg(long)]
        tenant: Option<TenantSlug>,
        /// 输出 JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        data: DataDir,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Kind {
    Scorer,
    NichePool,
    Connector,
}

impl From<Kind> for PluginKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Scorer => Self::Scorer,
            Kind::NichePool => Self::NichePool,
            Kind::Connector => Self::Connector,
        }
    }
}

pub(super) fn run(args: &Args) -> Done {
    let say = Say { json: false };
    match &args.command {
        Command::New { name, kind } => {
            let sdk = crate::project::root()?.join("sdk/rust");
            let dir = Path::new(name.as_str());
            author::new_project(dir, name, (*kind).into(), &sdk)?;
            say.line(format!("已新建 {name}/ 。下一步 · next:"));
            say.line(format!("  cd {name} && cargo test && taihu plugin build"));
            Ok(())
        }
        Command::Build { dir } => packed(say, dir, None),
        Command::Pack { dir, wasm } => packed(say, dir, wasm.as_deref()),
        Command::Test { file } => test(say, file),
        Command::Keygen(args) => signing::keygen(say, args),
        Command::Sign(args) => signing::sign(say, args),
        Command::Verify(args) => signing::verify(say, args),
        Command::Grant(args) => grants::decide(say, args),
        Command::Second(args) => grants::second(say, args),
        Command::Grants(args) => grants::explain(say, args),
        Command::Ceiling(args) => grants::ceiling(say, args),
        Command::Install(args) => install::run(say, args),
        Command::Enable { name, tenant, data } => {
            let home = data.open(false)?;
            home.kernel.enable(&console(&home), tenant, name)?;
            say.line(format!("已启用 {name}（{tenant}） · enabled"));
            life::refill(say, &home)
        }
        Command::Suspend { name, tenant, reason, data } => {
            let home = data.open(false)?;
            home.kernel.suspend(&console(&home), tenant, name, reason)?;
            say.line(format!("已停用 {name}（{tenant}） · suspended"));
            Ok(())
        }
        Command::Life(command) => life::run(command, say),
        Command::Costs(args) => costs::run(args),
        Command::Recall(args) => recall::run(args),
        Command::List { tenant, json, data } => list(tenant.as_ref(), *json, data),
    }
}

fn packed(say: Say, dir: &Path, wasm: Option<&Path>) -> Done {
    let built;
    let wasm = match wasm {
        Some(wasm) => wasm,
        None => {
            built = author::build_project(dir, &mut |line| say.line(line))?;
            &built
        }
    };
    let packed = author::pack(dir, &read(wasm)?)?;
    let path = author::write_packed(dir, &packed)?;
    say.line(format!(
        "已打包 {}（{} {}，{} 字节，{} 个用例）",
        path.display(),
        packed.manifest.name,
        packed.manifest.version,
        packed.bytes.len(),
        packed.cases
    ));
    Ok(())
}

fn test(say: Say, file: &Path) -> Done {
    let outcomes = taihu_service::test_plugin(&read(file)?)?;
    let mut failed = 0;
    for outcome in &outcomes {
        if outcome.passed() {
            say.line(format!("✓ {}", outcome.name));
            continue;
        }
        failed += 1;
        say.line(format!("✗ {}", outcome.name));
        for difference in &outcome.differences {
            say.line(format!("    {}\n    {}", difference.zh, difference.en));
        }
        if let Some(error) = &outcome.unmade {
            say.line(format!(
                "    未能运行，请重试：{}\n    not made, try again: {error}",
                error.zh()
            ));
        }
    }
    say.line(format!("{} passed, {failed} failed", outcomes.len() - failed));
    if failed == 0 {
        return Ok(());
    }
    Err(Failure::new(format!("{failed} 个用例未通过"), format!("{failed} cases failed")))
}

fn list(tenant: Option<&TenantSlug>, json: bool, data: &DataDir) -> Done {
    let home = data.open(false)?;
    let caller = console(&home);
    let tenants = match tenant {
        Some(tenant) => vec![tenant.clone()],
        None => home.kernel.tenants()?.into_iter().map(|tenant| tenant.slug).collect(),
    };
    let say = Say { json };
    let (mut objects, mut withheld) = (Vec::new(), Vec::new());
    for tenant in tenants {
        for (installation, plugin) in home.kernel.installations(&caller, &tenant)? {
            let manifest = &plugin.manifest;
            say.line(format!(
                "{tenant:<10} {:<22} {:<8} {:<6} {:<6} {:<6} {}",
                manifest.name.as_str(),
                manifest.version.to_string(),
                manifest.kind.zh(),
                installation.state.zh(),
                if manifest.kind == PluginKind::Scorer {
                    installation.weight.to_string()
                } else {
                    "-".into()
                },
                manifest.title.zh
            ));
            if let Some(trial) = installation.trial.as_ref().filter(|_| installation.serves()) {
                let short = &trial.digest.to_string()[..12];
                say.line(format!("{:<10}   新版本 {short}：{}", "", trial.stage.zh()));
            }
            objects.push(serde_json::json!({ "installation": installation, "manifest": manifest }));
        }
        for one in home.kernel.withheld(&caller, &tenant)? {
            say.line(format!(
                "{tenant:<10} {:<22} 对该主体已隔离（{}）；解除：taihu plugin release {} --tenant {tenant} --reason …",
                one.plugin.as_str(),
                one.cause,
                one.plugin
            ));
            withheld.push(serde_json::json!({ "tenant": tenant, "withheld": one }));
        }
    }
    if objects.is_empty() {
        say.line("尚未安装插件。安装：taihu plugin install FILE · nothing is installed");
    }
    if json {
        say.object(&serde_json::json!({ "plugins": objects, "withheld": withheld }));
    }
    Ok(())
}
