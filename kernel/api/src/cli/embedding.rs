//! How an embedding endpoint is named on the command line.

use std::path::PathBuf;

use taihu_service::limits::EMBEDDING_SHARE_DEFAULT;
use taihu_service::{EmbeddingOptions, Secret};

use super::{Failure, read};

/// An embedding endpoint, as `serve` and `doctor` take it.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "语义向量服务（可选）· embedding endpoint (optional)")]
pub(crate) struct EmbeddingArgs {
    /// OpenAI 兼容的向量接口地址 · an OpenAI-compatible endpoint, https://host/v1/embeddings
    #[arg(long, value_name = "URL", requires = "embedding_model")]
    embedding_url: Option<String>,
    /// 模型名 · the model's name
    #[arg(long, value_name = "NAME", requires = "embedding_url")]
    embedding_model: Option<String>,
    /// 存有密钥的文件 · a file that holds the key, sent as a bearer token
    #[arg(long, value_name = "FILE", requires = "embedding_url")]
    embedding_key_file: Option<PathBuf>,
    /// 在内核自身得分中的份额，千分比 · its share of the kernel's own score, per mille
    #[arg(long, value_name = "PERMILLE", default_value_t = EMBEDDING_SHARE_DEFAULT)]
    embedding_share: u16,
    /// 需求文本前缀 · what is put before a need's text
    #[arg(long, value_name = "TEXT", default_value = "query: ")]
    embedding_query_prefix: String,
    /// 成果文本前缀 · what is put before an achievement's text
    #[arg(long, value_name = "TEXT", default_value = "passage: ")]
    embedding_passage_prefix: String,
    /// 另以 input_type 告知文本类别 · also says input_type, as some servers want it
    #[arg(long, requires = "embedding_url")]
    embedding_input_type: bool,
    /// 允许向量服务在本机 · lets the endpoint be on this machine
    #[arg(long, requires = "embedding_url")]
    embedding_allow_loopback: bool,
}

impl EmbeddingArgs {
    /// The options, if an endpoint is named.
    pub(crate) fn options(&self) -> Result<Option<EmbeddingOptions>, Failure> {
        let (Some(url), Some(model)) = (&self.embedding_url, &self.embedding_model) else {
            return Ok(None);
        };
        let key = match &self.embedding_key_file {
            None => None,
            Some(path) => {
                let text = String::from_utf8(read(path)?).unwrap_or_default();
                Some(Secret::new(&text).ok_or_else(|| {
                    Failure::new(
                        format!("{} 中没有可用的密钥：应为一行可见字符", path.display()),
                        format!("{} holds no key: one line of visible characters", path.display()),
                    )
                })?)
            }
        };
        Ok(Some(EmbeddingOptions {
            key,
            share: self.embedding_share,
            query_prefix: self.embedding_query_prefix.clone(),
            passage_prefix: self.embedding_passage_prefix.clone(),
            input_type: self.embedding_input_type,
            loopback: self.embedding_allow_loopback,
            ..EmbeddingOptions::new(url, model)
        }))
    }
}
