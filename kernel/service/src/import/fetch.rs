//! Performing what a connector asks for: the network under its grant, or the source's drop folder.

use std::io::Read as _;

use taihu_model::contract::{FileEntry, Header, Reply, Request};
use taihu_model::{Source, Text, Timestamp};

use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::limits::{FILE_BYTES_MAX, FILES_MAX, RUN_WAIT_S_MAX};
use crate::outbound::{Grant, HttpRequest, OutboundError};

pub(super) fn perform(
    kernel: &Kernel,
    source: &Source,
    grant: &Grant,
    request: Request,
) -> Result<Reply> {
    match request {
        Request::Http { method, url, headers, body } => {
            let request = HttpRequest { method, url, headers, body };
            let reply = kernel.parts.outbound.fetch(grant, &request);
            let bytes = request.body.len() + reply.as_ref().map_or(0, |reply| reply.body.len());
            kernel.costs.egress(&source.tenant, &source.connector, bytes);
            match reply {
                Ok(reply) => Ok(Reply::Http {
                    status: reply.status,
                    url: reply.url,
                    headers: reply.headers,
                    body: reply.body,
                }),
                // Outside the grant: the run ends, and the source's owner learns why.
                Err(OutboundError::Refused(text)) => Err(Error::Upstream(text)),
                // The run is interrupted, and goes on from its last page when the server will have it.
                Err(OutboundError::Later { text, wait_s }) => {
                    tracing::warn!(source = %source.slug, wait_s, why = %text.en, "a source asks to wait");
                    let retry_after_s = wait_s.clamp(1, RUN_WAIT_S_MAX);
                    Err(Error::Busy { retry_after_s: u32::try_from(retry_after_s).unwrap_or(1) })
                }
                Err(OutboundError::Failed(text)) => Ok(Reply::Failed { message: text.zh }),
            }
        }
        Request::ListFiles | Request::ReadFile { .. } if !grant.files => {
            Err(Error::Upstream(Text::new(
                format!("连接器“{}”未获授权读取投放目录（须清单申请并经授权）", source.connector),
                format!(
                    "connector {} was not granted the drop folder, or its manifest does not ask for it",
                    source.connector
                ),
            )))
        }
        Request::ListFiles => list(kernel, source),
        Request::ReadFile { name } => Ok(read(kernel, source, &name)),
    }
}

/// Bytes of what came.
pub(super) fn bytes(reply: &Reply) -> usize {
    match reply {
        Reply::Http { url, headers, body, .. } => {
            let header = |header: &Header| header.name.len() + header.value.len();
            url.len() + headers.iter().map(header).sum::<usize>() + body.len()
        }
        Reply::File { content } => content.len(),
        Reply::Files { files } => files.iter().map(|file| file.name.len()).sum(),
        Reply::Failed { message } => message.len(),
    }
}

fn list(kernel: &Kernel, source: &Source) -> Result<Reply> {
    let failed = |error: std::io::Error| {
        Error::Upstream(Text::new(
            format!("无法读取来源“{}”的投放目录：{error}", source.slug),
            format!("failed to read the drop folder of source {}: {error}", source.slug),
        ))
    };
    kernel.parts.drop.create_dir_all(source.slug.as_str()).map_err(failed)?;
    let dir = kernel.parts.drop.open_dir(source.slug.as_str()).map_err(failed)?;
    let mut files = Vec::new();
    for entry in dir.entries().map_err(failed)?.take(FILES_MAX) {
        let entry = entry.map_err(failed)?;
        let meta = entry.metadata().map_err(failed)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if !meta.is_file() || name.starts_with('.') {
            continue;
        }
        let modified = meta
            .modified()
            .ok()
            .and_then(|time| Timestamp::try_from(time.into_std()).ok())
            .unwrap_or(Timestamp::UNIX_EPOCH);
        files.push(FileEntry { name, bytes: meta.len(), modified: modified.to_string() });
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Reply::Files { files })
}

/// A file by the name that the list gave; `cap_std` lets no name lead out of the folder.
fn read(kernel: &Kernel, source: &Source, name: &str) -> Reply {
    let mut content = Vec::new();
    let mut read = || -> std::io::Result<u64> {
        let dir = kernel.parts.drop.open_dir(source.slug.as_str())?;
        let file = dir.open(name)?;
        let bytes = file.metadata()?.len();
        if bytes <= FILE_BYTES_MAX {
            file.take(FILE_BYTES_MAX).read_to_end(&mut content)?;
        }
        Ok(bytes)
    };
    match read() {
        Ok(bytes) if bytes > FILE_BYTES_MAX => Reply::Failed {
            message: format!("文件“{name}”有{bytes}字节，最大{FILE_BYTES_MAX}字节，请拆分后再投放"),
        },
        Ok(_) => Reply::File { content },
        Err(error) => {
            Reply::Failed { message: format!("无法读取文件“{name}”：{error}") }
        }
    }
}
