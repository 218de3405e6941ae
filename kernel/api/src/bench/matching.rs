//! From a need to ten explained answers, over a pool of any size.

use std::path::Path;

use serde_json::{Value, json};
use taihu_model::{NeedFacts, RunStatus, Source};
use taihu_service::{Caller, Home, RunMode};

use super::{median, quantile, round};
use crate::cli::{Failure, Say, console, open};
use crate::{demo, project};

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Args {
    /// 成果数 · how many achievements
    #[arg(long, default_value_t = 10_000)]
    achievements: usize,
    /// 需求数 · how many needs are asked
    #[arg(long, default_value_t = 300)]
    needs: usize,
}

pub(super) fn run(args: &Args, say: Say) -> Result<Value, Failure> {
    let dir = Path::new("target").join(format!("taihu-bench-{}", std::process::id()));
    let measured = measure(args, &dir, say);
    let _ = std::fs::remove_dir_all(&dir);
    measured
}

fn measure(args: &Args, dir: &Path, say: Say) -> Result<Value, Failure> {
    let Ground { home, caller, import_s } = ground(args.achievements, dir, say)?;
    let kernel = &home.kernel;
    let (mut all, mut candidates) = (Vec::new(), Vec::new());
    for n in 0..args.needs + 20 {
        let facts = NeedFacts { problem: problem(n), ..NeedFacts::default() };
        let ranking = kernel.rank(&caller, kernel.city(), facts)?;
        if n >= 20 {
            all.push(ranking.took_us as f64 / 1000.0);
            candidates.push(ranking.candidates_us as f64 / 1000.0);
        }
    }
    let p99 = quantile(&mut all, 0.99);
    let p50 = median(&mut all);
    say.line(format!("每个需求 p50 {p50:.2} 毫秒，p99 {p99:.2} 毫秒"));
    Ok(json!({
        "bench": "match",
        "achievements": args.achievements,
        "needs": args.needs,
        "p50_ms": round(p50),
        "p99_ms": round(p99),
        "candidates_p50_ms": round(median(&mut candidates)),
        "import_per_s": (args.achievements as f64 / import_s).round(),
    }))
}

/// A kernel with the bundled plugins and generated achievements.
pub(super) struct Ground {
    pub(super) home: Home,
    pub(super) caller: Caller,
    /// How long the import took.
    import_s: f64,
}

/// Makes one in an empty directory, as it is installed in Huzhou.
pub(super) fn ground(achievements: usize, dir: &Path, say: Say) -> Result<Ground, Failure> {
    let root = project::root()?;
    let packed = demo::plugins::build(&root, say)?;
    let home = open(dir, false)?;
    let caller = console(&home);
    let kernel = &home.kernel;
    demo::plugins::install(&home, &caller, &packed, say)?;
    let source: Source =
        serde_json::from_value(source()).map_err(|error| Failure::new("", error.to_string()))?;
    let slug = kernel.put_source(&caller, source)?.slug;
    let run = kernel.start_run(&caller, &slug, RunMode::Full)?;
    let lines = Lines { next: 0, count: achievements, rest: Vec::new() };
    let started = std::time::Instant::now();
    let run = kernel.drive_lines(&caller, run.id, lines, &mut |_| {})?;
    kernel.catch_up()?;
    let import_s = started.elapsed().as_secs_f64();
    if run.status != RunStatus::Done || run.counts.new as usize != achievements {
        return Err(Failure::new("导入不完整", format!("imported {:?}", run.counts)));
    }
    say.line(format!("已导入 {achievements} 项，用时 {import_s:.1} 秒"));
    Ok(Ground { home, caller, import_s })
}

/// A problem that a need has, in the words of the achievements; none like another.
pub(super) fn problem(n: usize) -> String {
    paragraph(n * 7919 + 13)
}

fn source() -> Value {
    json!({
        "slug": "bench", "name": "性能测试", "tenant": "city", "connector": "json-lines", "trust": "partner",
        "config": { "id": "id", "fields": {
            "title": "title", "summary": "summary", "problem": "problem", "keyword": "keywords", "stage": "stage",
            "owner": { "constant": "测试大学" }, "secrecy": { "constant": "公开" }, "owner_declaration": { "constant": "是" },
        } },
    })
}

const SUBJECTS: &[&str] = &[
    "磷酸铁锂正极",
    "铅蓄电池板栅",
    "钠电硬碳负极",
    "氢燃料电池双极板",
    "光伏组件封装胶膜",
    "电梯曳引机永磁电机",
    "竹材重组结构板",
    "印染废水膜浓缩",
    "北斗定位终端",
    "遥感影像变化检测",
    "激光雷达点云",
    "车规级碳化硅模块",
    "抗体药物偶联物",
    "水产循环水养殖",
    "物流分拣机器人",
    "童装阻燃面料",
    "工业视觉缺陷检测",
    "低空无人机避障",
];
const PROBLEMS: &[&str] = &[
    "杂质残留高",
    "批次一致性差",
    "循环寿命短",
    "能耗偏高",
    "良率波动大",
    "检测漏报多",
    "装配精度不足",
    "腐蚀速率快",
    "响应延迟长",
    "成本难以下降",
    "低温性能衰减",
    "信号遮挡丢失",
    "粉尘团聚",
    "涂层开裂",
    "噪声超标",
    "结垢堵塞",
];
const METHODS: &[&str] = &[
    "梯度掺杂",
    "界面修饰",
    "多传感器融合",
    "迁移学习模型",
    "短流程再生",
    "连续化热处理",
    "微通道反应",
    "自适应控制",
    "数字孪生标定",
    "溶剂剥离",
    "低共熔萃取",
    "柔性夹持",
    "等离子喷涂",
    "超声辅助分散",
    "稀疏阵列成像",
    "余热梯级利用",
];

const STAGES: &[&str] = &["初期", "中期", "成熟应用"];

/// A text that depends on its number alone; made for speed, not for quality.
fn paragraph(n: usize) -> String {
    let pick = |list: &[&'static str], salt: usize| {
        list[(n.wrapping_mul(2_654_435_761).wrapping_add(salt * 40_503) >> 7) % list.len()]
    };
    format!(
        "针对{}在生产中{}、{}的问题，采用{}与{}相结合的方法，建立{}的在线评价体系，使{}的关键指标提升{}%以上，并在{}场景完成第{}轮验证。",
        pick(SUBJECTS, 1),
        pick(PROBLEMS, 2),
        pick(PROBLEMS, 3),
        pick(METHODS, 4),
        pick(METHODS, 5),
        pick(PROBLEMS, 6),
        pick(SUBJECTS, 7),
        n % 83 + 5,
        pick(SUBJECTS, 8),
        n % 9_973
    )
}

/// Generated records as lines of JSON, without holding them all.
struct Lines {
    next: usize,
    count: usize,
    rest: Vec<u8>,
}

impl std::io::Read for Lines {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if self.rest.is_empty() && self.next < self.count {
            let n = self.next;
            self.next += 1;
            let text = paragraph(n);
            let line = json!({
                "id": format!("bench-{n}"),
                "title": format!("{}的{}技术（{n}）", SUBJECTS[n % SUBJECTS.len()], METHODS[n / 7 % METHODS.len()]),
                "summary": format!("{text}该成果已形成成套工艺和装备，经第三方检测，主要指标优于现有方案。"),
                "problem": PROBLEMS[n / 3 % PROBLEMS.len()],
                "keywords": [SUBJECTS[n % SUBJECTS.len()], METHODS[n / 7 % METHODS.len()]],
                "stage": STAGES[n % STAGES.len()],
            });
            self.rest = format!("{line}\n").into_bytes();
        }
        let count = out.len().min(self.rest.len());
        out[..count].copy_from_slice(&self.rest[..count]);
        self.rest.drain(..count);
        Ok(count)
    }
}
