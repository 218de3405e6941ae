//! Queries and changes as they come.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::{document, ids, index_of};
use crate::document::{Cursors, Filter, Found, Labels, TermShare, Update};
use crate::index::{FIND_MAX, Index};
use crate::plan::QUERY_TERMS_MAX;

const NOTHING: Found = Found { hits: Vec::new(), total: 0, ceiling: 0, exact: true };

const POOL: [&str; 6] = [
    "一种高容量锂离子电池硅碳负极材料的制备方法，循环寿命长",
    "毛竹快速防霉防蛀处理技术及其在竹地板中的应用",
    "基于YOLOv8的电梯门表面缺陷在线检测系统",
    "农村生活污水低能耗一体化处理装备",
    "桑蚕丝素蛋白医用敷料的制备",
    "面向数字城市的高精度地图众包更新方法，基于车载激光雷达",
];

#[track_caller]
fn check(query: &str, first: &str) {
    let index = index_of(&POOL);
    let found = index.find(query, &Filter::default(), 0, 10);
    assert_eq!(ids(&found).first(), Some(&first), "{found:?}");
    assert!(found.hits[0].score < found.ceiling);
}

#[test]
fn a_need_finds_what_solves_it() {
    check("我们的动力电池循环几百次后容量衰减，想找新的负极材料", "0");
    check("竹地板容易发霉生虫怎么办", "1");
    check("ｙｏｌｏｖ８ 缺陷检测", "2");
    check("村里污水处理能耗太高", "3");
    check("丝素敷料", "4");
    check("自动驾驶需要及时更新的高精度地图", "5");
}

#[test]
fn a_share_tells_what_a_document_was_found_for() {
    let index = index_of(&POOL);
    let shares = index.explain("电池的负极材料，负极！", "0", 3);
    let share = |term: &str, share_permille| TermShare { term: term.to_owned(), share_permille };
    assert_eq!(shares, [share("负极", 458), share("材料", 229), share("电池", 160)]);
    let all = index.explain("电池的负极材料，负极！", "0", 10);
    assert_eq!(all.len(), 4);
    assert!((990..=1_000).contains(&all.iter().map(|one| one.share_permille).sum::<u16>()));
    assert_eq!(index.explain("电池", "nobody", 3), []);
    assert_eq!(index.explain("咖啡", "0", 3), []);
    assert_eq!(index.explain("", "0", 3), []);
}

#[test]
fn a_text_without_terms_finds_nothing_and_no_text_finds_all() {
    let index = index_of(&POOL);
    let all = Filter::default();
    for nothing in ["，。！？", "…… — ~", "🚀👩‍🔬", "咖啡馆", "\u{301}"] {
        let found = index.find(nothing, &all, 0, 10);
        assert_eq!((found.total, found.ceiling, found.hits.len()), (0, 0, 0), "{nothing}");
    }
    for everything in ["", "  \n\t", "\u{3000}\0"] {
        let found = index.find(everything, &all, 0, 10);
        assert_eq!(ids(&found), ["5", "4", "3", "2", "1", "0"]);
        assert_eq!((found.total, found.ceiling), (6, 0));
    }
    assert_eq!(ids(&index.find("", &all, 2, 3)), ["3", "2", "1"]);
    assert_eq!(index.find("", &all, 6, 3).hits, []);
    assert_eq!(index.find("", &all, usize::MAX, usize::MAX).total, 6);
    assert_eq!(index.find("电池", &all, usize::MAX, usize::MAX).total, 1);
    assert_eq!(Index::new().find("电池", &all, 0, 10), NOTHING);
    assert_eq!(Index::new().find("", &all, 0, 10), NOTHING);
}

#[test]
fn a_term_of_every_document_orders_by_id() {
    let texts: Vec<&str> = std::iter::repeat_n("湖州", 3_000).collect();
    let index = index_of(&texts);
    let found = index.find("湖州", &Filter::default(), 0, 4);
    assert_eq!(ids(&found), ["0", "1", "10", "100"]);
    assert_eq!(found.total, 3_000);
    assert!(found.hits[0].score > 0);
    let most = index.find("湖州", &Filter::default(), 0, usize::MAX);
    assert_eq!(most.hits.len(), FIND_MAX);
    let end = index.find("湖州", &Filter::default(), 2_998, 10);
    assert_eq!(ids(&end), ["998", "999"]);
}

#[test]
fn a_query_of_ten_thousand_characters_is_answered() {
    let text: String = ('\u{4e00}'..).take(10_000).collect();
    let index = index_of(&[&text, &text[..3_000], "一丁"]);
    let found = index.find(&text, &Filter::default(), 0, 10);
    assert_eq!(ids(&found), ["0"], "the heaviest terms are those that only this one has");
    assert!(found.hits.iter().all(|hit| hit.score < found.ceiling));
    assert_eq!(index.explain(&text, "0", usize::MAX).len(), FIND_MAX.min(QUERY_TERMS_MAX));
    let repeated = index.find(&"一丁".repeat(5_000), &Filter::default(), 0, 10);
    assert_eq!(repeated.hits.len(), 3);
    let endless = index.find(&"x".repeat(1_000_000), &Filter::default(), 0, 10);
    assert_eq!(endless.total, 0);
}

#[test]
fn documents_and_cursors_change_together() {
    let index = index_of(&[]);
    assert!(index.is_empty());
    index.apply(
        vec![
            Update::Put(document("a", "旧的")),
            Update::Put(document("a", "新的")),
            Update::Put(document("b", "旧的")),
            Update::Remove("b".to_owned()),
            Update::Remove("never".to_owned()),
        ],
        &Cursors::from([("x".to_owned(), 4), ("y".to_owned(), 2)]),
    );
    index.apply(Vec::new(), &Cursors::from([("x".to_owned(), 5)]));
    assert_eq!(index.cursors(), Cursors::from([("x".to_owned(), 5), ("y".to_owned(), 2)]));
    assert_eq!(index.len(), 1);
    assert_eq!(index.find("旧的", &Filter::default(), 0, 9).total, 0);
    assert_eq!(ids(&index.find("新的", &Filter::default(), 0, 9)), ["a"]);
}

#[test]
fn memory_follows_the_documents() {
    let index = index_of(&[]);
    let empty = index.memory_bytes();
    let put = |at: u32| Update::Put(document(&at.to_string(), "一种锂电池负极材料的制备方法"));
    index.apply((0..2_000).map(put).collect(), &Cursors::new());
    let full = index.memory_bytes();
    assert!((30_000..120_000).contains(&(full - empty)), "{full}");
    index.apply((0..2_000).map(|at| Update::Remove(at.to_string())).collect(), &Cursors::new());
    while index.tidy() {}
    assert_eq!(index.memory_bytes(), empty);
}

#[test]
fn readers_see_whole_steps_only() {
    let index = Index::new();
    let done = AtomicBool::new(false);
    let put = |id: u64, step: u64| {
        let labels = Labels { state: format!("s{step}"), ..Labels::default() };
        Update::Put(crate::document::Document { labels, ..document(&id.to_string(), "湖州") })
    };
    thread::scope(|scope| {
        let reader = || {
            let mut before = 0;
            while !done.load(Ordering::Acquire) {
                let seq = index.cursors().get("x").copied().unwrap_or(0);
                let found = index.find("湖州", &Filter::default(), 0, 100);
                assert!(seq >= before);
                assert!(found.total == 0 && seq == 0 || found.total == 20, "{found:?}");
                before = seq;
            }
        };
        let readers = [scope.spawn(reader), scope.spawn(reader)];
        for step in 1..=60 {
            let updates = (0..20).map(|id| put(step * 20 + id, step));
            let gone = (0..20).map(|id| Update::Remove(((step - 1) * 20 + id).to_string()));
            let cursors = Cursors::from([("x".to_owned(), step)]);
            index.apply(updates.chain(gone).collect(), &cursors);
            index.tidy();
        }
        done.store(true, Ordering::Release);
        for reader in readers {
            reader.join().unwrap();
        }
    });
    let last = Filter { states: vec!["s60".to_owned()], ..Filter::default() };
    assert_eq!(index.find("", &last, 0, 100).total, 20);
}
