//! The OAI-PMH feed of the example, served on loopback: what a university's server would answer.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::read_json;
use crate::cli::{Failure, read};

/// Which question gets which page.
#[derive(Deserialize)]
struct Pages {
    pages: Vec<Page>,
}

#[derive(Deserialize)]
struct Page {
    /// The arguments of the request, in any order: `verb=Identify`.
    query: String,
    /// The file with the answer, beside the list.
    file: String,
}

/// A running feed; it ends when this is dropped.
pub(super) struct Feed {
    _runtime: Runtime,
    base_url: String,
}

impl Feed {
    pub(super) fn base_url(&self) -> String {
        self.base_url.clone()
    }
}

/// Answers by the arguments of a request, in their sorted order.
type Answers = Arc<BTreeMap<Vec<String>, Vec<u8>>>;

pub(super) fn start(example: &Path) -> Result<Feed, Failure> {
    let dir = example.join("seu");
    let list: Pages = read_json(&dir.join("feed.json"))?;
    let mut answers = BTreeMap::new();
    for page in list.pages {
        answers.insert(arguments(&page.query), read(&dir.join(&page.file))?);
    }
    let failed = |error: std::io::Error| {
        Failure::new(
            format!("无法启动演示用的 OAI-PMH 服务：{error}"),
            format!("failed to serve the feed: {error}"),
        )
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(failed)?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).map_err(failed)?;
    let at = listener.local_addr().map_err(failed)?;
    let router = Router::new().fallback(answer).with_state(Answers::new(answers));
    runtime.spawn(async move { axum::serve(listener, router).await });
    Ok(Feed { _runtime: runtime, base_url: format!("http://{at}/oai") })
}

async fn answer(State(answers): State<Answers>, RawQuery(query): RawQuery) -> Response {
    match answers.get(&arguments(&query.unwrap_or_default())) {
        Some(page) => {
            ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], page.clone()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn arguments(query: &str) -> Vec<String> {
    let mut arguments: Vec<String> = query.split('&').map(ToOwned::to_owned).collect();
    arguments.sort();
    arguments
}
