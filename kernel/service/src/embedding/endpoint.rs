//! Asking the endpoint: one request, one reply, nothing believed.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use taihu_model::contract::Header;

use super::options::EmbeddingOptions;
use super::vector::{Mark, Vector};
use crate::error::Result;
use crate::limits::{EMBEDDED_CHARS_MAX, EMBEDDING_DIMENSIONS_MAX, EMBEDDING_NAME_CHARS_MAX};
use crate::outbound::{Grant, HttpReply, HttpRequest, Outbound, OutboundError};

/// An endpoint and the grant for it.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) options: EmbeddingOptions,
    grant: Grant,
    /// True if it stands on this machine: what may not leave the house does not leave it.
    pub(super) here: bool,
}

/// Whose text it is: models like e5 treat them differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Need,
    Achievement,
}

/// What an endpoint made of some texts, in their order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reply {
    /// Which model made them, and how it was asked: what has another mark is never compared.
    pub(super) model: Mark,
    pub(super) vectors: Vec<Vector>,
}

/// Why there are no vectors: one variant for each reaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The endpoint is down, late, or sends us away: ask again after a while.
    Later { cause: &'static str, retry_after: Option<Duration>, said: String },
    /// It refuses these texts, or answers nonsense: ask for fewer, or for others.
    Wrong { cause: &'static str, said: String },
}

impl Trouble {
    pub(super) fn cause(&self) -> &'static str {
        match self {
            Self::Later { cause, .. } | Self::Wrong { cause, .. } => cause,
        }
    }

    pub(super) fn said(&self) -> &str {
        match self {
            Self::Later { said, .. } | Self::Wrong { said, .. } => said,
        }
    }

    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Later { retry_after, .. } => *retry_after,
            Self::Wrong { .. } => None,
        }
    }

    fn wrong(said: impl Into<String>) -> Self {
        Self::Wrong { cause: "nonsense", said: said.into() }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    input: Vec<String>,
    encoding_format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_type: Option<&'static str>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    model: String,
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    index: Option<usize>,
    embedding: Vec<f32>,
}

impl Endpoint {
    pub(super) fn new(options: EmbeddingOptions) -> Result<Self> {
        let (grant, here) = options.grant()?;
        Ok(Self { options, grant, here })
    }

    /// Asks for the vectors of some texts, all of it within `wait`.
    pub(super) fn ask(
        &self,
        outbound: &dyn Outbound,
        side: Side,
        texts: &[&str],
        wait: Duration,
    ) -> std::result::Result<Reply, Trouble> {
        let grant = Grant { patience: Some(wait), ..self.grant.clone() };
        match outbound.fetch(&grant, &self.request(side, texts)) {
            Ok(reply) if reply.status == 200 => self.read(&reply.body, texts.len()),
            Ok(reply) => Err(refusal(&reply)),
            Err(error) => {
                let cause = match error {
                    OutboundError::Refused(_) => "refused",
                    OutboundError::Failed(_) | OutboundError::Later { .. } => "failed",
                };
                let said = error.text().en.clone();
                Err(Trouble::Later { cause, retry_after: None, said })
            }
        }
    }

    fn request(&self, side: Side, texts: &[&str]) -> HttpRequest {
        let options = &self.options;
        let (prefix, kind) = match side {
            Side::Need => (&options.query_prefix, "query"),
            Side::Achievement => (&options.passage_prefix, "passage"),
        };
        let body = Body {
            model: &options.model,
            input: texts.iter().map(|text| format!("{prefix}{text}")).collect(),
            encoding_format: "float",
            input_type: options.input_type.then_some(kind),
        };
        HttpRequest {
            method: "POST".to_owned(),
            url: options.url.clone(),
            headers: vec![Header { name: "content-type".into(), value: "application/json".into() }],
            // Plain data: serialisation cannot fail.
            body: serde_json::to_vec(&body).unwrap_or_default(),
        }
    }

    fn read(&self, body: &[u8], texts: usize) -> std::result::Result<Reply, Trouble> {
        let answer: Answer = serde_json::from_slice(body)
            .map_err(|error| Trouble::wrong(format!("the reply cannot be read: {error}")))?;
        if answer.data.len() != texts {
            let said = format!("{} vectors for {texts} texts", answer.data.len());
            return Err(Trouble::wrong(said));
        }
        let mut vectors: Vec<Option<Vector>> = vec![None; texts];
        for (at, item) in answer.data.iter().enumerate() {
            let dimensions = item.embedding.len();
            if !(1..=EMBEDDING_DIMENSIONS_MAX).contains(&dimensions) {
                let said =
                    format!("a vector of {dimensions} numbers, not 1–{EMBEDDING_DIMENSIONS_MAX}");
                return Err(Trouble::wrong(said));
            }
            if let Some(place) = vectors.get_mut(item.index.unwrap_or(at)) {
                *place = Vector::of(&item.embedding);
            }
        }
        let vectors: Option<Vec<Vector>> = vectors.into_iter().collect();
        let Some(vectors) = vectors else {
            return Err(Trouble::wrong("a vector is missing, points nowhere or is not finite"));
        };
        let dimensions = vectors.first().map_or(0, Vector::dimensions);
        if vectors.iter().any(|vector| vector.dimensions() != dimensions) {
            return Err(Trouble::wrong("vectors of different lengths in one reply"));
        }
        Ok(Reply { model: self.mark(&answer.model, dimensions), vectors })
    }

    fn mark(&self, replied: &str, dimensions: usize) -> Mark {
        let options = &self.options;
        let replied: String = replied.chars().take(EMBEDDING_NAME_CHARS_MAX).collect();
        let numbers = [dimensions, EMBEDDED_CHARS_MAX].map(|number| number as u64);
        Mark::of_parts([
            b"taihu-embedding-1".as_slice(),
            options.model.as_bytes(),
            replied.as_bytes(),
            options.query_prefix.as_bytes(),
            options.passage_prefix.as_bytes(),
            &[u8::from(options.input_type)],
            &numbers[0].to_be_bytes(),
            &numbers[1].to_be_bytes(),
        ])
    }
}

/// As much of a text as is embedded.
pub(super) fn cut(text: &str) -> &str {
    match text.char_indices().nth(EMBEDDED_CHARS_MAX) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

fn refusal(reply: &HttpReply) -> Trouble {
    let said = format!("the endpoint answered {}", reply.status);
    match reply.status {
        400 | 413 | 422 => Trouble::Wrong { cause: "rejected", said },
        status => {
            let header = reply.headers.iter().find(|header| header.name == "retry-after");
            let seconds = header.and_then(|header| header.value.trim().parse().ok());
            let cause = match status {
                401 | 403 => "denied",
                429 => "too-many",
                _ => "status",
            };
            Trouble::Later { cause, retry_after: seconds.map(Duration::from_secs), said }
        }
    }
}
