//! What handlers are given: path, query, body and caller, each with its refusal in words.
//!
//! The signature of a handler is its contract; whatever does not fit becomes a [`Problem`] here.

mod words;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody, JsonRejection, PathRejection};
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequest, RawPathParams, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri};
use serde::de::DeserializeOwned;
use taihu_model::Config;
use taihu_service::Caller;

use super::limits::{IDEMPOTENCY_KEY_CHARS_MAX, JSON_BYTES_MAX};
use super::problem::Problem;

/// Who asks: put there by the gate.
#[derive(Debug, Clone)]
pub(crate) struct By(pub(crate) Caller);

impl<S: Send + Sync> FromRequestParts<S> for By {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            tracing::error!("a route is reached around the gate");
            Problem::internal()
        })
    }
}

/// The identifiers in a path.
#[derive(Debug)]
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(found)) => Ok(Self(found)),
            Err(rejection) => {
                let params = RawPathParams::from_request_parts(parts, state).await.ok();
                Err(bad_path(&rejection, params.as_ref()))
            }
        }
    }
}

fn bad_path(rejection: &PathRejection, params: Option<&RawPathParams>) -> Problem {
    let PathRejection::FailedToDeserializePathParams(failed) = rejection else {
        tracing::error!(%rejection, "a handler and its route have different paths");
        return Problem::internal();
    };
    // Our identifiers name the text that is wrong, not the part of the path that it stands in.
    let en = failed.kind().to_string();
    let mut params = params.into_iter().flatten();
    let named = params.find(|(_, value)| en.contains(&format!("{value:?}")));
    let field = named.map_or("", |(key, _)| key);
    let zh = format!("地址中的“{field}”有误：{}", words::zh(&en));
    Problem::fault(StatusCode::BAD_REQUEST, "malformed", &format!("path.{field}"), zh, en)
}

/// A path that is not UTF-8, once its percent signs are read.
pub(crate) fn not_utf8() -> Problem {
    let (zh, en) = ("地址不是有效的UTF-8", "the path is not UTF-8");
    Problem::fault(StatusCode::BAD_REQUEST, "malformed", "path", zh, en)
}

/// The query of an address.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(query(&parts.uri)?))
    }
}

/// Reads the query of an address.
///
/// # Errors
/// 400 naming what does not fit.
pub(crate) fn query<T: DeserializeOwned>(uri: &Uri) -> Result<T, Problem> {
    match axum::extract::Query::<T>::try_from_uri(uri) {
        Ok(axum::extract::Query(found)) => Ok(found),
        Err(rejection) => {
            let text = rejection.body_text();
            let (field, en) = words::place(&text);
            let field = format!("query.{field}");
            let zh = format!("查询参数有误（{field}）：{}", words::zh(en));
            Err(Problem::fault(StatusCode::BAD_REQUEST, "malformed", &field, zh, en))
        }
    }
}

/// A JSON body, at most [`JSON_BYTES_MAX`] bytes: an object, without unknown fields. (A list would
/// be read as an object's fields in their order, which nobody means.)
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match <Option<Self> as FromRequest<S>>::from_request(request, state).await? {
            Some(body) => Ok(body),
            None => Err(wrong_type("application/json")),
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Problem> {
        let Some(kind) = request.headers().get(CONTENT_TYPE) else { return Ok(None) };
        if !kind.to_str().is_ok_and(is_json) {
            return Err(wrong_type("application/json"));
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| bad_bytes(&rejection, JSON_BYTES_MAX))?;
        if bytes.trim_ascii_start().first().is_some_and(|first| *first != b'{') {
            let (zh, en) = ("请求内容应为JSON对象", "the body is a JSON object");
            return Err(Problem::caller(StatusCode::BAD_REQUEST, "malformed", zh, en));
        }
        match axum::Json::<T>::from_bytes(&bytes) {
            Ok(axum::Json(body)) => Ok(Some(Self(body))),
            Err(rejection) => Err(bad_body(&rejection)),
        }
    }
}

/// `application/json` or `application/….+json`, whatever its parameters.
fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.strip_prefix("application/").is_some_and(|kind| kind == "json" || kind.ends_with("+json"))
}

fn bad_body(rejection: &JsonRejection) -> Problem {
    let text = rejection.body_text();
    let (field, en) = words::place(&text);
    match rejection {
        JsonRejection::JsonDataError(_) => {
            let zh = format!("内容有误（{field}）：{}", words::zh(en));
            Problem::fault(StatusCode::UNPROCESSABLE_ENTITY, "invalid", field, zh, en)
        }
        JsonRejection::JsonSyntaxError(_) => Problem::caller(
            StatusCode::BAD_REQUEST,
            "malformed",
            format!("请求内容不是有效的JSON：{}", words::zh(en)),
            format!("the body is no JSON: {en}"),
        ),
        _ => {
            tracing::error!(%rejection, "a body in memory cannot be read");
            Problem::internal()
        }
    }
}

fn wrong_type(right: &str) -> Problem {
    Problem::caller(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        format!("请以 Content-Type: {right} 提交"),
        format!("send it with Content-Type: {right}"),
    )
}

fn bad_bytes(rejection: &BytesRejection, bytes_max: usize) -> Problem {
    match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            Problem::caller(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                format!("内容超过{bytes_max}字节"),
                format!("the body has more than the {bytes_max} bytes that are taken here"),
            )
        }
        _ => Problem::caller(
            StatusCode::BAD_REQUEST,
            "malformed",
            "请求内容没有传完",
            "the body did not come to its end",
        ),
    }
}

/// Reads an upload whole, with the limit that its route sets, if it is of the right type.
///
/// # Errors
/// 415 for another type, 413 for more bytes, 400 if it breaks off; nothing is kept.
pub(crate) async fn upload(
    request: Request,
    content_type: Option<&str>,
    bytes_max: usize,
) -> Result<Bytes, Problem> {
    let found = request.headers().get(CONTENT_TYPE).and_then(|found| found.to_str().ok());
    if let Some(right) = content_type
        && found != Some(right)
    {
        return Err(wrong_type(right));
    }
    Bytes::from_request(request, &()).await.map_err(|rejection| bad_bytes(&rejection, bytes_max))
}

/// The header `Idempotency-Key`: 1 to 128 visible characters of ASCII.
#[derive(Debug)]
pub(crate) struct Once(pub(crate) Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for Once {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(found) = parts.headers.get("idempotency-key") else { return Ok(Self(None)) };
        let bytes = found.as_bytes();
        if (1..=IDEMPOTENCY_KEY_CHARS_MAX).contains(&bytes.len())
            && let Ok(key) = found.to_str()
            && bytes.iter().all(u8::is_ascii_graphic)
        {
            return Ok(Self(Some(key.to_owned())));
        }
        Err(Problem::fault(
            StatusCode::BAD_REQUEST,
            "malformed",
            "Idempotency-Key",
            format!("幂等键为1至{IDEMPOTENCY_KEY_CHARS_MAX}个可见ASCII字符"),
            format!(
                "an idempotency key is 1 to {IDEMPOTENCY_KEY_CHARS_MAX} visible ASCII characters"
            ),
        ))
    }
}

/// The header `Taihu-Signature`: the text of a plugin's `.minisig` as base 64.
///
/// # Errors
/// 400 if it is no base 64 of a text. Whether it is a signature, the service says.
pub(crate) fn signature(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(found) = headers.get("taihu-signature") else { return Ok(None) };
    let bytes = found.to_str().ok().and_then(taihu_model::from_base64);
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.map(Some).ok_or_else(|| {
        Problem::fault(
            StatusCode::BAD_REQUEST,
            "malformed",
            "Taihu-Signature",
            "请求头 Taihu-Signature 应为 .minisig 文件全文的 base64",
            "the header Taihu-Signature is the base64 of the whole .minisig file",
        )
    })
}

/// The header `Taihu-Config`: a plugin's configuration as a JSON object.
///
/// # Errors
/// 400 if it is no JSON object.
pub(crate) fn config(headers: &HeaderMap) -> Result<Config, Problem> {
    let Some(found) = headers.get("taihu-config") else { return Ok(Config::new()) };
    serde_json::from_slice(found.as_bytes()).map_err(|error| {
        Problem::fault(
            StatusCode::BAD_REQUEST,
            "malformed",
            "Taihu-Config",
            format!("请求头 Taihu-Config 应为JSON对象：{}", words::zh(&error.to_string())),
            format!("the header Taihu-Config is a JSON object: {error}"),
        )
    })
}
