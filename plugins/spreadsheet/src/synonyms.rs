//! The headers that universities use for the kernel's fields, and nothing but tables of them.

use crate::text::{key, squeeze};

/// In a configuration: the column is left out.
pub(crate) const IGNORE: &str = "ignore";

/// Longest header, in characters; longer texts are explanations or data.
const HEADER_CHARS_MAX: usize = 40;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Column {
    /// A field of the kernel.
    Field(&'static str),
    /// The source's own identifier.
    Id,
    /// A running number or a remark: known, and left out.
    Nothing,
}

const FIELDS: &[(&str, &[&str])] = &[
    (
        "title",
        &[
            "成果名称",
            "名称",
            "项目名称",
            "技术名称",
            "科技成果名称",
            "专利名称",
            "成果题目",
            "题目",
            "成果标题",
            "项目（成果）名称",
            "成果/项目名称",
            "title",
        ],
    ),
    (
        "summary",
        &[
            "主要内容",
            "成果主要内容",
            "简要技术说明",
            "技术说明",
            "成果内容简介",
            "简介",
            "成果简介",
            "摘要",
            "成果摘要",
            "项目简介",
            "技术简介",
            "成果介绍",
            "成果描述",
            "内容简介",
            "成果简述",
            "技术内容",
            "成果内容",
            "成果概述",
            "技术概述",
            "summary",
            "abstract",
        ],
    ),
    (
        "problem",
        &[
            "拟解决的技术问题",
            "技术痛点",
            "技术难题",
            "拟解决的技术难题",
            "解决的问题",
            "解决问题",
            "解决的技术问题",
            "拟解决问题",
            "解决的关键问题",
            "拟解决的问题",
            "痛点问题",
            "problem",
        ],
    ),
    (
        "advantage",
        &[
            "优势",
            "对比优势",
            "技术优势",
            "创新点",
            "主要创新点",
            "技术特点",
            "先进性",
            "核心优势",
            "竞争优势",
            "技术创新点",
            "与同类技术对比优势",
            "advantage",
        ],
    ),
    (
        "economics",
        &[
            "经济社会效益",
            "预期经济效益",
            "推广应用前景",
            "经济性",
            "经济效益",
            "效益分析",
            "市场前景",
            "预期效益",
            "应用前景",
            "economics",
        ],
    ),
    (
        "indicators",
        &["技术指标", "主要技术指标", "性能指标", "关键指标", "核心指标", "主要指标", "indicators"],
    ),
    (
        "field",
        &[
            "高新技术领域分类",
            "技术领域分类",
            "行业领域",
            "领域",
            "技术领域",
            "所属领域",
            "所属高新技术领域",
            "高新技术领域",
            "战略性新兴产业分类",
            "所属技术领域",
            "成果领域",
            "field",
        ],
    ),
    (
        "form",
        &[
            "体现形式",
            "成果表现形式",
            "成果形式",
            "成果类型",
            "成果体现形式",
            "成果类别",
            "类型",
            "类别",
            "form",
        ],
    ),
    (
        "stage",
        &[
            "成果应用状态",
            "应用状态",
            "成果转化阶段",
            "所处阶段",
            "成果阶段",
            "转化阶段",
            "阶段",
            "研发阶段",
            "成果所处阶段",
            "stage",
        ],
    ),
    (
        "trl",
        &[
            "技术成熟度",
            "成熟度",
            "技术就绪度",
            "TRL",
            "技术成熟度等级",
            "TRL等级",
            "成熟度等级",
            "技术成熟度TRL",
        ],
    ),
    (
        "trl_evidence",
        &["成熟度依据", "成熟度佐证", "成熟度说明", "验证情况", "应用情况", "佐证材料"],
    ),
    (
        "level",
        &[
            "评价结果",
            "鉴定水平",
            "鉴定意见",
            "成果评价水平",
            "成果水平",
            "技术水平",
            "评价水平",
            "鉴定结论",
            "评价结论",
        ],
    ),
    (
        "owner",
        &[
            "合作完成单位",
            "全部完成单位",
            "主要完成单位",
            "成果完成单位",
            "权属人",
            "所有单位",
            "成果权属人",
            "单位名称",
            "完成单位",
            "权属单位",
            "第一完成单位",
            "所属单位",
            "权利人",
            "专利权人",
            "单位",
            "学校",
            "所属高校",
            "成果所有人",
            "成果所属单位",
            "owner",
        ],
    ),
    (
        "inventor",
        &[
            "全部完成人",
            "完成人员",
            "主要完成人员",
            "成果完成人员",
            "合作完成人",
            "完成人",
            "发明人",
            "成果完成人",
            "主要完成人",
            "项目负责人",
            "成果负责人",
            "第一完成人",
            "研发团队",
            "团队成员",
            "负责人",
            "inventor",
        ],
    ),
    (
        "ip",
        &[
            "专利授权号",
            "授权号",
            "知识产权证书号",
            "专利申请号或授权号",
            "登记号（软件著作权）",
            "专利号",
            "专利申请号",
            "知识产权号",
            "知识产权",
            "知识产权编号",
            "授权专利号",
            "申请号",
            "专利号码",
            "发明专利号",
            "实用新型专利号",
            "软件著作权登记号",
            "软著登记号",
            "相关专利",
            "专利号/软著登记号",
            "专利（软著）号",
            "专利号/申请号",
            "知识产权情况",
            "专利情况",
        ],
    ),
    ("ipc", &["IPC", "IPC分类号", "IPC分类", "国际专利分类号", "专利分类号", "主分类号", "IPC号"]),
    (
        "industry",
        &[
            "应用行业代码",
            "成果应用行业",
            "应用行业名称",
            "所属国民经济行业",
            "行业",
            "行业代码",
            "国民经济行业",
            "国民经济行业代码",
            "所属行业",
            "行业分类",
            "应用行业",
        ],
    ),
    (
        "keyword",
        &[
            "成果关键词（不超过5个）",
            "关键词",
            "关键字",
            "成果关键字",
            "成果关键词",
            "专业特长",
            "技术关键词",
            "keywords",
        ],
    ),
    (
        "transfer_mode",
        &[
            "推广形式",
            "推广方式",
            "成果推广形式",
            "转让范围",
            "意向转化方式",
            "合作方式",
            "转化方式",
            "拟采取的转化方式",
            "拟转化方式",
            "转让方式",
            "拟合作方式",
            "交易方式",
            "意向合作方式",
            "拟采取转化方式",
        ],
    ),
    (
        "price",
        &[
            "转让费",
            "拟转让价",
            "意向转让价格",
            "许可价格",
            "合作价格",
            "转让价格",
            "价格",
            "意向价格",
            "拟转让价格",
            "许可费用",
            "参考价格",
            "报价",
            "挂牌价格",
            "转化价格",
            "意向金额",
            "price",
        ],
    ),
    (
        "trial_offered",
        &[
            "先用后转",
            "是否先用后转",
            "是否支持先用后转",
            "支持先用后转",
            "是否支持试用",
            "免费试用",
        ],
    ),
    (
        "secrecy",
        &[
            "保密级别",
            "保密情况",
            "密级",
            "是否涉密",
            "公开范围",
            "保密等级",
            "涉密情况",
            "成果密级",
        ],
    ),
    (
        "registration_no",
        &[
            "国家登记号",
            "省登记号",
            "成果登记证书号",
            "成果登记号",
            "登记号",
            "科技成果登记号",
            "成果登记编号",
        ],
    ),
    ("owner_declaration", &["权属声明", "权属承诺", "是否权属清晰", "权属是否清晰", "权属情况"]),
    (
        "contact",
        &[
            "成果联系人",
            "单位联系人",
            "联系人电话",
            "E-mail",
            "联系人",
            "联系方式",
            "联系电话",
            "电话",
            "手机",
            "邮箱",
            "电子邮箱",
            "联系人及电话",
        ],
    ),
    (
        "date",
        &[
            "研究终止日期",
            "成果公布年份",
            "公布年份",
            "评价日期",
            "鉴定日期",
            "研究结束日期",
            "结题日期",
            "完成时间",
            "完成日期",
            "登记日期",
            "发布日期",
            "研发完成时间",
            "成果完成日期",
            "获得时间",
            "授权日期",
            "成果完成时间",
            "年份",
            "date",
        ],
    ),
    ("url", &["成果网址", "成果详情链接", "URL地址", "网址", "链接", "成果链接", "详情页", "url"]),
];

const IDS: &[&str] = &["编号", "成果编号", "项目编号", "成果ID", "成果代码", "ID", "成果序列号"];

const NOTHING: &[&str] = &["序号", "备注", "No", "填报日期"];

/// Words that tell a longer header: 成果简介（300字以内，请突出创新性） is found without its
/// brackets, 请填写成果简介 by these. In order; the first that is contained counts.
const WITHIN: &[(&str, &str)] = &[
    ("成果名称", "title"),
    ("专利号", "ip"),
    ("成果简介", "summary"),
    ("技术领域", "field"),
    ("关键词", "keyword"),
    ("技术难题", "problem"),
    ("技术指标", "indicators"),
    ("对比优势", "advantage"),
    ("创新点", "advantage"),
    ("成熟度", "trl"),
    ("转化方式", "transfer_mode"),
    ("合作方式", "transfer_mode"),
    ("转让价格", "price"),
    ("先用后转", "trial_offered"),
    ("完成单位", "owner"),
    ("完成人", "inventor"),
    ("联系电话", "contact"),
];

/// The kernel's fields.
pub(crate) fn fields() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|(field, _)| *field)
}

/// Says whether the kernel has a field of this name.
pub(crate) fn is_field(name: &str) -> bool {
    fields().any(|field| field == name)
}

/// Some headers of every field, to tell people what would be found.
pub(crate) fn examples() -> String {
    FIELDS.iter().filter_map(|(_, words)| words.first().copied()).collect::<Vec<_>>().join("、")
}

/// Finds what a header means by its exact wording: with its brackets, then without them.
pub(crate) fn exact(header: &str) -> Option<Column> {
    let header = squeeze(header);
    if header.is_empty() || header.chars().count() > HEADER_CHARS_MAX {
        return None;
    }
    let bare = without_brackets(&header);
    [key(&header), key(&bare)].iter().find_map(|wanted| {
        let is = |words: &&[&str]| words.iter().any(|word| key(word) == *wanted);
        if let Some((field, _)) = FIELDS.iter().find(|(_, words)| is(words)) {
            return Some(Column::Field(field));
        }
        if is(&IDS) {
            return Some(Column::Id);
        }
        is(&NOTHING).then_some(Column::Nothing)
    })
}

/// Finds what a header means by a word within it.
pub(crate) fn within(header: &str) -> Option<Column> {
    let header = squeeze(header);
    if header.chars().count() > HEADER_CHARS_MAX {
        return None;
    }
    let found = WITHIN.iter().find(|(word, _)| header.contains(word));
    found.map(|(_, field)| Column::Field(field))
}

/// The name of the field with the lifetime of the table.
pub(crate) fn field(name: &str) -> Option<Column> {
    fields().find(|field| *field == name).map(Column::Field)
}

/// Leaves out `(…)` and a number before the name: `3.成果名称(必填)` → `成果名称`.
fn without_brackets(header: &str) -> String {
    let mut depth = 0_usize;
    let mut bare = String::new();
    for letter in header.chars() {
        match letter {
            '(' | '[' | '【' => depth += 1,
            ')' | ']' | '】' => depth = depth.saturating_sub(1),
            _ if depth == 0 => bare.push(letter),
            _ => {}
        }
    }
    bare.trim_start_matches(|letter: char| {
        letter.is_ascii_digit() || matches!(letter, '.' | '、' | '*')
    })
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, want: Option<Column>) {
        assert_eq!(exact(header), want, "{header}");
    }

    #[test]
    fn headers_are_known() {
        check("成果名称", Some(Column::Field("title")));
        check(" 成 果 名 称 ", Some(Column::Field("title")));
        check("*成果名称：", Some(Column::Field("title")));
        check("2、成果名称（必填）", Some(Column::Field("title")));
        check("转让价格\n（万元）", Some(Column::Field("price")));
        check("技术成熟度（TRL）", Some(Column::Field("trl")));
        check("战略性新兴产业分类", Some(Column::Field("field")));
        check("专业特长", Some(Column::Field("keyword")));
        check("ＩＰＣ分类号", Some(Column::Field("ipc")));
        check("成果编号", Some(Column::Id));
        check("序号", Some(Column::Nothing));
        check("厦门大学", None);
        check("", None);
        assert_eq!(within("请填写成果简介内容"), Some(Column::Field("summary")));
        assert_eq!(within("技术难点"), None);
    }

    #[test]
    fn no_header_means_two_things() {
        let mut words: Vec<String> = FIELDS
            .iter()
            .flat_map(|(_, words)| *words)
            .chain(IDS)
            .chain(NOTHING)
            .map(|w| key(w))
            .collect();
        let count = words.len();
        words.sort();
        words.dedup();
        assert_eq!(words.len(), count);
    }
}
