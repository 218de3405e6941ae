//! The configuration of one source.

use std::collections::BTreeMap;

use serde::Deserialize;
use taihu_plugin::{Context, Failure};

use crate::synonyms::{self, IGNORE};

/// Bounds of `rows_per_page`: a page of the contract has at most 1,000 records.
const ROWS: std::ops::RangeInclusive<usize> = 1..=1_000;

/// The configuration, checked.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Config {
    /// Pattern of file names: `*` for any characters, `?` for one.
    #[serde(default = "any")]
    pub(crate) files: String,
    /// Name of the sheet; empty for every visible one.
    #[serde(default)]
    pub(crate) sheet: String,
    /// Further headers → the kernel's field, or `ignore`.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// Header of the column of identifiers; empty to find it.
    #[serde(default)]
    pub(crate) id_column: String,
    /// Rows of one page.
    #[serde(default = "rows_per_page")]
    pub(crate) rows_per_page: usize,
}

fn any() -> String {
    "*".to_owned()
}

fn rows_per_page() -> usize {
    1_000
}

impl Config {
    /// Reads and checks the configuration of an installation.
    ///
    /// # Errors
    /// `bad-config` that names the key and what would be right.
    pub(crate) fn read(context: &Context) -> Result<Self, Failure> {
        let config: Self = context.config()?;
        if !ROWS.contains(&config.rows_per_page) {
            let rows = config.rows_per_page;
            return Err(Failure::bad_config(
                format!("rows_per_page 应在 1 至 1000 之间，现为 {rows}"),
                format!("rows_per_page lies between 1 and 1000, not at {rows}"),
            ));
        }
        for (header, field) in &config.headers {
            if field != IGNORE && !synonyms::is_field(field) {
                let known = synonyms::fields().collect::<Vec<_>>().join("、");
                return Err(Failure::bad_config(
                    format!(
                        "headers 中“{header}”对应的“{field}”不是平台字段；可用：{known}、{IGNORE}"
                    ),
                    format!(
                        "headers.{header} is {field:?}, which is no field; want one of {known}, {IGNORE}"
                    ),
                ));
            }
        }
        Ok(config)
    }

    /// Says whether a file name fits the pattern; case makes no difference.
    pub(crate) fn wants(&self, name: &str) -> bool {
        let pattern: Vec<char> = self.files.to_lowercase().chars().collect();
        let name: Vec<char> = name.to_lowercase().chars().collect();
        // The usual two-pointer match: remember the last star and retry from there.
        let (mut p, mut n, mut star) = (0, 0, None);
        while n < name.len() {
            match pattern.get(p) {
                Some('*') => {
                    star = Some((p, n));
                    p += 1;
                }
                Some(letter) if *letter == '?' || *letter == name[n] => {
                    p += 1;
                    n += 1;
                }
                _ => match star {
                    Some((at, from)) => {
                        star = Some((at, from + 1));
                        p = at + 1;
                        n = from + 1;
                    }
                    None => return false,
                },
            }
        }
        pattern[p..].iter().all(|letter| *letter == '*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_names() {
        let wants = |files: &str, name: &str| {
            let json = serde_json::json!({ "files": files });
            serde_json::from_value::<Config>(json).unwrap().wants(name)
        };
        assert!(wants("*", "a.xlsx"));
        assert!(wants("*成果*.xlsx", "2026年成果表.XLSX"));
        assert!(wants("a?c.csv", "a中c.csv"));
        assert!(wants("*a*b*", "xxaxxbaab"));
        assert!(!wants("*.csv", "a.xlsx"));
        assert!(!wants("a?c.csv", "ac.csv"));
    }
}
