//! Labels that repositories put before a value: 「解决的问题：…」, 「转让价格（万元）：120」.

/// The longest label that is looked for, in characters.
const LABEL_CHARS_MAX: usize = 24;

const LABELS: &[(&str, &[&str])] = &[
    ("summary", &["简介", "成果简介", "项目简介", "摘要", "内容简介", "成果介绍"]),
    (
        "problem",
        &[
            "解决的问题",
            "解决问题",
            "拟解决的问题",
            "技术难题",
            "拟解决的技术难题",
            "解决的技术问题",
        ],
    ),
    ("advantage", &["优势", "对比优势", "技术优势", "创新点", "主要创新点", "技术特点", "先进性"]),
    ("economics", &["经济性", "经济效益", "效益分析", "市场前景", "应用前景"]),
    ("indicators", &["技术指标", "主要技术指标", "性能指标", "关键指标", "主要指标"]),
    ("field", &["领域", "技术领域", "所属领域", "所属高新技术领域"]),
    ("form", &["成果形式", "成果类型", "成果体现形式"]),
    ("stage", &["所处阶段", "成果阶段", "转化阶段"]),
    ("trl", &["技术成熟度", "成熟度", "技术就绪度", "TRL"]),
    ("trl_evidence", &["成熟度依据", "成熟度佐证", "验证情况", "应用情况"]),
    ("level", &["成果水平", "技术水平"]),
    ("owner", &["单位", "完成单位", "权属单位", "成果权属人", "权利人"]),
    ("inventor", &["完成人", "发明人", "成果完成人"]),
    ("ip", &["专利号", "专利申请号", "授权专利", "知识产权", "发明专利", "实用新型"]),
    ("ipc", &["IPC", "IPC分类号", "国际专利分类号", "专利分类号"]),
    ("industry", &["行业", "行业代码", "国民经济行业"]),
    ("keyword", &["关键词", "关键字"]),
    ("transfer_mode", &["转化方式", "合作方式", "拟采取的转化方式", "转让方式"]),
    ("price", &["价格", "转让价格", "合作价格", "意向价格", "许可费"]),
    ("trial_offered", &["先用后转", "是否先用后转", "免费试用"]),
    ("secrecy", &["密级", "公开范围", "是否涉密"]),
    ("registration_no", &["成果登记号", "登记号", "科技成果登记号"]),
    ("owner_declaration", &["权属声明", "权属承诺"]),
    ("contact", &["联系人", "联系方式", "联系电话", "电子邮箱"]),
    ("date", &["完成时间", "完成日期"]),
];

/// A label that was found before a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Labelled<'a> {
    /// The kernel's field.
    pub(crate) field: &'static str,
    /// The label as it stands, unit included.
    pub(crate) label: &'a str,
    /// What follows it.
    pub(crate) value: &'a str,
}

/// Finds a known label before a colon.
pub(crate) fn find(text: &str) -> Option<Labelled<'_>> {
    let (at, colon) = text
        .char_indices()
        .take(LABEL_CHARS_MAX + 1)
        .find(|(_, letter)| matches!(letter, '：' | ':'))?;
    let label = text[..at].trim().trim_matches(['【', '】', '[', ']', '*']);
    let value = text[at + colon.len_utf8()..].trim();
    let bare = match label.find(['（', '(']) {
        Some(unit) => label[..unit].trim(),
        None => label,
    };
    let known = |words: &&[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(bare));
    let (field, _) = LABELS.iter().find(|(_, words)| known(words))?;
    Some(Labelled { field, label, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Option<(&str, &str, &str)>) {
        let found = find(text).map(|found| (found.field, found.label, found.value));
        assert_eq!(found, want);
    }

    #[test]
    fn labels_are_found_only_at_the_beginning() {
        check("解决的问题：板栅腐蚀", Some(("problem", "解决的问题", "板栅腐蚀")));
        check("【优势】: 成本低", Some(("advantage", "优势", "成本低")));
        check("转让价格（万元）：120", Some(("price", "转让价格（万元）", "120")));
        check("trl：6", Some(("trl", "trl", "6")));
        check("本成果的优势：成本低", None);
        check("没有标签的简介。优势：成本低", None);
        check("https://x.cn/1", None);
    }
}
