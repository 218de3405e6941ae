//! The pool's categories and own fields.

use taihu_plugin::{Category, OwnField, PoolDescription, category, own_field, text};

/// Code, parent, Chinese and English label; parents before children.
const CATEGORIES: &[(&str, &str, &str, &str)] = &[
    ("remote_sensing", "", "遥感", "Remote sensing"),
    ("optical", "remote_sensing", "光学遥感", "Optical remote sensing"),
    ("sar", "remote_sensing", "雷达遥感（SAR）", "Radar remote sensing (SAR)"),
    ("hyperspectral", "remote_sensing", "高光谱遥感", "Hyperspectral remote sensing"),
    ("positioning", "", "卫星导航定位", "Satellite navigation and positioning"),
    ("beidou_gnss", "positioning", "北斗与GNSS", "BeiDou and GNSS"),
    ("integrated_navigation", "positioning", "组合导航", "Integrated navigation"),
    ("indoor", "positioning", "室内与地下定位", "Indoor and underground positioning"),
    ("deformation", "positioning", "形变监测", "Deformation monitoring"),
    ("surveying", "", "测绘", "Surveying and mapping"),
    ("engineering_survey", "surveying", "工程测量", "Engineering surveying"),
    ("uav_survey", "surveying", "无人机测绘", "Surveying by drones"),
    ("lidar", "surveying", "激光雷达与点云", "Lidar and point clouds"),
    ("gis", "", "GIS与时空数据", "GIS and spatio-temporal data"),
    ("gis_platform", "gis", "GIS与时空平台", "GIS and spatio-temporal platforms"),
    ("real_scene", "gis", "三维实景", "Real-scene 3D"),
    ("digital_twin", "gis", "数字孪生", "Digital twins"),
    ("driving", "", "智能网联应用", "Connected driving"),
    ("hd_map", "driving", "高精地图", "High-definition maps"),
    ("vehicle_road", "driving", "车路协同", "Vehicle-road cooperation"),
    ("low_altitude", "", "低空与无人机", "Low altitude and drones"),
    ("other", "", "其他地理信息", "Other geographic information"),
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

/// What the pool is.
pub(crate) fn describe() -> PoolDescription {
    let own = |key, zh, en| -> OwnField { own_field(key, "texts", true, zh, en) };
    PoolDescription {
        label: text("德清地理信息成果池", "Deqing geographic-information pool"),
        categories: CATEGORIES
            .iter()
            .map(|(code, parent, zh, en)| -> Category { category(code, parent, zh, en) })
            .collect(),
        own_fields: vec![
            own("data_source", "数据来源", "Data sources"),
            own("application", "应用方向", "Applications"),
        ],
    }
}
