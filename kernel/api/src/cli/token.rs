//! `taihu token`: tokens from the machine's own console, for when the first one is lost.

use clap::Subcommand;
use taihu_model::{PrincipalId, TenantSlug};
use taihu_service::Role;

use super::{DataDir, Done, Say, console};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    data: DataDir,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 签发令牌，只显示这一次 · issues a token, shown this once
    Issue {
        /// 持有人名称 · who it is for
        name: String,
        /// city、district、provider、enterprise、manager、auditor
        #[arg(long, default_value = "city")]
        role: String,
        /// 主体 · on whose ground
        #[arg(long, default_value = "city")]
        tenant: TenantSlug,
    },
    /// 列出持有人 · lists who holds a token
    List,
    /// 吊销令牌 · revokes a token, at once and for ever
    Revoke {
        /// 持有人编号 user_…
        id: PrincipalId,
    },
}

pub(super) fn run(args: &Args) -> Done {
    let home = args.data.open(false)?;
    let (kernel, caller, say) = (&home.kernel, console(&home), Say { json: false });
    match &args.command {
        Command::Issue { name, role, tenant } => {
            let role: Role = role.parse()?;
            let (principal, token) = kernel.issue_token(&caller, name, role, tenant)?;
            say.line(format!("{} {}（{}，{tenant}）", principal.id, principal.name, role.zh()));
            say.line(token);
        }
        Command::List => {
            for one in kernel.principals(&caller)? {
                let state = if one.revoked.is_some() { "已吊销" } else { "有效" };
                say.line(format!(
                    "{} {} {} {} {state}",
                    one.id,
                    one.tenant,
                    one.role.zh(),
                    one.name
                ));
            }
        }
        Command::Revoke { id } => {
            let principal = kernel.revoke_token(&caller, *id)?;
            say.line(format!("已吊销 {}（{}） · revoked", principal.name, principal.id));
        }
    }
    Ok(())
}
