//! Texts that depend on their number alone: made for speed where no data is given, not for quality.

use super::pool::Passage;

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

/// A problem that a need has, in the words of the achievements; none like another.
pub(super) fn problem(n: usize) -> String {
    paragraph(n * 7919 + 13)
}

/// An achievement; none like another.
pub(super) fn passage(n: usize) -> Passage {
    let keywords = [SUBJECTS[n % SUBJECTS.len()], METHODS[n / 7 % METHODS.len()]];
    let text = paragraph(n);
    Passage {
        id: format!("bench-{n}"),
        title: format!("{}的{}技术（{n}）", keywords[0], keywords[1]),
        summary: format!("{text}该成果已形成成套工艺和装备，经第三方检测，主要指标优于现有方案。"),
        problem: PROBLEMS[n / 3 % PROBLEMS.len()].to_owned(),
        keywords: keywords.map(str::to_owned).to_vec(),
    }
}

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
