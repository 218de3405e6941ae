//! `taihu plugin costs`: what plugins have cost each tenant.

use taihu_model::TenantSlug;
use taihu_service::CostEntry;

use crate::cli::{DataDir, Done, Say, console};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// 主体；省略则全部 · the tenant; all of them if absent
    #[arg(long)]
    tenant: Option<TenantSlug>,
    /// 输出 CSV，便于结算 · prints CSV, one line for each tenant and plugin
    #[arg(long)]
    csv: bool,
    #[command(flatten)]
    data: DataDir,
}

/// The columns of the CSV, units last. New ones go to the end.
const COLUMNS: &str = "tenant,plugin,since,until,calls,failures,refused,slow,cpu_us,waited_us,\
    memory_bytes_max,bytes_in,bytes_out,egress_requests,egress_bytes";

pub(super) fn run(args: &Args) -> Done {
    let home = args.data.open(false)?;
    let caller = console(&home);
    let tenants = match &args.tenant {
        Some(tenant) => vec![tenant.clone()],
        None => home.kernel.tenants()?.into_iter().map(|tenant| tenant.slug).collect(),
    };
    let say = Say { json: false };
    if args.csv {
        say.line(COLUMNS);
    }
    let mut none = true;
    for tenant in tenants {
        for entry in home.kernel.costs(&caller, &tenant)? {
            none = false;
            say.line(if args.csv { csv(&tenant, &entry) } else { line(&tenant, &entry) });
        }
    }
    if none && !args.csv {
        say.line("还没有插件用量 · no plugin has been called yet");
    }
    Ok(())
}

/// Slugs and names are letters, digits and hyphens, so nothing needs to be quoted.
fn csv(tenant: &TenantSlug, CostEntry { plugin, since, until, cost }: &CostEntry) -> String {
    let numbers = [
        cost.calls,
        cost.failures,
        cost.refused,
        cost.slow,
        cost.cpu_us,
        cost.waited_us,
        cost.memory_bytes_max,
        cost.bytes_in,
        cost.bytes_out,
        cost.egress_requests,
        cost.egress_bytes,
    ];
    let numbers = numbers.map(|number| number.to_string()).join(",");
    format!("{tenant},{plugin},{since},{until},{numbers}")
}

fn line(tenant: &TenantSlug, CostEntry { plugin, since, cost, .. }: &CostEntry) -> String {
    let kib = |bytes: u64| bytes.div_ceil(1024);
    format!(
        "{tenant:<10} {:<22} 调用 {}（失败 {}，拒绝 {}，转低优先级 {}） CPU {:.1} 毫秒 内存峰值 {} KiB 进 {} KiB 出 {} KiB \
         外联 {} 次 {} KiB 自 {since}",
        plugin.as_str(),
        cost.calls,
        cost.failures,
        cost.refused,
        cost.slow,
        cost.cpu_us as f64 / 1e3,
        kib(cost.memory_bytes_max),
        kib(cost.bytes_in),
        kib(cost.bytes_out),
        cost.egress_requests,
        kib(cost.egress_bytes),
    )
}

#[cfg(test)]
mod tests {
    use taihu_service::Cost;

    use super::*;

    #[test]
    fn a_line_of_the_csv_has_as_many_fields_as_its_head() {
        let at = "2026-05-20T00:00:00Z".parse().unwrap();
        let cost = Cost { calls: 2, cpu_us: 7, egress_bytes: 9, ..Cost::default() };
        let entry = CostEntry { plugin: "relevance".parse().unwrap(), since: at, until: at, cost };
        let line = csv(&"anji".parse().unwrap(), &entry);
        assert_eq!(
            line,
            "anji,relevance,2026-05-20T00:00:00Z,2026-05-20T00:00:00Z,2,0,0,0,7,0,0,0,0,0,9"
        );
        assert_eq!(line.split(',').count(), COLUMNS.split(',').count());
    }
}
