//! What a need asks for, against what an achievement says.
//!
//! Without a dictionary: texts are compared by pairs of Chinese characters and whole Latin words.
//! The need is prepared once for a batch; a candidate costs one pass over its text.

mod class;
mod need;
mod read;

use taihu_plugin::*;

use need::Asked;
use read::Reader;

/// The scorer.
pub struct Relevance;

/// Shares of the score in per mille. What is to be solved counts most; a title that speaks of it
/// says more than a passing mention; classes only support.
const PROBLEM: u16 = 400;
const TITLE: u16 = 200;
const KEYWORDS: u16 = 200;
const INDICATORS: u16 = 80;
const CLASS: u16 = 120;

impl Scorer for Relevance {
    fn factors() -> Vec<FactorDescription> {
        vec![
            factor("problem", "问题吻合", "Same problem"),
            factor("title", "名称吻合", "Title speaks of it"),
            factor("keywords", "关键词命中", "Keywords named by the need"),
            factor("indicators", "指标吻合", "Same indicators"),
            factor("class", "技术领域一致", "Same class of technology"),
        ]
    }

    fn score_one(_: &Context, need: &Need, candidate: &Achievement) -> Score {
        let asked = Asked::new(need);
        score(need, &asked, &mut Reader::new(&asked), candidate)
    }

    fn score(_: &Context, need: &Need, candidates: &Achievements) -> Result<Scores, Failure> {
        let asked = Asked::new(need);
        let mut reader = Reader::new(&asked);
        Ok(candidates.iter().map(|it| score(need, &asked, &mut reader, &it)).collect())
    }
}

fn score(need: &Need, asked: &Asked, reader: &mut Reader<'_>, candidate: &Achievement) -> Score {
    reader.begin();
    let title = reader.read(candidate.title);
    let problem = reader.read(candidate.problem);
    let summary = reader.read(candidate.summary);
    let advantage = reader.read(candidate.advantage);
    let score = Score::build(candidate)
        .factor("problem", PROBLEM, saturate(reader.problem_permille(), 180))
        .because_all(
            [("problem", problem), ("summary", summary), ("title", title)]
                .into_iter()
                .filter(|(_, seen)| !seen.phrase.is_empty())
                .map(|(field, seen)| found(field, seen.phrase)),
        )
        .factor("title", TITLE, saturate(title.permille(), 350));
    let score = match title.phrase {
        "" => score,
        phrase => score.because(found("title", phrase)),
    };
    let (keywords, words) = keywords(asked, candidate);
    let score = score
        .factor("keywords", KEYWORDS, keywords)
        .because_all(words.into_iter().flatten().map(|word| found("keywords", word)))
        .factor("indicators", INDICATORS, saturate(reader.indicators_permille(), 250));
    let score = match advantage.phrase {
        "" => score,
        phrase => score.because(found("advantage", phrase)),
    };
    // A need without classes is judged by its words alone.
    if need.ipc.is_empty() && need.industry.is_empty() {
        return score.done();
    }
    let (class, evidence) = class::agree(need, candidate);
    score.factor("class", CLASS, class).because_all(evidence.into_iter().flatten()).done()
}

/// Bends a share so that the first words count most: half of the value is reached at `half`.
fn saturate(permille: u32, half: u32) -> u16 {
    let bent = permille * (1000 + half) / (permille + half);
    u16::try_from(bent.min(1000)).unwrap_or(1000)
}

/// Keywords that the need names: each whole one counts 450, one whose pairs it mostly has 200.
fn keywords<'a>(asked: &Asked, candidate: &Achievement<'a>) -> (u16, [Option<&'a str>; 4]) {
    let mut value = 0;
    let mut words = [None; 4];
    let mut seen = 0;
    for word in candidate.keywords.iter().take(10) {
        let points = match asked.names(word) {
            need::Named::Whole => 450,
            need::Named::Mostly => 200,
            need::Named::No => continue,
        };
        value += points;
        if let Some(place) = words.get_mut(seen) {
            *place = Some(word);
            seen += 1;
        }
    }
    (value.min(1000), words)
}

scorer!(Relevance);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases() -> Result<(), testing::Differences> {
        testing::scorer::<Relevance>(env!("CARGO_MANIFEST_DIR"))
    }

    #[track_caller]
    fn check(permille: u32, half: u32, want: u16) {
        assert_eq!(saturate(permille, half), want, "{permille} with half at {half}");
    }

    #[test]
    fn the_first_words_count_most() {
        check(0, 180, 0);
        check(180, 180, 590);
        check(1000, 180, 1000);
        check(1000, 350, 1000);
    }
}
