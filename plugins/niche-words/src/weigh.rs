//! Weighing one achievement, and saying why.

use std::collections::BTreeMap;

use taihu_plugin::{Achievement, Decision, DecisionBuilder, Evidence, Texts, Verdict, found};

use crate::rules::{Row, Rules, row, tags};
use crate::scan::Lexicon;
use crate::settings::Settings;

/// Most points of problem, advantage and summary together: below the usual threshold of `in`.
pub const PROSE_POINTS_MAX: i32 = 15;

/// Points of a word that an operator added: as much as a word that names the field.
const EXTRA: Row = row(5, "", "");

/// Most words that a reason quotes: what fits the contract's evidence.
const QUOTES_MAX: usize = 8;

/// A field of text: its name, what people call it, and its factor.
struct Field {
    name: &'static str,
    zh: &'static str,
    factor: i32,
    prose: bool,
}

/// The fields, those that count most first.
const FIELDS: [Field; 5] = [
    Field { name: "title", zh: "标题", factor: 4, prose: false },
    Field { name: "keywords", zh: "关键词", factor: 3, prose: false },
    Field { name: "problem", zh: "解决的问题", factor: 1, prose: true },
    Field { name: "advantage", zh: "对比优势", factor: 1, prose: true },
    Field { name: "summary", zh: "简介", factor: 1, prose: true },
];

/// What a word of the lexicon stands for.
#[derive(Debug)]
enum Entry {
    /// A row of the rules.
    Rule(Row),
    /// A word that an operator added, with its category.
    Extra(String),
}

/// Rules and settings, ready to weigh.
#[derive(Debug)]
pub struct Matcher {
    rules: Rules,
    words: Lexicon<Entry>,
    excluded: Lexicon<()>,
    in_points: i32,
    unsure_points: i32,
}

/// A reason in the making.
#[derive(Debug)]
struct Ground<'a> {
    zh: String,
    en: String,
    evidence: Vec<Evidence<'a>>,
}

/// An achievement on the scales.
#[derive(Debug)]
pub struct Weighed<'a> {
    points: i32,
    verdict: Verdict,
    grounds: Vec<Ground<'a>>,
    tags: BTreeMap<String, i32>,
}

/// Words found in one field that count there, with their points.
type Hits<'a> = Vec<(&'a str, i32)>;

impl Matcher {
    /// Makes a matcher; an operator's words come before those of the rules.
    pub fn new(rules: &Rules, settings: Settings) -> Self {
        let extra = settings.extra_keywords.into_iter().map(|(word, to)| (word, Entry::Extra(to)));
        let rows = rules.rows.iter().flat_map(|table| table.iter());
        let words = rows.flat_map(|row| {
            let words = row.words.split_ascii_whitespace();
            words.map(|word| (word.replace('_', " "), Entry::Rule(*row)))
        });
        Self {
            rules: *rules,
            words: Lexicon::new(extra.chain(words)),
            excluded: Lexicon::new(settings.excluded_keywords.into_iter().map(|word| (word, ()))),
            in_points: settings.in_points,
            unsure_points: settings.unsure_points,
        }
    }

    /// Weighs one achievement; nothing but it and the settings matters.
    pub fn weigh<'a>(&self, achievement: &Achievement<'a>) -> Weighed<'a> {
        let mut weighed = Weighed {
            points: 0,
            verdict: Verdict::Out,
            grounds: Vec::new(),
            tags: BTreeMap::new(),
        };
        self.weigh_words(achievement, &mut weighed);
        self.weigh_codes("ipc", "IPC分类号", achievement.ipc, &mut weighed);
        self.weigh_codes("industry", "国民经济行业", achievement.industry, &mut weighed);
        let (code, label, points) = self.rules.field;
        if achievement.field == code {
            weighed.add(
                points,
                format!("技术领域为“{label}”"),
                format!("the technology field is {code}"),
                [found("field", code)],
            );
        }
        weighed.verdict = match weighed.points {
            points if points >= self.in_points => Verdict::In,
            points if points >= self.unsure_points => Verdict::Unsure,
            _ => Verdict::Out,
        };
        weighed.sum_up(self.in_points, self.unsure_points);
        self.exclude(achievement, &mut weighed);
        weighed
    }

    fn weigh_words<'a>(&self, achievement: &Achievement<'a>, weighed: &mut Weighed<'a>) {
        // Fields come in the order of their factors, so a word counts where it counts most.
        let mut seen: Vec<(&str, i32)> = Vec::new();
        let mut prose = 0;
        for field in &FIELDS {
            let mut hits: Hits<'_> = Vec::new();
            for text in texts(achievement, field.name) {
                self.words.scan(text, |word, entry| {
                    if seen.iter().any(|(known, _)| known.eq_ignore_ascii_case(word)) {
                        return;
                    }
                    let points = weighed.tag_with(entry, field.factor);
                    // 「卫星遥感」 after 「遥感」 says where to put it, but not the same once more.
                    let is_said = seen.iter().any(|(known, weight)| {
                        *weight >= points && (known.contains(word) || word.contains(known))
                    });
                    seen.push((word, points));
                    if points < 0 || (points > 0 && !is_said) {
                        hits.push((word, points * field.factor));
                    }
                });
            }
            let (speak_for, against): (Hits<'_>, Hits<'_>) =
                hits.into_iter().partition(|(_, points)| *points > 0);
            let sum: i32 = speak_for.iter().map(|(_, points)| points).sum();
            let counted = if field.prose { sum.min(PROSE_POINTS_MAX - prose) } else { sum };
            if field.prose {
                prose += counted;
            }
            weighed.say(field, "提到", "speaks of", &speak_for, counted);
            let sum = against.iter().map(|(_, points)| points).sum();
            weighed.say(field, "提到其他领域的", "speaks of another field:", &against, sum);
        }
    }

    fn weigh_codes<'a>(
        &self,
        field: &'static str,
        zh: &str,
        codes: Texts<'a>,
        weighed: &mut Weighed<'a>,
    ) {
        let mut known: Vec<(&str, i32)> = Vec::new();
        for symbol in codes.iter() {
            let covering =
                self.rules.codes.iter().filter(|code| code.field == field && code.covers(symbol));
            let Some(code) = covering.max_by_key(|code| code.prefix.len()) else { continue };
            for (tag, pull) in tags(code.tags) {
                *weighed.tags.entry(tag.to_owned()).or_default() += pull;
            }
            known.push((symbol, code.points));
        }
        let Some(most) = known.iter().map(|(_, points)| *points).max() else { return };
        known.truncate(QUOTES_MAX);
        let list: Vec<&str> = known.iter().map(|(symbol, _)| *symbol).collect();
        let evidence: Vec<Evidence<'a>> = list.iter().map(|symbol| found(field, symbol)).collect();
        let en = format!("{field} {}", list.join(", "));
        weighed.add(most, format!("{zh} {}", list.join("、")), en, evidence);
    }

    /// An operator's excluded words have the last say.
    fn exclude<'a>(&self, achievement: &Achievement<'a>, weighed: &mut Weighed<'a>) {
        for field in &FIELDS {
            for text in texts(achievement, field.name) {
                let mut hit = None;
                self.excluded.scan(text, |word, ()| hit = hit.or(Some(word)));
                let Some(word) = hit else { continue };
                let (verdict, zh, en) = match (field.prose, weighed.verdict) {
                    (false, _) => (Verdict::Out, "不入池", "so it stays out"),
                    (true, Verdict::In) => (Verdict::Unsure, "转人工确认", "so a person looks"),
                    (true, _) => return,
                };
                weighed.verdict = verdict;
                weighed.grounds.insert(
                    0,
                    Ground {
                        zh: format!("{}含排除词“{word}”，{zh}", field.zh),
                        en: format!("{} holds the excluded word “{word}”, {en}", field.name),
                        evidence: vec![found(field.name, word)],
                    },
                );
                return;
            }
        }
    }
}

fn texts<'a>(achievement: &Achievement<'a>, field: &str) -> Vec<&'a str> {
    match field {
        "title" => vec![achievement.title],
        "problem" => vec![achievement.problem],
        "advantage" => vec![achievement.advantage],
        "summary" => vec![achievement.summary],
        _ => achievement.keywords.iter().collect(),
    }
}

impl<'a> Weighed<'a> {
    /// In, out or unsure.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// All points together; may be negative.
    pub fn points(&self) -> i32 {
        self.points
    }

    /// The tag that pulls most; of equals the first of the list. `None` if none pulls.
    pub fn strongest<'c>(&self, of: &[&'c str]) -> Option<&'c str> {
        let mut best = None;
        for tag in of {
            let pull = self.tags.get(*tag).copied().unwrap_or(0);
            if pull > best.map_or(0, |(most, _)| most) {
                best = Some((pull, *tag));
            }
        }
        best.map(|(_, tag)| tag)
    }

    /// The names under a prefix that were found, without it, those that pull most first.
    pub fn all(&self, prefix: &str) -> Vec<String> {
        let mut names: Vec<(i32, &str)> = self
            .tags
            .iter()
            .filter_map(|(tag, pull)| Some((*pull, tag.strip_prefix(prefix)?)))
            .collect();
        names.sort_by_key(|(pull, _)| std::cmp::Reverse(*pull));
        names.into_iter().map(|(_, name)| name.to_owned()).collect()
    }

    /// Begins the decision, with its reasons; the category is used unless the verdict is `out`.
    pub fn decide(&self, achievement: &'a Achievement<'a>, category: &str) -> DecisionBuilder<'a> {
        let decision = match self.verdict {
            Verdict::In => Decision::belongs(achievement, category),
            Verdict::Unsure => Decision::unsure(achievement, category),
            Verdict::Out => Decision::out(achievement),
        };
        self.grounds.iter().fold(decision, |decision, ground| {
            decision.because(&ground.zh, &ground.en, ground.evidence.iter().copied())
        })
    }

    fn tag_with(&mut self, entry: &Entry, factor: i32) -> i32 {
        match entry {
            Entry::Rule(row) => {
                for (tag, pull) in tags(row.tags) {
                    *self.tags.entry(tag.to_owned()).or_default() += pull * factor;
                }
                row.points
            }
            Entry::Extra(category) => {
                *self.tags.entry(category.clone()).or_default() += EXTRA.points * factor;
                EXTRA.points
            }
        }
    }

    fn add(
        &mut self,
        points: i32,
        zh: String,
        en: String,
        evidence: impl IntoIterator<Item = Evidence<'a>>,
    ) {
        self.points += points;
        self.grounds.push(Ground {
            zh: format!("{zh}（{points:+}分）"),
            en: format!("{en} ({points:+})"),
            evidence: evidence.into_iter().collect(),
        });
    }

    fn say(&mut self, field: &Field, zh: &str, en: &str, hits: &[(&'a str, i32)], points: i32) {
        if hits.is_empty() {
            return;
        }
        let quotes: Vec<&'a str> = hits.iter().take(QUOTES_MAX).map(|(word, _)| *word).collect();
        let list = format!("“{}”", quotes.join("”“"));
        let evidence: Vec<Evidence<'a>> =
            quotes.iter().map(|word| found(field.name, word)).collect();
        let en = format!("{} {en} {list}", field.name);
        self.add(points, format!("{}{zh}{list}", field.zh), en, evidence);
    }

    fn sum_up(&mut self, in_points: i32, unsure_points: i32) {
        let (zh, en) = match self.verdict {
            Verdict::In => ("入池", "in"),
            Verdict::Unsure => ("待人工确认", "for a person to look at"),
            Verdict::Out => ("不入池", "out"),
        };
        let points = self.points;
        let none = self.grounds.is_empty();
        let (because_zh, because_en) = if none {
            ("未见本领域用语和分类号，", "no word or code of the field; ")
        } else {
            ("", "")
        };
        self.grounds.push(Ground {
            zh: format!("{because_zh}合计{points}分（满{in_points}分入池，满{unsure_points}分待确认）：{zh}"),
            en: format!("{because_en}{points} points (in from {in_points}, unsure from {unsure_points}): {en}"),
            evidence: Vec::new(),
        });
    }
}
