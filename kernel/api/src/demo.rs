//! `taihu demo`: one day in Huzhou, from a university's file to an accepted recommendation.

mod feed;
pub(crate) mod plugins;
mod story;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Instant;

use crate::cli::{Done, Failure, Say, console, open, serve_kernel};
use crate::project;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// 数据目录；再次运行不会重复导入 · the data directory; a second run changes nothing
    #[arg(long, default_value = "taihu-demo", value_name = "DIR")]
    data: PathBuf,
    /// 演示结束后继续提供服务 · keeps serving afterwards
    #[arg(long)]
    serve: bool,
    /// 监听地址（与 --serve 同用） · the address to listen on
    #[arg(long, default_value = "127.0.0.1:8620")]
    listen: SocketAddr,
    /// 只在最后输出一个 JSON 对象 · prints only one JSON object at the end
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Done {
    let started = Instant::now();
    let say = Say { json: args.json };
    let root = project::root()?;
    let example = root.join("examples/one-day");
    say.line("太湖演示：三所高校的成果，十余家企业的需求，一天之内 · one day in Huzhou");

    say.line("\n一、构建插件 · building the bundled plugins");
    let packed = plugins::build(&root, say)?;
    let home = open(&args.data, true)?;
    let caller = console(&home);
    let kernel = &home.kernel;
    plugins::install(&home, &caller, &packed, say)?;

    say.line("\n二、导入三所高校的成果 · importing from three universities");
    let feed = feed::start(&example)?;
    let imported = story::import(kernel, &caller, &example, &feed.base_url(), say)?;
    drop(feed);

    say.line("\n三、细分领域成果池 · filling the niche pools");
    let pool_members = story::fill_pools(kernel, &caller, say)?;

    say.line("\n四、企业需求与匹配 · needs and their answers");
    let answered = story::answer_needs(kernel, &caller, &example, say)?;
    kernel.save_index()?;

    let seconds = started.elapsed().as_secs_f64();
    say.line(format!(
        "\n小结：收录 {} 条，未收 {} 条，合并 {} 条；成果池成员 {pool_members}；需求 {}，匹配 {}，采纳 {}，不采纳 {}；用时 {seconds:.1} 秒",
        imported.imported, imported.rejected, imported.merged, answered.needs, answered.matches,
        answered.accepted, answered.declined
    ));
    if args.json {
        say.object(&serde_json::json!({
            "imported": imported.imported,
            "rejected": imported.rejected,
            "merged": imported.merged,
            "achievements": imported.achievements,
            "pool_members": pool_members,
            "needs": answered.needs,
            "matches": answered.matches,
            "accepted": answered.accepted,
            "declined": answered.declined,
            "changes": imported.changes + answered.changes,
            "seconds": (seconds * 1000.0).round() / 1000.0,
        }));
    }
    if args.serve {
        return serve_kernel(kernel, args.listen, None);
    }
    say.line(format!(
        "继续查看：taihu serve --data {0} ；再次匹配：taihu match --data {0} \"…\"",
        args.data.display()
    ));
    Ok(())
}

/// What lies in the example, read as JSON.
fn read_json<T: serde::de::DeserializeOwned>(path: &std::path::Path) -> Result<T, Failure> {
    let bytes = crate::cli::read(path)?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Failure::new(
            format!("{} 有误：{error}", path.display()),
            format!("{} is wrong: {error}", path.display()),
        )
    })
}
