//! What a caller is told when something fails: RFC 9457, one table from errors to status codes, and
//! two strings — words for the caller here, words for the log in the log.
//!
//! A [`Problem`] travels as an extension of its response; [`super::layers`] knows the request's id
//! and writes the body.

mod table;

use std::ops::{Deref, DerefMut};

use axum::http::StatusCode;
use axum::http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use taihu_service::Error;
use utoipa::ToSchema;

use crate::bridge::Crossing;

/// Something that failed, for whoever asked. One word long, since every handler may return it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem(Box<Details>);

/// What a problem says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Details {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) blame: &'static str,
    pub(crate) zh: String,
    pub(crate) en: String,
    pub(crate) faults: Vec<Fault>,
    /// Why a plugin failed.
    pub(crate) cause: Option<&'static str>,
    pub(crate) retry_after_s: Option<u32>,
    /// The header `Allow`, for a method that is not there.
    pub(crate) allow: Option<String>,
}

/// One thing that is wrong in what was sent, or in a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Fault {
    /// Which field or part: `problem`, `config.base_url`, `query.limit`.
    #[schema(example = "problem")]
    pub(crate) field: String,
    /// 错在哪里、如何改正。
    #[schema(example = "请用至少10个字描述技术难题，现有2字")]
    pub(crate) zh: String,
    /// What is wrong and what would be right.
    #[schema(example = "describe the problem in at least 10 characters, not 2")]
    pub(crate) en: String,
}

impl Fault {
    pub(crate) fn new(
        field: impl Into<String>,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), zh: zh.into(), en: en.into() }
    }
}

/// RFC 9457: what went wrong, whose fault it is, and what to do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// `urn:taihu:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:taihu:problem:invalid")]
    kind: String,
    /// 概要。
    #[schema(example = "内容有误")]
    title: &'a str,
    /// HTTP status code.
    #[schema(example = 422)]
    status: u16,
    /// 具体情况与处理办法。
    detail: &'a str,
    /// What happened and what to do.
    detail_en: &'a str,
    /// A stable code for programs.
    #[schema(example = "invalid")]
    code: &'a str,
    /// Whose fault it is: `caller`, `plugin`, `upstream` or `kernel`.
    #[schema(example = "caller")]
    blame: &'a str,
    /// Why a plugin failed: `cpu_time`, `memory`, `trap`, `bad_answer`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    /// Every fault that was found; empty where none can be named.
    faults: &'a [Fault],
    /// Tell it to the operator: the log has it too.
    request_id: &'a str,
}

impl Deref for Problem {
    type Target = Details;
    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Problem {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

impl Problem {
    /// A problem with what was sent.
    pub(crate) fn caller(
        status: StatusCode,
        code: &'static str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self(Box::new(Details {
            status,
            code,
            blame: "caller",
            zh: zh.into(),
            en: en.into(),
            faults: Vec::new(),
            cause: None,
            retry_after_s: None,
            allow: None,
        }))
    }

    /// The same problem, with something more to say.
    pub(crate) fn with(mut self, say: impl FnOnce(&mut Details)) -> Self {
        say(&mut self.0);
        self
    }

    /// A problem of ours.
    pub(crate) fn kernel(
        status: StatusCode,
        code: &'static str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self::caller(status, code, zh, en).with(|details| details.blame = "kernel")
    }

    /// One fault in what was sent.
    pub(crate) fn fault(
        status: StatusCode,
        code: &'static str,
        field: &str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        let (zh, en) = (zh.into(), en.into());
        let faults = vec![Fault::new(field, zh.clone(), en.clone())];
        Self::caller(status, code, zh, en).with(|details| details.faults = faults)
    }

    /// A bug of ours: no details to anybody but the log.
    pub(crate) fn internal() -> Self {
        Self::kernel(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "系统内部错误，已记录；请将请求编号告知运维人员",
            "a bug of the kernel, which is in the log; tell its operator the request's id",
        )
    }

    /// There is no such page.
    pub(crate) fn no_route() -> Self {
        Self::caller(
            StatusCode::NOT_FOUND,
            "route_not_found",
            "没有这个地址；接口清单见 /openapi.json",
            "there is nothing at this address; /openapi.json lists what there is",
        )
    }

    /// The page knows other methods only.
    pub(crate) fn no_method(allow: String) -> Self {
        let problem = Self::caller(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            format!("该地址只支持：{allow}"),
            format!("this address knows {allow} only"),
        );
        problem.with(|details| details.allow = Some(allow))
    }

    /// It took too long.
    pub(crate) fn too_slow(seconds: u64) -> Self {
        Self::kernel(
            StatusCode::SERVICE_UNAVAILABLE,
            "timeout",
            format!("{seconds}秒内未能完成；已开始的处理会继续，请稍后查看结果再决定是否重试"),
            format!(
                "no answer within {seconds} s; work that has begun goes on, so look before asking again"
            ),
        )
    }

    /// Writes the body for the request of an id.
    pub(crate) fn body(&self, request_id: &str) -> Vec<u8> {
        let body = ProblemBody {
            kind: format!("urn:taihu:problem:{}", self.code),
            title: table::title(self.code),
            status: self.status.as_u16(),
            detail: &self.zh,
            detail_en: &self.en,
            code: self.code,
            blame: self.blame,
            cause: self.cause,
            faults: &self.faults,
            request_id,
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        table::of(error)
    }
}

impl From<Crossing> for Problem {
    fn from(crossing: Crossing) -> Self {
        match crossing {
            Crossing::Verb(error) => error.into(),
            Crossing::Panicked => Self::internal(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"taihu\""));
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = self.allow.as_ref().and_then(|allow| HeaderValue::from_str(allow).ok())
        {
            headers.insert(ALLOW, allow);
        }
        response.extensions_mut().insert(self);
        response
    }
}
