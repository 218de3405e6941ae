//! Pages, marks and suggestions, as a person sees them.

use super::{document, ids, index_of};
use crate::document::{Cursors, Document, Filter, Labels, TermShare, Update};
use crate::highlight::{Marker, highlight};
use crate::index::Index;
use crate::search::{Order, Position, Search};
use crate::suggest::Suggestion;

fn dated(id: &str, date: u32) -> Update {
    Update::Put(Document { date, ..document(id, "湖州") })
}

fn page(index: &Index, order: Order, after: Option<&Position>) -> (Vec<String>, Option<Position>) {
    let filter = Filter::default();
    let asked = Search { text: "湖州", filter: &filter, order, after, limit: 2, facets: false };
    let page = index.search(asked);
    (page.hits.into_iter().map(|hit| hit.id).collect(), page.next)
}

#[test]
fn pages_by_date_neither_repeat_nor_miss_while_others_come() {
    let index = Index::new();
    index.apply((0..5).map(|at| dated(&format!("a{at}"), 10 + at)).collect(), &Cursors::new());
    let (first, next) = page(&index, Order::Date, None);
    assert_eq!(first, ["a4", "a3"]);
    // Newer ones, one with the date of the last shown, and the last shown is gone.
    index.apply(
        vec![dated("b0", 90), dated("a35", 13), Update::Remove("a3".to_owned())],
        &Cursors::new(),
    );
    let (second, next) = page(&index, Order::Date, next.as_ref());
    assert_eq!(second, ["a2", "a1"], "a35 stands before a3, where it would have been shown");
    let (third, next) = page(&index, Order::Date, next.as_ref());
    assert_eq!((third, next), (vec!["a0".to_owned()], None));
}

#[test]
fn a_position_of_another_order_counts_for_nothing() {
    let index = Index::new();
    index.apply((0..5).map(|at| dated(&format!("a{at}"), at)).collect(), &Cursors::new());
    let (_, next) = page(&index, Order::Date, None);
    assert_eq!(page(&index, Order::Relevance, next.as_ref()).0, ["a0", "a1"]);
    for wrong in ["", "d", "d1", "x1:a", "d-1:a", "d4294967296:a", "r:a"] {
        assert!(wrong.parse::<Position>().is_err(), "{wrong}");
    }
}

#[test]
fn a_choice_does_not_hide_what_else_could_be_chosen() {
    let index = Index::new();
    let put = |at: u32| {
        let field = if at < 3 { "new_energy" } else { "materials" };
        let stage = if at.is_multiple_of(2) { "early" } else { "mature" };
        let labels = Labels {
            field: field.to_owned(),
            stage: stage.to_owned(),
            modes: vec!["license".to_owned(), "assign".to_owned()],
            ..Labels::default()
        };
        Update::Put(Document { labels, ..document(&format!("a{at}"), "湖州") })
    };
    index.apply((0..5).map(put).collect(), &Cursors::new());
    let filter = Filter { fields: vec!["materials".to_owned()], ..Filter::default() };
    let asked = Search {
        text: "湖州",
        filter: &filter,
        order: Order::Date,
        after: None,
        limit: 0,
        facets: true,
    };
    let page = index.search(asked);
    assert_eq!((page.total, page.hits.len()), (2, 0));
    let of = |kind: usize| {
        let values = page.facets[kind].values.iter();
        values.map(|(value, count)| (value.as_str(), *count)).collect::<Vec<_>>()
    };
    assert_eq!(of(3), [("new_energy", 3), ("materials", 2)]);
    assert_eq!(of(4), [("early", 1), ("mature", 1)]);
    assert_eq!(of(5), [("assign", 2), ("license", 2)]);
    assert_eq!(of(6), []);
}

#[track_caller]
fn marked(query: &str, text: &str, expected: &[&str]) {
    let marks: Vec<&str> = highlight(query, text).into_iter().map(|mark| &text[mark]).collect();
    assert_eq!(marks, expected, "{query} in {text}");
}

#[test]
fn marks_stand_in_the_text_as_it_is_written() {
    marked("锂电池", "一種鋰電池負極，鋰電與電池", &["鋰電池", "鋰電", "電池"]);
    marked("yolov8 检测", "用ＹＯＬＯｖ８檢測", &["ＹＯＬＯｖ８檢測"]);
    marked("Li2CO3", "电池级Li₂CO₃制备", &["Li₂CO₃"]);
    marked("5公斤", "重5kg，或 5 千克", &["5kg", "5", "千克"]);
    marked("pm2", "PM25与PM2", &["PM2"]);
    marked("硅", "硅碳", &[]);
    marked("", "硅碳", &[]);
    marked("锂电池", "", &[]);
    marked("咖啡", "🚀咖啡👩‍🔬", &["咖啡"]);
}

#[track_caller]
fn cut(text: &str, terms: &[(&str, u16)], chars_max: usize, expected: &str, marks: &[&str]) {
    let of = |(term, share): &(&str, u16)| TermShare {
        term: (*term).to_owned(),
        share_permille: *share,
    };
    let terms: Vec<TermShare> = terms.iter().map(of).collect();
    let snippet = Marker::new(&terms).snippet(text, chars_max);
    assert_eq!(&text[snippet.range.clone()], expected);
    let found: Vec<&str> = snippet.marks.into_iter().map(|mark| &text[mark]).collect();
    assert_eq!(found, marks);
    assert!(expected.chars().count() <= chars_max);
}

#[test]
fn a_snippet_shows_where_most_is_said() {
    let text = "本成果提供电池。其余不提。用于动力电池的硅碳负极材料，循环寿命长。";
    let terms = [("电池", 300), ("硅碳", 500), ("负极", 200)];
    cut(text, &terms, 15, "用于动力电池的硅碳负极材料，循", &["电池", "硅碳负极"]);
    cut(text, &terms, 100, text, &["电池", "电池", "硅碳负极"]);
    cut(text, &[("没有", 1)], 7, "本成果提供电池", &[]);
    cut(text, &[("寿命", 9)], 8, "料，循环寿命长。", &["寿命"]);
    cut("", &terms, 7, "", &[]);
    cut(text, &terms, 0, "", &[]);
}

#[track_caller]
fn suggested(index: &Index, begun: &str, expected: &[(&str, u64)]) {
    let found = index.suggest(begun, 10);
    let found: Vec<(&str, u64)> =
        found.iter().map(|Suggestion { text, count }| (text.as_str(), *count)).collect();
    assert_eq!(found, expected, "{begun}");
}

#[test]
fn suggestions_are_what_living_documents_have() {
    let index = Index::new();
    let put = |id: &str, phrases: &[&str]| {
        let phrases = phrases.iter().map(|one| (*one).to_owned()).collect();
        Update::Put(Document { phrases, ..document(id, "") })
    };
    let long = "长".repeat(41);
    index.apply(
        vec![
            put("a", &["锂电池", "YOLOv8", &long]),
            put("b", &["鋰電池", "锂电池", "锂离子电池", "yolov8"]),
            put("c", &["锂电池", "YOLOv8"]),
        ],
        &Cursors::new(),
    );
    suggested(&index, "锂", &[("锂电池", 3), ("锂离子电池", 1)]);
    suggested(&index, "鋰電", &[("锂电池", 3)]);
    suggested(&index, "ｙｏ", &[("YOLOv8", 3)]);
    suggested(&index, "长", &[]);
    suggested(&index, "电池", &[]);
    suggested(&index, "", &[]);
    suggested(&index, &"锂".repeat(10_000), &[]);
    index.apply(vec![Update::Remove("b".to_owned())], &Cursors::new());
    suggested(&index, "锂", &[("锂电池", 2)]);
}

#[test]
fn of_very_many_phrases_the_common_ones_are_suggested() {
    let index = Index::new();
    for batch in 0..3 {
        let put = |at: u32| {
            let phrases = vec![format!("锂{at}"), format!("锂材{}", at % 5)];
            Update::Put(Document { phrases, ..document(&format!("a{at}"), "") })
        };
        index.apply((batch * 2_000..(batch + 1) * 2_000).map(put).collect(), &Cursors::new());
    }
    let all = ["锂材0", "锂材1", "锂材2", "锂材3", "锂材4"].map(|text| (text, 1_200));
    let found = index.suggest("锂", 10);
    let found: Vec<(&str, u64)> =
        found.iter().map(|Suggestion { text, count }| (text.as_str(), *count)).take(5).collect();
    assert_eq!(found, all);
}

#[test]
fn a_search_box_finds_what_a_need_finds() {
    let index = index_of(&["锂电池负极", "电池回收", "竹材"]);
    let filter = Filter::default();
    let asked = Search {
        text: "锂电池",
        filter: &filter,
        order: Order::Relevance,
        after: None,
        limit: 10,
        facets: false,
    };
    let page = index.search(asked);
    let found = index.find("锂电池", &filter, 0, 10);
    assert_eq!(page.hits, found.hits);
    assert_eq!((page.total, page.ceiling), (found.total, found.ceiling));
    assert_eq!(
        page.terms.iter().map(|one| one.term.as_str()).collect::<Vec<_>>(),
        ["锂电", "电池"]
    );
    assert_eq!(ids(&found), ["0", "1"]);
}
