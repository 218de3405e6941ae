//! `taihu ledger`: what stands in ledgers, and whether they add up, from the machine's own console.

use clap::Subcommand;
use serde_json::json;
use taihu_model::{AccountSlug, LedgerSlug, Money, TenantSlug};
use taihu_service::LedgerCheck;

use super::{DataDir, Done, Failure, Say, console};

/// Lines of a statement that are read at once.
const PAGE: usize = 200;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
    /// 主体 · on whose ground
    #[arg(long, global = true, default_value = "city")]
    tenant: TenantSlug,
    /// 输出 JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    data: DataDir,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 列出账本 · lists the ledgers
    List,
    /// 余额，或一个科目的明细 · balances, or the lines of one account, the newest first
    Statement {
        /// 账本
        ledger: LedgerSlug,
        /// 科目；不写则列出全部余额 · without it, every account's balance
        account: Option<AccountSlug>,
        /// 截至第几笔分录 · as it was after this entry
        #[arg(long)]
        at: Option<u64>,
        /// 最多几行 · at most so many lines
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// 逐笔核对；有误时以 1 退出 · adds ledgers up from their first entry; exits with 1 if one is wrong
    Check {
        /// 账本；不写则核对该主体的全部账本 · without it, all of the tenant's
        ledger: Option<LedgerSlug>,
        /// 截至第几笔分录 · up to this entry
        #[arg(long, requires = "ledger")]
        at: Option<u64>,
    },
}

pub(super) fn run(args: &Args) -> Done {
    let home = args.data.open(false)?;
    let (kernel, caller, say) = (&home.kernel, console(&home), Say { json: args.json });
    let tenant = &args.tenant;
    match &args.command {
        Command::List => {
            let ledgers = kernel.ledgers(&caller, tenant)?;
            if ledgers.is_empty() {
                none(say, tenant);
            }
            for one in &ledgers {
                let (kind, entries) = (one.terms.zh(), one.entries);
                say.line(format!("{} {kind} {} {entries}笔", one.slug, one.name));
            }
            if say.json {
                say.object(&json!({ "tenant": tenant, "ledgers": ledgers }));
            }
        }
        Command::Statement { ledger, account: None, at, .. } => {
            let found = kernel.ledger_balance(&caller, tenant, ledger, *at)?;
            say.line(format!("{}（截至第{}笔） · after entry {}", ledger, found.at, found.at));
            for one in &found.accounts {
                let money = Money(one.balance_fen);
                say.line(format!("  {money:>24}  {} {}", one.slug, one.name));
            }
            if say.json {
                say.object(&json!({
                    "tenant": tenant, "ledger": ledger, "at": found.at, "accounts": found.accounts,
                }));
            }
        }
        Command::Statement { ledger, account: Some(account), at, limit } => {
            let (mut up_to, mut left, mut rows) = (*at, *limit, Vec::new());
            while left > 0 {
                let take = left.min(PAGE);
                let page = kernel.statement(&caller, tenant, ledger, account, up_to, take)?;
                left -= page.lines.len();
                for line in page.lines {
                    let entry = line.booked.entry;
                    let (money, after) = (Money(line.amount_fen), Money(line.after_fen));
                    say.line(format!(
                        "#{} {} {money:>20} {after:>20} {} {} {}",
                        entry.number, entry.at, entry.action, entry.subject, entry.reason
                    ));
                    rows.push(json!({ "amount_fen": line.amount_fen, "after_fen": line.after_fen, "entry": entry }));
                }
                let Some(last) = page.next else { break };
                up_to = Some(last.saturating_sub(1));
            }
            if say.json {
                let (at, account) = (at, account);
                say.object(&json!({
                    "tenant": tenant, "ledger": ledger, "account": account, "at": at, "lines": rows,
                }));
            }
        }
        Command::Check { ledger, at } => {
            let named = match ledger {
                Some(ledger) => vec![ledger.clone()],
                None => kernel.ledgers(&caller, tenant)?.into_iter().map(|one| one.slug).collect(),
            };
            if named.is_empty() {
                none(say, tenant);
            }
            let mut checks = Vec::new();
            for ledger in named {
                let check = kernel.check_ledger(&caller, tenant, &ledger, *at)?;
                tell(say, &ledger, &check);
                checks.push((ledger, check));
            }
            return ended(say, &checks);
        }
    }
    Ok(())
}

fn none(say: Say, tenant: &TenantSlug) {
    say.line(format!(
        "“{tenant}”还没有账本，用 POST /v1/tenants/{tenant}/ledgers 开立 · no ledgers there yet"
    ));
}

fn tell(say: Say, ledger: &LedgerSlug, check: &LedgerCheck) {
    let state = if check.is_right() { "相符" } else { "不符" };
    say.line(format!(
        "{ledger}：{state}，{}笔分录，合计{}分，日志序号{} · commit {} of the log",
        check.entries, check.sum_fen, check.seq, check.seq
    ));
    for fault in &check.faults {
        say.line(format!("  ✗ {} · {}", fault.zh, fault.en));
    }
}

fn ended(say: Say, checks: &[(LedgerSlug, LedgerCheck)]) -> Done {
    let wrong = checks.iter().filter(|(_, check)| !check.is_right()).count();
    if say.json {
        let one = |(ledger, check): &(LedgerSlug, LedgerCheck)| {
            let faults: Vec<_> = check.faults.iter().map(|fault| &fault.zh).collect();
            json!({
                "ledger": ledger, "right": check.is_right(), "entries": check.entries,
                "at": check.at, "seq": check.seq, "sum_fen": check.sum_fen.to_string(),
                "faults": faults,
            })
        };
        say.object(
            &json!({ "wrong": wrong, "ledgers": checks.iter().map(one).collect::<Vec<_>>() }),
        );
    }
    if wrong == 0 {
        return Ok(());
    }
    Err(Failure::new(format!("{wrong}个账本不符"), format!("{wrong} ledgers do not add up")))
}
