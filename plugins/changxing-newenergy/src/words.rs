//! Words and codes of new energy, its false friends, and its neighbours.
//!
//! A tag is a category, `chem:` with a chemistry, or `link:` with a link of the chain.

use niche_words::{Code, Row, Rules, code, row};

use crate::taxonomy::CODES;

/// What the pool goes by.
pub(crate) const RULES: Rules = Rules {
    rows: &[GUARDS, BATTERIES, MATERIALS, RECYCLING, SYSTEMS, HYDROGEN, SOLAR, HELPERS, NEIGHBOURS],
    codes: CODED,
    field: ("new_energy", "新能源与节能", 4),
    categories: CODES,
};

/// Longer words in which a word of the field means something else, or is only a source of power.
const GUARDS: &[Row] = &[
    row(
        0,
        "",
        "纽扣电池 纽扣电池片 微型电池 电池供电 电池续航 电池电量 电池容量不足 干电池 内置电池 内置锂电池 锂电池供电 由锂电池供电 可充电电池 电池寿命可达",
    ),
    row(
        0,
        "",
        "光伏供电 太阳能供电 太阳能板供电 光伏板供电 光伏大棚 光伏温室 太阳能板 光伏增氧机 光伏水泵 由光伏 光伏电源",
    ),
    row(
        0,
        "",
        "脱氢酶 加氢 氢化 加氢催化剂 脱氢 氢键 过氧化氢 氢氧化 碳酸氢 硫化氢 氢氧化钠 氢氧化钙",
    ),
    row(
        0,
        "",
        "储能焊 螺柱储能焊 弹簧储能 肌肉储能 铅污染 铅中毒 血铅 无铅 铅笔 铅蓄电池厂 蓄电池厂 铌酸锂 钽酸锂 光伏玻璃幕墙清洗",
    ),
    row(0, "", "离子电渗 钠离子通道 锂离子通道 钙钛矿量子点"),
];

/// Chemistries of batteries.
const BATTERIES: &[Row] = &[
    row(
        5,
        "lead_acid*6 chem:铅蓄 link:电芯",
        "铅蓄电池 铅酸电池 铅酸蓄电池 铅炭储能电池 铅炭储能 铅酸储能电池 铅炭电池 铅碳电池 阀控铅酸 阀控式铅酸蓄电池 lead-acid",
    ),
    row(
        5,
        "lithium_ion*2 chem:锂离子 link:电芯",
        "锂离子电池 锂电池 锂电 锂离子 磷酸铁锂电池 三元锂电池 磷酸铁锂 磷酸锰铁锂 钛酸锂 钴酸锂 三元电池 软包电池 圆柱电池 方形电池 补锂 lithium-ion li-ion",
    ),
    row(5, "lithium_ion*4 chem:锂硫 link:电芯", "锂硫电池"),
    row(5, "lithium_ion*4 chem:锂金属 link:电芯", "锂金属电池 锂金属负极"),
    row(5, "sodium_ion*4 chem:钠离子 link:电芯", "钠离子电池 钠电池 钠电 钠离子 sodium-ion"),
    row(
        5,
        "solid_state*6 chem:固态 link:电芯",
        "固态电池 全固态电池 半固态电池 固态锂电池 全固态锂电池 全固态 solid-state_battery",
    ),
    row(5, "other_battery*4 chem:锌离子 link:电芯", "锌离子电池 水系锌离子电池"),
    row(5, "other_battery*4 chem:镍氢 link:电芯", "镍氢电池"),
    row(5, "other_battery*4 link:电芯", "铝空气电池 锌空气电池 金属空气电池"),
    row(4, "battery*1 link:电芯*1", "动力电池 蓄电池 二次电池 电芯 电池极片 极片 纤维电池"),
    row(2, "battery*1 link:电芯*1", "电池 battery batteries"),
    row(
        4,
        "battery*2 link:电芯*2",
        "电池制造 锂电制造 电极干法 干法电极 厚电极 极耳 电池化成 化成分容",
    ),
];

/// What batteries are made of.
const MATERIALS: &[Row] = &[
    row(
        4,
        "cathode*5 link:材料*5",
        "正极材料 正极活性物质 高镍三元 三元正极 普鲁士蓝类钠离子电池正极 普鲁士蓝 层状氧化物正极 富锂锰基 钠电正极",
    ),
    row(
        4,
        "anode*5 link:材料*5",
        "负极材料 硅碳负极 硬碳负极 硬碳 石墨负极 电池负极 锌负极 负极活性物质 负极硫酸盐化 硅氧负极 钠离子电池负极材料",
    ),
    row(
        4,
        "electrolyte*12 link:材料*5",
        "电解液添加剂 锂电电解液 阻燃电解液 六氟磷酸锂 双氟磺酰亚胺锂",
    ),
    row(2, "electrolyte*2 link:材料*2", "电解液 凝胶电解质 水系电解液"),
    row(
        5,
        "solid_state*6 electrolyte*4 chem:固态 link:材料*5",
        "固态电解质 硫化物电解质 聚合物电解质 氧化物电解质",
    ),
    row(3, "separator*5 link:材料*5", "电池隔膜 锂电隔膜 陶瓷涂覆隔膜 陶瓷复合隔膜 agm隔板"),
    row(2, "separator*5 link:材料*4", "隔膜"),
    row(4, "grid_foil*5 link:材料*5 chem:铅蓄", "板栅 板栅合金 极板 铅膏 和膏"),
    row(4, "grid_foil*5 link:材料*5", "集流体 复合集流体 锂电铜箔 电池铝箔"),
    row(2, "battery_material*2 link:材料*4", "导电剂 粘结剂用于电极 多级孔炭 电池级碳酸锂 电池级"),
];

/// Second lives.
const RECYCLING: &[Row] = &[
    row(
        5,
        "battery_recycling*8 link:回收*8",
        "退役电池 退役动力电池 退役锂电池 退役电池回收 废旧电池 废旧锂电池 废旧动力电池 废旧锂离子电池 电池回收 动力电池回收 退役磷酸铁锂电池 退役磷酸铁锂 废旧磷酸铁锂 梯次利用 黑粉 提锂 选择性提锂 带电破碎",
    ),
    row(
        5,
        "lead_recycling*8 chem:铅蓄 link:回收*8",
        "再生铅 废铅膏 废铅蓄电池 废旧铅酸电池 废铅酸电池 铅蓄电池回收 铅膏脱硫",
    ),
    row(
        5,
        "pv_recycling*8 link:回收*8",
        "退役光伏 退役光伏组件 报废光伏组件 报废晶硅光伏组件 光伏组件回收 废旧光伏组件",
    ),
];

/// Systems around the cell.
const SYSTEMS: &[Row] = &[
    row(
        5,
        "storage*4 link:系统*4",
        "储能系统 储能电站 储能变流器 电化学储能 用户侧储能 储能舱 储能集装箱 构网型储能变流器 构网型储能 光储充 光储一体 光储 长时储能 储能电池 储能用",
    ),
    row(3, "storage*3 link:系统*3", "储能 微电网 需量控制 虚拟电厂"),
    row(
        5,
        "flow_battery*6 chem:液流 link:系统*3",
        "液流电池 全钒液流电池 铁基液流电池 全铁基液流电池 锌溴液流电池",
    ),
    row(5, "supercapacitor*6 link:电芯", "超级电容器 超级电容 双电层电容器 锂离子电容器"),
    row(
        5,
        "bms_test*5 link:系统*4",
        "电池管理系统 电池管理 bms 健康状态估计 荷电状态 电池健康状态 电池安全 电池检测 电池均衡 析锂 内短路 微短路 电池故障诊断",
    ),
    row(2, "bms_test*3 link:系统*3", "阻抗谱 电化学阻抗谱 健康状态"),
    row(
        5,
        "thermal_safety*10 link:系统*4",
        "热失控 热失控预警 电池热管理 电池包 浸没液冷 浸没式液冷 电池冷却",
    ),
    row(
        5,
        "charging*6 link:系统*4",
        "充电桩 充换电 换电站 换电 双向充电 双向充电桩 车网互动 v2g 无线充电桩 充电站",
    ),
    row(1, "charging*1 link:系统*1", "快充 超充"),
];

/// Hydrogen as an energy carrier.
const HYDROGEN: &[Row] = &[
    row(
        5,
        "fuel_cell*5 chem:燃料电池 link:系统",
        "燃料电池 质子交换膜燃料电池 燃料电池堆 燃料电池电堆 固体氧化物燃料电池 氢燃料电池",
    ),
    row(3, "fuel_cell*2 link:材料", "质子交换膜 膜电极 双极板 电堆"),
    row(
        5,
        "hydrogen_production*5 link:系统",
        "制氢 电解水 电解水制氢 电解制氢 绿氢 储氢 固态储氢 加氢站 高压储氢 输氢 电解槽 质子交换膜电解槽 碱性电解水",
    ),
    row(5, "hydrogen*3 link:系统*2", "氢能 氢能源"),
    row(3, "hydrogen*2 link:系统*2", "氢气泄漏 氢气传感器"),
    row(1, "hydrogen*1", "氢气"),
];

/// Photovoltaics.
const SOLAR: &[Row] = &[
    row(
        5,
        "photovoltaic*4 link:系统*2",
        "光伏组件 光伏电池 光伏逆变器 钙钛矿光伏 钙钛矿光伏组件 钙钛矿太阳能电池 钙钛矿电池 太阳能电池 太阳电池 异质结电池 晶硅电池 晶硅光伏 光伏电站 光伏器件 topcon",
    ),
    row(3, "photovoltaic*3 link:系统*2", "光伏 光伏发电 太阳能发电 photovoltaic"),
    row(2, "photovoltaic*2", "电池片 钙钛矿"),
];

/// Words that say nothing by themselves but place what belongs anyway.
const HELPERS: &[Row] = &[
    row(
        0,
        "link:装备*6",
        "装备 成套设备 生产线 涂布机 注液机 叠片机 卷绕机 焊接机 分选机 检测装置 辊压",
    ),
    row(0, "link:材料*3", "添加剂 催化剂 涂层材料 前驱体"),
    row(0, "link:系统*2", "能量管理 在线诊断 预警系统 管理方法 模组"),
    row(0, "battery_recycling*2 link:回收*3", "回收 再生 拆解 回用 修复再生"),
];

/// Other fields, in which batteries and lithium stand for something else.
const NEIGHBOURS: &[Row] = &[
    row(
        -3,
        "",
        "双相情感障碍 躁狂 抑郁症 精神科 锂盐治疗 血锂 患者 临床 给药 药代动力学 肿瘤 疫苗 细胞培养",
    ),
    row(-1, "", "植入式 助听器"),
    row(
        -2,
        "",
        "温室 大棚 灌溉 水产养殖 增氧机 池塘 育种 水稻 果园 可穿戴 心电 昆虫 生物传感 气凝胶 管道保温 外墙保温",
    ),
    row(-4, "", "含铅废水 土壤修复 污水处理 重金属废水 场地修复"),
];

/// Codes of the classification of patents and of GB/T 4754-2017.
const CODED: &[Code] = &[
    code("ipc", "H01M", 12, "battery*2"),
    code("ipc", "H01M4", 12, "battery_material*4 link:材料*4"),
    code("ipc", "H01M4/14", 12, "lead_acid*4 link:材料*4 chem:铅蓄"),
    code("ipc", "H01M4/68", 12, "grid_foil*6 link:材料*4 chem:铅蓄"),
    code("ipc", "H01M4/86", 12, "fuel_cell*6 link:材料*4"),
    code("ipc", "H01M4/88", 12, "fuel_cell*6 link:材料*4"),
    code("ipc", "H01M4/9", 12, "fuel_cell*6 link:材料*4"),
    code("ipc", "H01M8", 12, "fuel_cell*6"),
    code("ipc", "H01M8/18", 12, "flow_battery*8 chem:液流"),
    code("ipc", "H01M10/052", 12, "lithium_ion*4 chem:锂离子"),
    code("ipc", "H01M10/054", 12, "sodium_ion*4 chem:钠离子"),
    code("ipc", "H01M10/056", 12, "electrolyte*6 link:材料*4"),
    code("ipc", "H01M10/0562", 12, "solid_state*8 link:材料*4 chem:固态"),
    code("ipc", "H01M10/0565", 12, "solid_state*8 link:材料*4 chem:固态"),
    code("ipc", "H01M10/06", 12, "lead_acid*6 chem:铅蓄"),
    code("ipc", "H01M10/42", 12, "bms_test*6 link:系统*4"),
    code("ipc", "H01M10/44", 12, "bms_test*6 link:系统*4"),
    code("ipc", "H01M10/48", 12, "bms_test*6 link:系统*4"),
    code("ipc", "H01M10/54", 12, "battery_recycling*10 link:回收*10"),
    code("ipc", "H01M10/6", 12, "thermal_safety*8 link:系统*4"),
    code("ipc", "H01M50/40", 12, "separator*8 link:材料*4"),
    code("ipc", "H01M50/451", 12, "separator*8 link:材料*4"),
    code("ipc", "H01G11", 10, "supercapacitor*8"),
    code("ipc", "H01G9/20", 10, "photovoltaic*8"),
    code("ipc", "H02J3/28", 10, "storage*8 link:系统*4"),
    code("ipc", "H02J3/32", 10, "storage*8 link:系统*4"),
    code("ipc", "H02J3/38", 6, "storage*2 photovoltaic*2 link:系统*4"),
    code("ipc", "H02J7", 8, "charging*4 bms_test*4 link:系统*4"),
    code("ipc", "B60L53", 10, "charging*10 link:系统*4"),
    code("ipc", "B60L58", 10, "bms_test*8 link:系统*4"),
    code("ipc", "G01R31/36", 10, "bms_test*10 link:系统*4"),
    code("ipc", "G01R31/37", 10, "bms_test*10 link:系统*4"),
    code("ipc", "G01R31/38", 10, "bms_test*10 link:系统*4"),
    code("ipc", "G01R31/39", 10, "bms_test*10 link:系统*4"),
    code("ipc", "C25B1/02", 10, "hydrogen_production*8"),
    code("ipc", "C25B1/04", 10, "hydrogen_production*8"),
    code("ipc", "C25B", 4, "hydrogen_production*4"),
    code("ipc", "C01B3", 3, "hydrogen_production*4"),
    code("ipc", "F17C11", 4, "hydrogen_production*4"),
    code("ipc", "H02S", 10, "photovoltaic*8 link:系统*2"),
    code("ipc", "H10F", 4, "photovoltaic*2"),
    code("ipc", "H10K30", 8, "photovoltaic*8"),
    code("ipc", "H01L31/04", 8, "photovoltaic*8"),
    code("ipc", "C01G45", 3, "cathode*2 link:材料*2"),
    code("ipc", "C01G51", 4, "cathode*4 link:材料*2"),
    code("ipc", "C01G53", 4, "cathode*4 link:材料*2"),
    code("ipc", "C01B25/45", 5, "cathode*4 link:材料*2"),
    code("ipc", "C01D15", 4, "battery_material*2 link:材料*2"),
    code("ipc", "C22B26/12", 4, "battery_recycling*2 link:回收*2"),
    code("ipc", "C22B13", 3, "lead_recycling*6 link:回收*4"),
    code("industry", "3841", 10, "lithium_ion*4 chem:锂离子"),
    code("industry", "3842", 10, "other_battery*4 chem:镍氢"),
    code("industry", "3843", 10, "lead_acid*4 chem:铅蓄"),
    code("industry", "3844", 8, "other_battery*4"),
    code("industry", "3849", 10, "battery*2"),
    code("industry", "3825", 10, "photovoltaic*6"),
];
