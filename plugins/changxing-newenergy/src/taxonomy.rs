//! The pool's categories and own fields.

use taihu_plugin::{Category, OwnField, PoolDescription, category, own_field, text};

/// Code, parent, Chinese and English label; parents before children, the more particular first
/// among those that may pull equally.
const CATEGORIES: &[(&str, &str, &str, &str)] = &[
    ("recycling", "", "回收再生", "Recycling and second life"),
    (
        "battery_recycling",
        "recycling",
        "退役电池回收与梯次利用",
        "Recycling and second life of batteries",
    ),
    ("lead_recycling", "recycling", "再生铅", "Secondary lead"),
    ("pv_recycling", "recycling", "退役光伏组件回收", "Recycling of photovoltaic modules"),
    ("battery_material", "", "电池材料", "Battery materials"),
    ("cathode", "battery_material", "正极材料", "Cathode materials"),
    ("anode", "battery_material", "负极材料", "Anode materials"),
    ("electrolyte", "battery_material", "电解质与电解液", "Electrolytes"),
    ("separator", "battery_material", "隔膜", "Separators"),
    ("grid_foil", "battery_material", "板栅与集流体", "Grids and current collectors"),
    ("bms_test", "", "电池管理与检测", "Battery management and testing"),
    ("thermal_safety", "bms_test", "热管理与热失控预警", "Thermal management and runaway warning"),
    ("charging", "", "充换电与车网互动", "Charging, swapping and vehicle-to-grid"),
    ("storage", "", "储能系统", "Energy storage systems"),
    ("flow_battery", "storage", "液流电池", "Flow batteries"),
    ("supercapacitor", "storage", "超级电容器", "Supercapacitors"),
    ("battery", "", "电池", "Batteries"),
    ("solid_state", "battery", "固态电池", "Solid-state batteries"),
    ("sodium_ion", "battery", "钠离子电池", "Sodium-ion batteries"),
    ("lead_acid", "battery", "铅蓄电池", "Lead-acid batteries"),
    ("lithium_ion", "battery", "锂离子电池", "Lithium-ion batteries"),
    ("other_battery", "battery", "其他电池", "Other batteries"),
    ("hydrogen", "", "氢能", "Hydrogen"),
    ("fuel_cell", "hydrogen", "燃料电池", "Fuel cells"),
    ("hydrogen_production", "hydrogen", "制氢与储运", "Hydrogen production, storage and transport"),
    ("photovoltaic", "", "光伏", "Photovoltaics"),
    ("other", "", "其他新能源", "Other new energy"),
];

/// Every category's code, in the order of the taxonomy.
pub(crate) const CODES: &[&str] = &{
    let mut codes = [""; CATEGORIES.len()];
    let mut at = 0;
    while at < codes.len() {
        codes[at] = CATEGORIES[at].0;
        at += 1;
    }
    codes
};

/// Links of the chain, those that say most first.
pub(crate) const LINKS: &[&str] =
    &["link:回收", "link:装备", "link:材料", "link:系统", "link:电芯"];

/// What the pool is.
pub(crate) fn describe() -> PoolDescription {
    let own = |key, kind, zh, en| -> OwnField { own_field(key, kind, true, zh, en) };
    PoolDescription {
        label: text("长兴新能源成果池", "Changxing new-energy pool"),
        categories: CATEGORIES
            .iter()
            .map(|(code, parent, zh, en)| -> Category { category(code, parent, zh, en) })
            .collect(),
        own_fields: vec![
            own("chemistry", "texts", "电池体系", "Chemistry"),
            own("chain_link", "text", "产业链环节", "Link of the industry chain"),
        ],
    }
}
