//! Recorded replies of a source, in a folder: `replies.json` says which request gets which file.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use taihu_model::contract::Header;
use taihu_service::{Recorded, Recording};

use super::{Failure, read};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Replies {
    replies: Vec<Reply>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reply {
    #[serde(default = "get")]
    method: String,
    url: String,
    /// The body that was sent, if it matters.
    #[serde(default)]
    sent: Option<String>,
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The file with the body, beside the list.
    file: String,
}

fn get() -> String {
    "GET".to_owned()
}

const fn ok() -> u16 {
    200
}

/// Reads the recordings of a folder.
pub(crate) fn recorded(folder: &Path) -> Result<Recorded, Failure> {
    let list = folder.join("replies.json");
    let replies: Replies = serde_json::from_slice(&read(&list)?).map_err(|error| {
        let list = list.display();
        Failure::new(format!("{list} 有误：{error}"), format!("{list} is wrong: {error}"))
    })?;
    let mut recordings = Vec::with_capacity(replies.replies.len());
    for Reply { method, url, sent, status, headers, file } in replies.replies {
        let header = |(name, value): (String, String)| Header { name: name.to_lowercase(), value };
        recordings.push(Recording {
            method,
            url,
            sent: sent.map(String::into_bytes),
            status,
            headers: headers.into_iter().map(header).collect(),
            body: read(&folder.join(file))?,
        });
    }
    Recorded::new(recordings).map_err(|error| {
        let text = error.text();
        Failure::new(text.zh.clone(), text.en.clone())
    })
}
