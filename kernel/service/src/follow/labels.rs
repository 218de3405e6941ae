//! What an achievement may be narrowed by, and what of it is suggested.

use taihu_index::Labels;
use taihu_model::contract::AttributeValue;
use taihu_model::{Achievement, AchievementState};

use crate::limits::TITLE_HEAD_CHARS_MAX;

/// The key under which pools keep an achievement's industry chains among their own fields.
const CHAIN: &str = "chain";

/// The transfer mode of a free trial before payment.
const TRIAL_FIRST: &str = "trial_first";

/// The labels of an achievement that is in some pools.
pub(super) fn of(record: &Achievement, pools: Vec<String>) -> Labels {
    let facts = &record.facts;
    let mut modes: Vec<String> = facts.transfer_modes.iter().map(ToString::to_string).collect();
    if facts.trial_offered {
        modes.push(TRIAL_FIRST.to_owned());
    }
    Labels {
        state: record.state.as_str().to_owned(),
        tenant: record.tenant.to_string(),
        pools,
        field: facts.field.as_ref().map(ToString::to_string).unwrap_or_default(),
        stage: facts.stage.as_ref().map(ToString::to_string).unwrap_or_default(),
        modes,
        chains: chains(record),
    }
}

/// Industry chains are the city's reference data, and sources know nothing of them: pools say which
/// ones an achievement belongs to, in their own field `chain`.
pub(crate) fn chains(record: &Achievement) -> Vec<String> {
    let said = record.ext.values().filter_map(|fields| fields.get(CHAIN));
    let codes = said.flat_map(|value| match value {
        AttributeValue::Text(one) => std::slice::from_ref(one),
        AttributeValue::Texts(several) => several,
        AttributeValue::Boolean(_) | AttributeValue::Integer(_) => &[],
    });
    codes.cloned().collect()
}

/// What is suggested of an achievement: of published ones only, since everybody sees it.
pub(super) fn phrases(record: &Achievement) -> Vec<String> {
    if record.state != AchievementState::Published {
        return Vec::new();
    }
    let facts = &record.facts;
    let head = head(&facts.title).map(str::to_owned);
    facts.keywords.iter().chain(&facts.owners).cloned().chain(head).collect()
}

/// The beginning of a title that stands for it: without 一种, up to the first mark of punctuation, or
/// in a longer one up to the last 的. None if that would be longer than a suggestion is.
fn head(title: &str) -> Option<&str> {
    let title = title.trim();
    let kind = ["一种", "一種", "一类", "一套"].into_iter().find_map(|one| title.strip_prefix(one));
    let title = kind.unwrap_or(title);
    let ends = |letter: char| !letter.is_alphanumeric() && !matches!(letter, ' ' | '-' | '·' | '/');
    let clause = title.split(ends).next().unwrap_or_default().trim();
    let reached = clause.char_indices().nth(TITLE_HEAD_CHARS_MAX);
    let head = match reached {
        None => clause,
        Some((end, _)) => clause[..end].rsplit_once('的')?.0,
    };
    (head.chars().nth(1).is_some()).then_some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(title: &str, expected: Option<&str>) {
        assert_eq!(head(title), expected, "{title}");
    }

    #[test]
    fn a_title_is_suggested_by_its_head() {
        check("", None);
        check("竹", None);
        check("一种锂电池回收方法", Some("锂电池回收方法"));
        check("竹材展平技术：从实验室到工厂", Some("竹材展平技术"));
        check("退役动力电池的梯次利用（第二期）", Some("退役动力电池的梯次利用"));
        check("面向数字城市的高精度地图众包更新方法及其在自动驾驶中的应用", Some("面向数字城市"));
        check(&"长".repeat(30), None);
        check("YOLO-v8 电梯门检测", Some("YOLO-v8 电梯门检测"));
    }
}
