//! The texts that benchmarks are fed with: a file of judged data, enlarged where more are wanted than
//! it has, or generated ones.
//!
//! A pool is enlarged as `MATCHING.md` has it: a further text takes real sentences of texts nearby,
//! as many as one of them has, its title and keywords from two others. That keeps the lengths
//! and the words of real texts and is for speed; it adds few new words, and what it makes is nobody's answer.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use taihu_model::{Achievement, AchievementFacts, AchievementId, AchievementState, Timestamp};
use taihu_service::rooms::index::Document;
use taihu_service::steps;

use super::generated;
use crate::cli::{Failure, open_file};

/// How far away texts lie that a further one takes its sentences from.
const NEARBY: usize = 9;
/// Characters that the summary of a further text has at least: as many as publication asks for.
const SUMMARY_CHARS_MIN: usize = 60;
/// Where sentences end.
const SENTENCE_ENDS: &[char] = &['。', '；', '！', '？', ';'];

/// What a pool is read from.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct PoolArgs {
    /// 成果文本：gzip 的 JSON Lines，字段 id、title、abstract、keywords · texts of achievements
    #[arg(long, value_name = "FILE")]
    pool: Option<PathBuf>,
}

impl PoolArgs {
    /// Reads the file if one is named.
    pub(super) fn read(&self) -> Result<Pool, Failure> {
        match &self.pool {
            Some(path) => Pool::read(path),
            None => Ok(Pool { real: Vec::new() }),
        }
    }
}

/// What one achievement says.
#[derive(Debug, Clone)]
pub(super) struct Passage {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) problem: String,
    pub(super) keywords: Vec<String>,
}

impl Passage {
    /// As the product's index keeps it: the same function makes the text of both.
    pub(super) fn document(&self, nth: usize) -> Result<Document, Failure> {
        let at = Timestamp::from_millisecond(1_700_000_000_000).map_err(wrong)?;
        let facts = AchievementFacts {
            title: self.title.clone(),
            summary: self.summary.clone(),
            problem: self.problem.clone(),
            keywords: self.keywords.clone(),
            ..AchievementFacts::default()
        };
        let record = Achievement {
            id: AchievementId::from_parts(at, nth as u128),
            tenant: "city".parse().map_err(wrong)?,
            state: AchievementState::Published,
            facts,
            ext: Default::default(),
            created: at,
            updated: at,
        };
        Ok(steps::document(&record, Vec::new()))
    }
}

fn wrong(error: impl std::fmt::Display) -> Failure {
    Failure::new(format!("数据有误：{error}"), format!("the data is wrong: {error}"))
}

/// Texts by their number, without an end.
#[derive(Debug)]
pub(super) struct Pool {
    real: Vec<Passage>,
}

impl Pool {
    /// Reads a file.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        #[derive(Deserialize)]
        struct Line {
            id: String,
            #[serde(default)]
            title: String,
            #[serde(default, rename = "abstract")]
            summary: String,
            #[serde(default)]
            keywords: String,
        }
        let real: Vec<Passage> = lines::<Line>(path)?
            .into_iter()
            .map(|line| Passage {
                id: line.id,
                title: line.title,
                summary: line.summary,
                problem: String::new(),
                keywords: line.keywords.split_whitespace().map(str::to_owned).collect(),
            })
            .collect();
        if real.is_empty() {
            return Err(Failure::new("成果文本为空", format!("{} has no line", path.display())));
        }
        Ok(Self { real })
    }

    /// How many real texts it has; 0 if it generates all.
    pub(super) fn real(&self) -> usize {
        self.real.len()
    }

    /// Where the first so many texts come from: `file`, `enlarged` or `generated`.
    pub(super) fn kind(&self, count: usize) -> &'static str {
        match self.real.len() {
            0 => "generated",
            real if real < count => "enlarged",
            _ => "file",
        }
    }

    /// The text of a number.
    pub(super) fn at(&self, nth: usize) -> Passage {
        match self.real.get(nth) {
            Some(real) => real.clone(),
            None if self.real.is_empty() => generated::passage(nth),
            None => self.further(nth),
        }
    }

    fn further(&self, nth: usize) -> Passage {
        let mut chance = nth as u64;
        let mut draw = |below: usize| (step(&mut chance) % below.max(1) as u64) as usize;
        let real = self.real.len();
        let near = |shift: usize| &self.real[(nth + real + shift - NEARBY / 2) % real];
        let wanted = sentences(&near(NEARBY / 2).summary).count();
        let mut summary = String::new();
        // A text without any sentence gives none: the bound ends the search among such texts.
        for taken in 0..wanted + 64 {
            if taken >= wanted && summary.chars().count() >= SUMMARY_CHARS_MIN {
                break;
            }
            let of = &near(draw(NEARBY)).summary;
            let chosen = draw(sentences(of).count());
            summary.extend(sentences(of).nth(chosen));
        }
        let title = &near(draw(NEARBY)).title;
        Passage {
            id: format!("further:{nth}"),
            title: if title.is_empty() { String::new() } else { format!("{title}（{nth}）") },
            summary,
            problem: String::new(),
            keywords: near(draw(NEARBY)).keywords.clone(),
        }
    }
}

/// Reads every line of a file, plain or gzip, as JSON.
pub(super) fn lines<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<Vec<T>, Failure> {
    let mut lines = steps::unpacked(open_file(path)?)?.lines();
    let read = |line: std::io::Result<String>| {
        let line = line.map_err(|error| Failure::file(path, &error))?;
        serde_json::from_str(&line).map_err(wrong)
    };
    lines.by_ref().map(read).collect()
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(SENTENCE_ENDS).filter(|sentence| !sentence.trim().is_empty())
}

/// The next of a row of even numbers (splitmix64): the same row for the same beginning, everywhere.
pub(super) fn step(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// What people need: given ones, or generated.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct NeedsArgs {
    /// 需求文本：gzip 的 JSON Lines，字段 short、para · texts of needs; the paragraphs are asked
    #[arg(long = "needs", value_name = "FILE")]
    file: Option<PathBuf>,
}

impl NeedsArgs {
    /// So many needs' paragraphs; the file's are repeated when it has fewer.
    pub(super) fn read(&self, count: usize) -> Result<Vec<String>, Failure> {
        #[derive(Deserialize)]
        struct Line {
            para: String,
        }
        let Some(path) = &self.file else {
            return Ok((0..count).map(generated::problem).collect());
        };
        let known = lines::<Line>(path)?;
        Ok(known.iter().map(|line| line.para.clone()).cycle().take(count).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool() -> Pool {
        let of = |nth: usize| Passage {
            id: format!("real:{nth}"),
            title: format!("第{nth}项"),
            summary: format!("第{nth}项的第一句。第{nth}项的第二句；第{nth}项的第三句。"),
            problem: String::new(),
            keywords: vec![format!("词{nth}")],
        };
        Pool { real: (0..40).map(of).collect() }
    }

    #[track_caller]
    fn check(nth: usize, near: &[usize]) {
        let pool = pool();
        let text = pool.at(nth);
        assert_eq!(text.summary, pool.at(nth).summary, "the same each time");
        assert!(text.summary.chars().count() >= SUMMARY_CHARS_MIN, "{nth}: {}", text.summary);
        for sentence in sentences(&text.summary) {
            let known = near.iter().any(|at| pool.at(*at).summary.contains(sentence));
            assert!(known, "{nth}: {sentence} is no sentence of a text nearby");
        }
    }

    #[test]
    fn a_pool_is_enlarged_with_real_sentences_nearby() {
        check(50, &[6, 7, 8, 9, 10, 11, 12, 13, 14]);
        check(40, &[36, 37, 38, 39, 0, 1, 2, 3, 4]);
        check(40_039, &[35, 36, 37, 38, 39, 0, 1, 2, 3]);
        assert_eq!(pool().at(7).id, "real:7");
        assert_eq!([pool().kind(40), pool().kind(41)], ["file", "enlarged"]);
    }
}
