//! The judged data, and how it is enlarged.

use std::error::Error;
use std::io::{BufRead, BufReader};

use flate2::read::MultiGzDecoder;
use serde_json::Value;

pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// How far away texts lie that a further one takes its sentences from.
const NEARBY: usize = 9;

/// Reads every line of a gzip file as JSON.
pub(crate) fn lines(path: &str) -> Outcome<Vec<Value>> {
    let file = std::fs::File::open(path).map_err(|error| format!("open {path}: {error}"))?;
    let lines = BufReader::new(MultiGzDecoder::new(file)).lines();
    lines.map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

pub(crate) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

/// Texts by their number, without an end; as `taihu bench` enlarges them, it keeps lengths and words.
pub(crate) struct Pool {
    real: Vec<Value>,
}

impl Pool {
    pub(crate) fn read(path: &str) -> Outcome<Self> {
        let real = lines(path)?;
        if real.is_empty() { Err("the pool has no line".into()) } else { Ok(Self { real }) }
    }

    pub(crate) fn real(&self) -> usize {
        self.real.len()
    }

    /// Identifier and text of a number: title, abstract and keywords in one.
    pub(crate) fn at(&self, nth: usize) -> (String, String) {
        let whole = |title: &str, summary: &str, keywords: &str| {
            format!(
                "{title}\n{summary}\n{}\n",
                keywords.split_whitespace().collect::<Vec<_>>().join("\n")
            )
        };
        if let Some(line) = self.real.get(nth) {
            let text = whole(text(line, "title"), text(line, "abstract"), text(line, "keywords"));
            return (crate::text(line, "id").to_owned(), text);
        }
        let mut chance = nth as u64;
        let real = self.real.len();
        let near = |shift: usize| &self.real[(nth + real + shift - NEARBY / 2) % real];
        let wanted = sentences(text(near(NEARBY / 2), "abstract")).count();
        let summary: String = (0..wanted)
            .filter_map(|_| {
                let of = text(near(draw(&mut chance, NEARBY)), "abstract");
                sentences(of).nth(draw(&mut chance, sentences(of).count()))
            })
            .collect();
        let title = text(near(draw(&mut chance, NEARBY)), "title");
        let keywords = text(near(draw(&mut chance, NEARBY)), "keywords");
        (format!("further:{nth}"), whole(title, &summary, keywords))
    }
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(['。', '；', '！', '？', ';'])
}

/// The next of a row of even numbers below a bound (splitmix64).
fn draw(state: &mut u64, below: usize) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) % below.max(1) as u64) as usize
}
