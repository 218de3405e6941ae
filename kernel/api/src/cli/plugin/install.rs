//! `taihu plugin install`: a signed file becomes a version that waits, or a refusal that says why.

use std::path::{Path, PathBuf};

use taihu_model::{Config, GrantRequest, InstallationState, TenantSlug};
use taihu_service::InstallOptions;

use super::super::import::read;
use super::super::{DataDir, Done, Failure, Say, console};
use super::grants::{tell_grant, tell_undecided};
use super::signing;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 打包好的插件 · the packed plugin
    file: PathBuf,
    /// 装到哪个主体 · on whose ground
    #[arg(long, default_value = "city")]
    tenant: TenantSlug,
    /// 配置（JSON 文件） · its configuration, a JSON file
    #[arg(long)]
    config: Option<PathBuf>,
    /// 评分插件的权重，0–1000 · a scorer's weight
    #[arg(long)]
    weight: Option<u16>,
    /// 签名文件，默认 FILE.minisig · its signature, by default the one beside it
    #[arg(long)]
    signature: Option<PathBuf>,
    /// 允许未签名（仅用于开发） · lets it in unsigned, for development
    #[arg(long)]
    allow_unsigned: bool,
    /// 授予它申请的全部（不超过全市上限） · grants all it wishes for, below the city's ceiling
    #[arg(long)]
    grant_all: bool,
    /// 安装后立即启用 · enables it at once
    #[arg(long)]
    enable: bool,
    #[command(flatten)]
    data: DataDir,
}

pub(super) fn run(say: Say, args: &Args) -> Done {
    let Args { file, tenant, .. } = args;
    let bytes = read(file)?;
    let options = InstallOptions {
        config: configuration(args.config.as_deref())?,
        weight: args.weight,
        signature: signing::signature_of(file, args.signature.as_deref())?,
    };
    let home = args.data.open_for(false, args.allow_unsigned)?;
    let caller = console(&home);
    let installed = home.kernel.install(&caller, tenant, &bytes, options)?;
    let name = &installed.plugin;
    let digest = installed.trial.as_ref().map_or(installed.digest, |trial| trial.digest);
    say.line(format!("已安装 {name}（{tenant}），摘要 {digest}"));
    if args.grant_all {
        let all = GrantRequest { all: true, ..GrantRequest::default() };
        tell_grant(say, &home.kernel.grant_plugin(&caller, tenant, name, &all)?);
    }
    if args.enable {
        home.kernel.enable(&caller, tenant, name)?;
        say.line(format!("已启用 {name} · enabled"));
        return super::life::refill(say, &home);
    }
    tell_undecided(say, &home.kernel.grants(&caller, tenant, name)?);
    if installed.serves() && installed.trial.is_some() {
        say.line(format!(
            "现用版本照常服务，新版本待试运行：taihu plugin shadow {name} --tenant {tenant}（或直接启用：taihu plugin enable {name}）"
        ));
    } else if installed.state != InstallationState::Enabled {
        say.line(format!("启用：taihu plugin enable {name} --tenant {tenant}"));
    }
    // The same version may have come with other settings.
    super::life::refill(say, &home)
}

fn configuration(path: Option<&Path>) -> Result<Config, Failure> {
    let Some(path) = path else { return Ok(Config::new()) };
    serde_json::from_slice(&read(path)?).map_err(|error| {
        Failure::new(
            format!("配置 {} 不是 JSON 对象：{error}", path.display()),
            format!("{} is no JSON object: {error}", path.display()),
        )
    })
}
