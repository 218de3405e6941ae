//! Money as people write it: 元, 万元 and 亿元, to the 分, without a float.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::{Fen, normalise};

/// The largest amount that is believed, in 分: 100 亿元. Above it a unit was mistaken.
pub const AMOUNT_FEN_MAX: Fen = 1_000_000_000_000;

/// An amount in 分 that reads and prints as 元.
///
/// Printed as `1,234.50元`; read from that, from `1234.5`, `12.3万元`, `0.5亿`, `100分`, full-width
/// digits included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(pub Fen);

/// A text that is no amount.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{0:?} is no amount: want 1234.50元, 12.3万元 or 0.5亿元, exact to the 分, at most 100亿元"
)]
pub struct MoneyError(String);

impl MoneyError {
    /// 中文.
    #[must_use]
    pub fn zh(&self) -> String {
        format!(
            "“{}”不是金额，应为 1234.50元、12.3万元 或 0.5亿元，精确到分，不超过100亿元",
            self.0
        )
    }
}

/// Units, and their powers of ten to 分: the longer ones first.
const UNITS: &[(&str, u32)] =
    &[("亿元", 10), ("亿", 10), ("万元", 6), ("万", 6), ("元", 2), ("分", 0), ("", 2)];

impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let bad = || MoneyError(text.chars().take(40).collect());
        let plain: String = normalise(text).split_whitespace().collect();
        let plain = plain.trim_start_matches(['¥', '￥']);
        let (negative, plain) = plain.strip_prefix('-').map_or((false, plain), |rest| (true, rest));
        let (number, power) = UNITS
            .iter()
            .find_map(|(unit, power)| plain.strip_suffix(unit).map(|number| (number, *power)))
            .ok_or_else(bad)?;
        let fen = fen(number, power).filter(|fen| *fen <= AMOUNT_FEN_MAX).ok_or_else(bad)?;
        Ok(Self(if negative { -fen } else { fen }))
    }
}

/// A number in decimals, times ten to a power; nothing if it is none or not whole.
fn fen(number: &str, power: u32) -> Option<Fen> {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let whole = if whole.contains(',') { ungrouped(whole)? } else { whole.to_owned() };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(&whole) || !digits(part) || number.ends_with('.') {
        return None;
    }
    let part = part.trim_end_matches('0');
    let shift = power.checked_sub(u32::try_from(part.len()).ok()?)?;
    format!("{whole}{part}").parse::<Fen>().ok()?.checked_mul(10_i64.checked_pow(shift)?)
}

/// A whole number without its commas, if they stand where thousands end.
fn ungrouped(whole: &str) -> Option<String> {
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let fits = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    fits.then(|| whole.replace(',', ""))
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fen = self.0.unsigned_abs();
        let whole = (fen / 100).to_string();
        let mut out = String::from(if self.0 < 0 { "-" } else { "" });
        for (at, digit) in whole.char_indices() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                out.push(',');
            }
            out.push(digit);
        }
        f.pad(&format!("{out}.{:02}元", fen % 100))
    }
}

impl Money {
    /// In 万元, exact: `12.3万元`, `0.000001万元`.
    #[must_use]
    pub fn wan(self) -> String {
        let fen = self.0.unsigned_abs();
        let part = format!("{:06}", fen % 1_000_000);
        let part = part.trim_end_matches('0');
        let (sign, dot) =
            (if self.0 < 0 { "-" } else { "" }, if part.is_empty() { "" } else { "." });
        format!("{sign}{}{dot}{part}万元", fen / 1_000_000)
    }
}
