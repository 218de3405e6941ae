//! `taihu publisher`: whose keys sign plugins, from the machine's own console.

use std::path::PathBuf;

use clap::Subcommand;
use taihu_model::{KeyId, PluginName, TenantSlug};

use super::plugin::text;
use super::{DataDir, Done, Failure, Say, console};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    data: DataDir,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 登记公钥 · adds a key that may sign plugins
    Add {
        /// 公钥文件（.pub） · the public key
        file: PathBuf,
        /// 由哪个主体负责 · the tenant that answers for it
        #[arg(long)]
        tenant: TenantSlug,
        /// 持有人名称 · who holds it
        #[arg(long)]
        name: String,
    },
    /// 列出公钥 · lists the keys
    List,
    /// 吊销公钥，不可恢复 · revokes a key, for ever
    Revoke {
        /// 密钥编号，16 位十六进制 · its id, 16 hexadecimal digits
        key: String,
        /// 理由 · why
        #[arg(long)]
        reason: String,
        /// 隔离它签名的所有已安装版本 · quarantines whatever it signed
        #[arg(long)]
        quarantine: bool,
    },
}

pub(super) fn run(args: &Args) -> Done {
    let home = args.data.open(false)?;
    let (kernel, caller, say) = (&home.kernel, console(&home), Say { json: false });
    match &args.command {
        Command::Add { file, tenant, name } => {
            let added = kernel.add_publisher(&caller, tenant, &text(file)?, name)?;
            say.line(format!("已登记 {}（{tenant}，{}） · added", added.key, added.name));
        }
        Command::List => {
            for one in kernel.publishers(&caller)? {
                let state = match &one.revoked {
                    Some(end) => format!("已吊销：{}", end.reason),
                    None => "有效".to_owned(),
                };
                say.line(format!("{} {:<10} {} {state}", one.key, one.tenant, one.name));
            }
        }
        Command::Revoke { key, reason, quarantine } => {
            let revoked = kernel.revoke_publisher(&caller, parse(key)?, reason, *quarantine)?;
            say.line(format!(
                "已吊销 {}（{}） · revoked",
                revoked.publisher.key, revoked.publisher.name
            ));
            tell(say, "已隔离 · quarantined", &revoked.quarantined);
            tell(say, "仍在运行 · goes on", &revoked.going_on);
        }
    }
    Ok(())
}

fn parse(key: &str) -> Result<KeyId, Failure> {
    key.parse().map_err(|error: taihu_model::BadKeyId| {
        Failure::new(format!("密钥编号应为16位十六进制，而不是“{key}”"), error.to_string())
    })
}

fn tell(say: Say, what: &str, places: &[(TenantSlug, PluginName)]) {
    for (tenant, plugin) in places {
        say.line(format!("  {what}：{plugin}（{tenant}）"));
    }
}
