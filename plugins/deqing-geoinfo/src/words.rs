//! Words and codes of geographic information, its false friends, and its neighbours.
//!
//! A tag is a category, `data_source:` with where the data come from, or `application:` with what
//! they are used for.

use niche_words::{Code, Row, Rules, code, row};

use crate::taxonomy::CODES;

/// What the pool goes by.
pub(crate) const RULES: Rules = Rules {
    rows: &[GUARDS, SENSING, POSITIONING, SURVEYING, GIS, DRIVING, APPLICATIONS, NEIGHBOURS],
    codes: CODED,
    field: ("geo_marine", "地球空间与海洋", 4),
    categories: CODES,
};

/// Longer words in which a word of the field means something else.
const GUARDS: &[Row] = &[
    row(0, "", "地理标志 地理标志产品 国家地理标志 地理标志农产品"),
    row(
        0,
        "",
        "市场定位 产品定位 品牌定位 客户定位 靶向定位 药物定位 亚细胞定位 基因定位 故障定位 接地故障定位 定位销 定位夹具 定位精度高的夹具",
    ),
    row(0, "", "手术导航 术中导航 磁导航支架 专利导航 导航菜单 网页导航 导航手术"),
    row(
        0,
        "",
        "医学图像 病理图像 内镜图像 图像重建 遥控器 遥控 红外遥控 卫星病灶 卫星细胞 卫星灶 测绘基因 基因图谱 高光谱显微 视网膜地形图",
    ),
    row(0, "", "激光雷达接收芯片 无人机电池 植保无人机药箱"),
];

/// Remote sensing.
const SENSING: &[Row] = &[
    row(
        5,
        "remote_sensing*4 data_source:卫星遥感",
        "遥感 卫星遥感 遥感影像 遥感大模型 遥感解译 多源遥感 时序遥感 遥感反演 卫星影像 对地观测 遥感智能解译 remote_sensing",
    ),
    row(
        5,
        "optical*10 data_source:光学卫星",
        "光学影像 高分遥感 高分遥感影像 光学遥感 多光谱遥感 高分影像 高分卫星 水色遥感 夜光遥感",
    ),
    row(
        5,
        "sar*8 data_source:雷达卫星",
        "合成孔径雷达 sar insar 雷达干涉 雷达干涉测量 时序雷达干涉测量 干涉雷达",
    ),
    row(5, "hyperspectral*8 data_source:高光谱", "高光谱遥感 高光谱影像 高光谱卫星"),
    row(2, "hyperspectral*4 data_source:高光谱", "高光谱"),
    row(3, "optical*3 data_source:光学卫星", "多光谱 卫星反演 卫星数据"),
    row(4, "remote_sensing*2", "图斑 图斑提取 地块边界 地表覆盖 辐射定标 影像解译"),
    row(1, "remote_sensing*1", "变化检测 变化监测 卫星"),
];

/// Satellite navigation and positioning.
const POSITIONING: &[Row] = &[
    row(
        5,
        "beidou_gnss*4 data_source:北斗/GNSS",
        "北斗 gnss 卫星导航 全球导航卫星 gps/北斗 北斗短报文 rtk ppp-rtk 地基增强 星基增强",
    ),
    row(3, "positioning*3", "高精度定位 连续定位 无缝定位 无缝导航 厘米级定位"),
    row(4, "integrated_navigation*5 data_source:惯性", "组合导航 惯性导航 视觉惯性 惯导 紧组合"),
    row(
        5,
        "indoor*6 data_source:伪卫星/超宽带",
        "伪卫星 北斗伪卫星 室内定位 室内导航 地下空间定位 隧道定位 uwb定位 超宽带定位 蓝牙定位",
    ),
    row(2, "indoor*3", "超宽带 uwb"),
    row(3, "deformation*6 application:形变监测", "形变监测 变形监测 地面沉降 滑坡监测 大坝监测"),
    row(1, "positioning*1", "gps 定位 导航"),
];

/// Surveying and mapping.
const SURVEYING: &[Row] = &[
    row(5, "surveying*3", "测绘 测图 摄影测量 大地测量 地形测绘 测绘地理信息 水下地形"),
    row(5, "engineering_survey*6", "工程测量 全站仪 管线测绘 隧道断面测量 不动产测绘"),
    row(5, "uav_survey*8 data_source:无人机", "无人机测绘 无人机航测 无人机航摄 航空摄影测量 航测"),
    row(5, "uav_survey*4 real_scene*6 data_source:倾斜摄影", "倾斜摄影"),
    row(
        4,
        "lidar*6 data_source:激光雷达",
        "激光点云 机载激光 机载激光雷达 车载激光点云 激光扫描 三维激光扫描 移动测量 点云",
    ),
    row(3, "lidar*4 data_source:激光雷达", "激光雷达 lidar"),
];

/// GIS and spatio-temporal data.
const GIS: &[Row] = &[
    row(
        5,
        "gis_platform*6",
        "地理信息系统 地理信息 gis webgis 空间数据库 时空大数据 地理空间 空间分析 国土空间 时空信息 地理实体 自然资源一张图",
    ),
    row(4, "gis_platform*5 data_source:轨迹", "时空数据 时空轨迹 轨迹数据 轨迹挖掘"),
    row(5, "real_scene*8", "实景三维 三维实景 实景三维模型 城市三维模型 三维城市"),
    row(2, "real_scene*4", "单体化 三维建模"),
    row(3, "digital_twin*6", "数字孪生 数字孪生城市 数字孪生流域 城市信息模型 cim平台"),
];

/// Driving and flight that need maps and places.
const DRIVING: &[Row] = &[
    row(
        5,
        "hd_map*8 application:智能驾驶",
        "高精地图 高精度地图 车道级地图 地图众包 众包更新 导航地图",
    ),
    row(4, "hd_map*3 application:智能驾驶", "道路要素 车道线"),
    row(4, "vehicle_road*6 application:智能驾驶", "车路协同 路侧感知 车路云 v2x"),
    row(2, "vehicle_road*3 application:智能驾驶", "智能网联汽车 智能网联 自动驾驶 无人车 远程接管"),
    row(
        5,
        "low_altitude*8 application:低空经济",
        "低空经济 低空无人机 低空空域 低空航路 无人机航路 航路规划 低空飞行",
    ),
    row(3, "low_altitude*4", "低空 无人机"),
];

/// Words that say nothing by themselves but tell what it is used for.
const APPLICATIONS: &[Row] = &[
    row(0, "application:自然资源", "耕地 耕地保护 非农化 非粮化 自然资源 国土 林地 碳汇 毛竹林"),
    row(0, "application:水利与生态", "水环境 蓝藻 湖泊 水质 富营养化 水库 大坝 流域 气溶胶 臭氧"),
    row(0, "application:智慧农业", "农机 作物 农情 果园"),
    row(0, "application:城市治理", "城市 智慧城市 道路 桥梁 地下管线 市政"),
    row(0, "application:应急", "滑坡 边坡 地质灾害 应急 洪涝"),
];

/// Other fields, in which positions, images and satellites are something else.
const NEIGHBOURS: &[Row] = &[
    row(-3, "", "手术 患者 肿瘤 内镜 病灶 造影剂 靶向 给药 临床 抗体 细胞 骨科 影像科 ct 磁共振"),
    row(-3, "", "市场营销 品牌 电商 茶叶加工 农产品加工 溯源防伪"),
    row(-1, "", "水华 浮标 水质预测"),
    row(-2, "", "工装夹具 机床 数控 机械手"),
];

/// Codes of the classification of patents and of GB/T 4754-2017.
const CODED: &[Code] = &[
    code("ipc", "G01S19", 12, "beidou_gnss*6 data_source:北斗/GNSS"),
    code("ipc", "G01S19/11", 12, "indoor*8 data_source:伪卫星/超宽带"),
    code("ipc", "G01S19/4", 12, "beidou_gnss*4 data_source:北斗/GNSS"),
    code("ipc", "G01S5", 8, "indoor*4 positioning*4"),
    code("ipc", "G01S13/90", 12, "sar*10 data_source:雷达卫星"),
    code("ipc", "G01S13/88", 2, ""),
    code("ipc", "G01S13/93", 4, "vehicle_road*2"),
    code("ipc", "G01S7", 3, ""),
    code("ipc", "G01S17", 6, "lidar*6 data_source:激光雷达"),
    code("ipc", "G01S17/89", 12, "lidar*8 data_source:激光雷达"),
    code("ipc", "G01S", 4, "positioning*2"),
    code("ipc", "G01C", 8, "surveying*4"),
    code("ipc", "G01C11", 12, "uav_survey*6"),
    code("ipc", "G01C15", 12, "engineering_survey*6"),
    code("ipc", "G01C21", 8, "positioning*3"),
    code("ipc", "G01C21/16", 8, "integrated_navigation*6 data_source:惯性"),
    code("ipc", "G01C21/32", 12, "hd_map*8"),
    code("ipc", "G06T17/05", 12, "real_scene*6 gis_platform*2"),
    code("ipc", "G06T17", 5, "real_scene*3"),
    code("ipc", "G06V20/10", 10, "remote_sensing*6"),
    code("ipc", "G06V20/13", 12, "remote_sensing*6 data_source:卫星遥感"),
    code("ipc", "G06V20/17", 12, "uav_survey*4 data_source:无人机"),
    code("ipc", "G06V20/56", 4, "hd_map*2 vehicle_road*2"),
    code("ipc", "G06F16/29", 12, "gis_platform*8"),
    code("ipc", "G09B29", 12, "gis_platform*4 surveying*4"),
    code("ipc", "G08G1", 4, "vehicle_road*4"),
    code("ipc", "G08G5", 10, "low_altitude*8"),
    code("ipc", "B64U", 8, "low_altitude*6"),
    code("ipc", "B64G1/10", 8, "remote_sensing*4"),
    code("industry", "744", 12, "surveying*6"),
    code("industry", "7441", 12, "remote_sensing*6"),
    code("industry", "6571", 12, "remote_sensing*4 gis_platform*4"),
    code("industry", "4023", 6, "surveying*2 positioning*2"),
];
