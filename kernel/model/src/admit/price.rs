//! Prices: 万元 against 元, 面议, 拍卖, in 分.

use super::desk::Desk;
use super::number::take;
use crate::{Fen, Price, normalise};

/// The highest price that is believed, in 分: 100 亿元. Above it a unit was mistaken.
const PRICE_FEN_MAX: Fen = 1_000_000_000_000;

/// Units beside an amount, and their powers of ten to 分.
const UNITS: &[(&str, u32)] = &[
    ("亿", 10),
    ("千万", 9),
    ("百万", 8),
    ("十万", 7),
    ("万", 6),
    ("w", 6),
    ("千元", 5),
    ("元", 2),
    ("块", 2),
    ("分", 0),
    ("yuan", 2),
];

/// Currencies that are not converted.
const FOREIGN: &[&str] =
    &["美元", "usd", "$", "欧元", "eur", "€", "日元", "港币", "港元", "英镑", "美金"];

/// What stands around an amount and changes nothing.
const FILLERS: &[&str] = &[
    "转让",
    "合作",
    "许可",
    "使用",
    "价格",
    "费用",
    "金额",
    "起拍价",
    "起拍",
    "底价",
    "总价",
    "一口价",
    "费",
    "价",
    "人民币",
    "rmb",
    "cny",
    "¥",
    "￥",
    ":",
    "(",
    ")",
    "(含税)",
    "含税",
    "为",
    "整",
    "拍卖",
    "竞价",
    "挂牌",
    "公开",
];

/// The price of the first value that says something.
pub(super) fn price(desk: &mut Desk<'_>) -> Option<Price> {
    let (text, origin) = desk.first("price")?;
    let text = text.to_lowercase();
    let auction = ["拍", "竞价", "挂牌", "auction"].iter().any(|word| text.contains(word));
    let Some(at) = text.find(|letter: char| letter.is_ascii_digit()) else {
        return wordy(desk, &text, auction);
    };
    let (before, from) = text.split_at(at);
    let is_foreign =
        FOREIGN.iter().any(|word| text.contains(word) || origin.to_lowercase().contains(word));
    let Some((number, after)) = take(from).filter(|_| !is_foreign) else {
        return unreadable(desk, &text);
    };
    if before.trim_end().ends_with(['-', '−', '负']) {
        return out_of_range(desk, &text);
    }
    let (beside, rest) = unit(after);
    if !(is_filler(before) && is_filler(rest)) {
        desk.note(
            "price",
            "price_not_fixed",
            &text,
            "不是确定的总价（区间、单价或附条件），按面议处理",
            "no fixed total (a range, a rate, a condition); taken as negotiable",
        );
        return Some(if auction { Price::Auction { amount_fen: None } } else { Price::Negotiable });
    }
    let power = beside.or_else(|| header_unit(origin)).unwrap_or_else(|| {
        desk.note(
            "price",
            "unit_assumed",
            &text,
            "未标明单位，按元计；如为万元请注明",
            "no unit is given; taken as 元, so write 万元 if that is meant",
        );
        2
    });
    match number.times_ten_to(power) {
        Some(amount_fen) if amount_fen <= PRICE_FEN_MAX => fixed(desk, &text, amount_fen, auction),
        Some(_) => out_of_range(desk, &text),
        None => unreadable(desk, &text),
    }
}

fn fixed(desk: &mut Desk<'_>, text: &str, amount_fen: Fen, auction: bool) -> Option<Price> {
    if auction {
        return Some(Price::Auction { amount_fen: Some(amount_fen) });
    }
    if amount_fen > 0 {
        return Some(Price::Fixed { amount_fen });
    }
    desk.note(
        "price",
        "price_zero",
        text,
        "价格为0，按未填处理；免费请写“免费”",
        "a price of 0 is taken as not said; write 免费 if it is free",
    );
    None
}

/// A price in words alone.
fn wordy(desk: &mut Desk<'_>, text: &str, auction: bool) -> Option<Price> {
    if auction {
        return Some(Price::Auction { amount_fen: None });
    }
    if ["免费", "无偿"].iter().any(|word| text.contains(word)) {
        return Some(Price::Fixed { amount_fen: 0 });
    }
    let negotiable = ["议", "协商", "商谈", "洽谈", "待定", "negotiable", "评估"]
        .iter()
        .any(|word| text.contains(word));
    if negotiable { Some(Price::Negotiable) } else { unreadable(desk, text) }
}

/// The power of ten from the unit that a header names, such as 转让价格（万元）, to 分.
fn header_unit(origin: &str) -> Option<u32> {
    let origin = normalise(origin);
    let units = [("亿元", 10), ("千万", 9), ("百万", 8), ("万", 6), ("千元", 5), ("元", 2)];
    units.into_iter().find(|(word, _)| origin.contains(word)).map(|(_, power)| power)
}

/// The power of ten from the unit beside an amount to 分, and what comes after the unit.
fn unit(after: &str) -> (Option<u32>, &str) {
    let after = after.trim_start();
    for (word, power) in UNITS {
        if let Some(rest) = after.strip_prefix(word) {
            return (Some(*power), rest.strip_prefix('元').unwrap_or(rest));
        }
    }
    (None, after)
}

/// Says whether a text consists of words that change nothing about an amount.
fn is_filler(text: &str) -> bool {
    let mut rest = text.replace(' ', "");
    for word in FILLERS {
        rest = rest.replace(word, "");
    }
    rest.trim_matches(['.', ',', '。', ';', ':', '(', ')', '、']).is_empty()
}

fn unreadable(desk: &mut Desk<'_>, text: &str) -> Option<Price> {
    desk.reason(
        "price",
        "price_unreadable",
        text,
        "价格无法识别；应为50万元、500000元、面议、拍卖等形式，精确到分，以人民币计",
        "the price cannot be read; want a form such as 50万元, 500000元, 面议 or 拍卖, in whole 分 of CNY",
    );
    None
}

fn out_of_range(desk: &mut Desk<'_>, text: &str) -> Option<Price> {
    desk.reason(
        "price",
        "price_range",
        text,
        "价格应在0至100亿元之间，请检查单位",
        "a price lies between 0 and 100亿元; check the unit",
    );
    None
}
