//! A full line: who finds no place is told at once, and what needs no place goes on.

use std::sync::Arc;
use std::sync::mpsc;

use taihu_service::Role;

use super::town::Town;
use crate::http::limits::{WORK_AT_ONCE_MAX, WORK_IN_LINE_MAX};

#[tokio::test]
async fn a_full_line_answers_at_once_and_keeps_nobody_from_being_known() {
    let town = Town::new();
    let (hold, held) = mpsc::channel::<()>();
    let held = Arc::new(std::sync::Mutex::new(held));
    let mut works = Vec::new();
    for _ in 0..WORK_AT_ONCE_MAX + WORK_IN_LINE_MAX {
        let (state, held) = (town.state.clone(), Arc::clone(&held));
        works.push(tokio::spawn(async move {
            let wait = move |_: &_| {
                let _ = held.lock().unwrap().recv();
                Ok(())
            };
            state.ask(wait).await
        }));
    }
    while town.state.work_inside() < works.len() {
        tokio::task::yield_now().await;
    }
    // Every thread works and every place in line is taken: nothing below may wait for one of them.
    let city = Some((Role::City, "city"));
    for path in ["/v1/tenants", "/v1/achievements", "/v1/tenants/city/plugins"] {
        let seen = town.ask("GET", path, city, None).await;
        assert_eq!((seen.status.as_u16(), seen.header("retry-after")), (429, "1"), "{path}");
        assert_eq!(seen.json()["code"], "busy");
    }
    let outside = Some((Role::Enterprise, "deqing"));
    town.ask("GET", "/v1/tokens", outside, None).await.must(403);
    for path in ["/healthz", "/metrics"] {
        assert_eq!(town.ask("GET", path, city, None).await.status, 200, "{path}");
    }
    drop(hold);
    for work in works {
        work.await.unwrap().unwrap();
    }
    town.ask("GET", "/v1/tenants", city, None).await.must(200);
}
