//! The index answers like the plain scorer, whatever happened to it before.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::plain::Plain;
use super::{SMALL, small, snapshot};
use crate::document::{Cursors, Document, Filter, Hit, Labels, Update};
use crate::index::Index;
use crate::part::Part;
use crate::search::{Order, Position, Search};

const WORDS: [&str; 14] = [
    "锂电池",
    "电池",
    "负极",
    "材料",
    "石墨烯",
    "硅",
    "湖州",
    "竹",
    "yolo",
    "PM2.5",
    "的",
    "，",
    "🚀",
    " ",
];
const VALUES: [&str; 4] = ["", "a", "b", "湖"];

#[derive(Debug, Clone)]
enum Step {
    Apply(Vec<Update>),
    /// Merging until all is well.
    Tidy,
    /// To bytes and back.
    Reload,
}

fn text(words_max: usize) -> impl Strategy<Value = String> {
    vec(select(&WORDS[..]), 0..words_max).prop_map(|words| words.concat())
}

fn value() -> impl Strategy<Value = String> {
    select(&VALUES[..]).prop_map(str::to_owned)
}

fn values() -> impl Strategy<Value = Vec<String>> {
    let some = subsequence(&VALUES[..], 1..3)
        .prop_map(|values| values.into_iter().map(str::to_owned).collect());
    prop_oneof![3 => Just(Vec::new()), 1 => some]
}

fn id() -> impl Strategy<Value = String> {
    (0..60_u32).prop_map(|number| format!("a{number}"))
}

fn labels() -> impl Strategy<Value = Labels> {
    let many = || vec(value(), 0..3);
    (value(), value(), many(), value(), value(), many(), many()).prop_map(
        |(state, tenant, pools, field, stage, modes, chains)| Labels {
            state,
            tenant,
            pools,
            field,
            stage,
            modes,
            chains,
        },
    )
}

fn filter() -> impl Strategy<Value = Filter> {
    (values(), values(), values(), values(), values(), values(), values()).prop_map(
        |(states, tenants, pools, fields, stages, modes, chains)| Filter {
            states,
            tenants,
            pools,
            fields,
            stages,
            modes,
            chains,
        },
    )
}

const PHRASES: [&str; 9] =
    ["锂电池", "鋰電池", "锂", "锂电池负极", "YOLO", "yolo", "Yolo 检测", " ", "竹"];

fn phrases() -> impl Strategy<Value = Vec<String>> {
    vec(select(&PHRASES[..]).prop_map(str::to_owned), 0..4)
}

fn update() -> impl Strategy<Value = Update> {
    let put = (id(), text(12), labels(), 0..9_u32, phrases()).prop_map(
        |(id, text, labels, date, phrases)| {
            Update::Put(Document { id, text, labels, date, phrases })
        },
    );
    prop_oneof![3 => put, 1 => id().prop_map(Update::Remove)]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => vec(update(), 0..12).prop_map(Step::Apply),
        4 => Just(Step::Tidy),
        1 => Just(Step::Reload),
    ]
}

/// All pages, one after the other.
fn pages(index: &Index, text: &str, filter: &Filter, order: Order, limit: usize) -> Vec<Hit> {
    let (mut hits, mut after): (Vec<Hit>, Option<Position>) = (Vec::new(), None);
    loop {
        let asked = Search { text, filter, order, after: after.as_ref(), limit, facets: false };
        let page = index.search(asked);
        assert!(page.hits.len() <= limit && page.total >= page.hits.len() as u64);
        hits.extend(page.hits);
        let Some(next) = page.next else {
            assert_eq!(page.total, hits.len() as u64);
            return hits;
        };
        after = Some(next.to_string().parse().unwrap());
    }
}

/// What the rest of the room relies on.
#[track_caller]
fn check_shape(parts: &[Part]) {
    for part in parts {
        assert!(part.len() <= SMALL.block_docs_max, "a block of {}", part.len());
        assert!(part.living() * 2 >= part.len(), "{} of {} live", part.living(), part.len());
        assert!(part.living() > 0, "nobody lives here");
        assert!(part.uncounted() <= SMALL.uncounted_due, "{} uncounted", part.uncounted());
    }
    let small = parts.iter().filter(|part| part.living() * 2 <= SMALL.block_docs_max);
    assert!(small.count() <= 3 * 2, "levels of 1 to 3 and of 4 to 6 hold at most three each");
}

/// Whatever the budget: hits stand in the order of all, with the scores they have among all.
fn check_budgets(
    index: &Index,
    plain: &Plain,
    text: &str,
    filter: &Filter,
) -> Result<(), TestCaseError> {
    let all = plain.find(text, filter, 0, 1_000);
    for postings_max in [0, 3, 40, 400, usize::MAX] {
        let found = index.find_within(text, filter, 1_000, postings_max);
        prop_assert_eq!(found.ceiling, all.ceiling);
        if found.exact {
            prop_assert_eq!(&found.hits, &all.hits);
            continue;
        }
        prop_assert!(postings_max < usize::MAX);
        let narrowed = *filter != Filter::default();
        prop_assert!(narrowed || found.hits.is_empty() == all.hits.is_empty());
        // Those of all that have a telling term, in their order.
        let mut rest = all.hits.iter();
        for hit in &found.hits {
            prop_assert!(rest.any(|one| one == hit), "{:?} of {:?}", hit, all.hits);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn it_answers_like_the_plain_scorer_whatever_happened(
        steps in vec(step(), 1..14),
        queries in vec((text(8), filter(), 0..6_usize, 0..20_usize), 1..5),
        asked in id(),
    ) {
        let (mut index, mut plain) = (small(), Plain::default());
        for (seq, step) in steps.into_iter().enumerate() {
            match step {
                Step::Apply(updates) => {
                    plain.apply(updates.clone());
                    let cursors = Cursors::from([("湖".to_owned(), seq as u64)]);
                    index.apply(updates, &cursors);
                    prop_assert_eq!(index.cursors(), cursors);
                }
                Step::Tidy => {
                    while index.tidy() {}
                    check_shape(&index.state().parts);
                }
                Step::Reload => {
                    let read = Index::read_from(&mut snapshot(&index).as_slice()).unwrap();
                    prop_assert_eq!(read.cursors(), index.cursors());
                    let state = crate::index::State::clone(&read.state());
                    index = Index::of(state, SMALL);
                }
            }
        }
        prop_assert_eq!(index.len(), plain.len());
        for (text, filter, offset, limit) in &queries {
            prop_assert_eq!(
                index.find(text, filter, *offset, *limit),
                plain.find(text, filter, *offset, *limit)
            );
            prop_assert_eq!(index.explain(text, &asked, 50), plain.explain(text, &asked));
            check_budgets(&index, &plain, text, filter)?;
            for order in [Order::Relevance, Order::Date] {
                prop_assert_eq!(
                    pages(&index, text, filter, order, limit + 1),
                    plain.search(text, filter, order)
                );
            }
            let facets = Search { text, filter, order: Order::Date, after: None, limit: 1, facets: true };
            prop_assert_eq!(index.search(facets).facets, plain.facets(text, filter));
        }
        for begun in ["锂", "鋰電", "Y", "yolo", "竹", "无", "", " "] {
            prop_assert_eq!(index.suggest(begun, 10), plain.suggest(begun));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn large_pools_of_ties_and_long_lists_are_exact(
        texts in vec(text(5), 200..500),
        dead in vec(0..500_usize, 0..80),
        queries in vec((text(6), 0..40_usize, 1..60_usize), 1..4),
    ) {
        let (index, mut plain) = (Index::new(), Plain::default());
        let puts = texts.into_iter().enumerate().map(|(at, text)| {
            let id = format!("{}", (at * 7_919) % 1_000);
            Update::Put(Document { id, text, ..Document::default() })
        });
        let puts: Vec<Update> = puts.collect();
        let removes = dead.iter().map(|at| Update::Remove(format!("{}", (at * 7_919) % 1_000)));
        let removes: Vec<Update> = removes.collect();
        for updates in [puts, removes] {
            plain.apply(updates.clone());
            index.apply(updates, &Cursors::new());
        }
        for (text, offset, limit) in &queries {
            let filter = Filter::default();
            prop_assert_eq!(
                index.find(text, &filter, *offset, *limit),
                plain.find(text, &filter, *offset, *limit)
            );
            check_budgets(&index, &plain, text, &filter)?;
        }
    }
}
