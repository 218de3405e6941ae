//! The one table from the service's errors to status codes, and the titles of all codes.

use axum::http::StatusCode as S;
use taihu_service::Error;

use super::{Fault, Problem};

/// Seconds after which a full or failing disk is worth another try.
const DISK_RETRY_AFTER_S: u32 = 10;

/// What a caller is told of an error. What is the operator's alone goes to the log, here.
pub(super) fn of(error: Error) -> Problem {
    let (code, blame, zh) = (error.code(), error.blame(), error.zh());
    let with = |status, en: String| {
        Problem::caller(status, code, zh.clone(), en).with(|details| details.blame = blame)
    };
    match error {
        Error::NotFound { .. } => with(S::NOT_FOUND, error.to_string()),
        Error::Unauthenticated => with(
            S::UNAUTHORIZED,
            "there is no valid token; send one as Authorization: Bearer".into(),
        ),
        Error::Denied { .. } => with(
            S::FORBIDDEN,
            "the role of this token may not do this on this tenant's ground; ask the city's operator"
                .into(),
        ),
        Error::Invalid(ref faults) => {
            let faults = faults
                .iter()
                .map(|fault| Fault::new(&fault.field, &fault.text.zh, &fault.text.en))
                .collect();
            with(S::UNPROCESSABLE_ENTITY, error.to_string()).with(|details| details.faults = faults)
        }
        Error::Conflict(_) | Error::IllegalEdge(_) => with(S::CONFLICT, error.to_string()),
        Error::Refused(ref refusal) => {
            let faults = refusal
                .faults
                .iter()
                .map(|fault| Fault::new(&fault.subject, &fault.text.zh, &fault.text.en))
                .collect();
            let blame = refusal.blame.as_str();
            let status = if blame == "kernel" { S::SERVICE_UNAVAILABLE } else { S::UNPROCESSABLE_ENTITY };
            with(status, error.to_string()).with(|details| {
                details.faults = faults;
                details.blame = blame;
            })
        }
        Error::Signature(_) => {
            let en = error.to_string();
            with(S::UNPROCESSABLE_ENTITY, en.clone())
                .with(|details| details.faults = vec![Fault::new("signature", zh.clone(), en)])
        }
        Error::Plugin(ref failure) => {
            let cause = failure.cause.code();
            tracing::warn!(plugin = %failure.plugin, cause, blame, "a plugin failed");
            with(S::BAD_GATEWAY, error.to_string()).with(|details| details.cause = Some(cause))
        }
        Error::Upstream(_) => with(S::BAD_GATEWAY, error.to_string()),
        Error::Busy { retry_after_s } => with(S::TOO_MANY_REQUESTS, error.to_string())
            .with(|details| details.retry_after_s = Some(retry_after_s)),
        Error::NoRoom(_) => with(S::INSUFFICIENT_STORAGE, error.to_string()),
        Error::Full(_) => {
            tracing::error!(%error, "a write found the disk full");
            let en = "the disk is full: reads go on; ask the operator to make room";
            with(S::INSUFFICIENT_STORAGE, en.into())
                .with(|details| details.retry_after_s = Some(DISK_RETRY_AFTER_S))
        }
        Error::Unavailable(_) => {
            tracing::error!(%error, "the store is unavailable");
            let en = "the store is unavailable and mends itself; try again later";
            with(S::SERVICE_UNAVAILABLE, en.into())
                .with(|details| details.retry_after_s = Some(DISK_RETRY_AFTER_S))
        }
        Error::Damaged(_) => {
            tracing::error!(%error, "stored data is damaged");
            with(S::INTERNAL_SERVER_ERROR, "stored data is damaged; ask the operator to restore it".into())
        }
    }
}

/// 各代码的概要。
pub(super) fn title(code: &str) -> &'static str {
    match code {
        "not_found" | "route_not_found" => "未找到",
        "unauthenticated" => "缺少有效令牌",
        "denied" => "没有权限",
        "invalid" => "内容有误",
        "conflict" => "与现状冲突",
        "illegal_edge" => "状态不能这样变更",
        "signature_refused" => "签名未通过",
        "plugin_refused" => "插件未通过检查",
        "plugin_failed" => "插件运行失败",
        "upstream_failed" => "外部来源出错",
        "busy" => "系统繁忙",
        "no_room" => "空间配额已满",
        "disk_full" => "存储空间已满",
        "unavailable" => "暂时不可用",
        "damaged" => "数据损坏",
        "timeout" => "处理超时",
        "method_not_allowed" => "不支持该方法",
        "unsupported_media_type" => "内容类型不支持",
        "too_large" => "内容过大",
        "malformed" => "请求格式有误",
        _ => "系统内部错误",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use taihu_model::{NeedState, Text};
    use taihu_service::rooms::sandbox::{Blame, CallError, Cause};

    use super::*;

    #[track_caller]
    fn check(error: Error, status: u16, code: &str, blame: &str, retry_after_s: Option<u32>) {
        let problem = of(error);
        let found = (problem.status.as_u16(), problem.code, problem.blame, problem.retry_after_s);
        assert_eq!(found, (status, code, blame, retry_after_s));
        assert!(
            !problem.zh.is_empty() && !problem.en.is_empty() && title(code) != title("internal")
        );
        assert!(!problem.en.contains("/var/") && !problem.zh.contains("/var/"), "{problem:?}");
    }

    #[test]
    fn every_error_has_its_status() {
        let text = || Text::new("忙", "busy");
        let path = || "no space left on /var/lib/taihu".to_owned();
        let edge = NeedState::Draft.become_state(NeedState::Solved).unwrap_err();
        check(Error::not_found("need", "x"), 404, "not_found", "caller", None);
        check(Error::Unauthenticated, 401, "unauthenticated", "caller", None);
        let denied =
            Error::Denied { role: "企业", tenant: "city".into(), action: "受理需求" };
        check(denied, 403, "denied", "caller", None);
        check(Error::invalid("title", "缺", "missing"), 422, "invalid", "caller", None);
        check(Error::Conflict(text()), 409, "conflict", "caller", None);
        check(edge.into(), 409, "illegal_edge", "caller", None);
        let unsigned = taihu_service::signatures::SignatureFault::Missing;
        check(unsigned.into(), 422, "signature_refused", "caller", None);
        check(Error::Upstream(text()), 502, "upstream_failed", "upstream", None);
        check(Error::Busy { retry_after_s: 7 }, 429, "busy", "kernel", Some(7));
        let lane = CallError {
            cause: Cause::Busy { retry_after: Duration::from_millis(2_100) },
            blame: Blame::Kernel,
            plugin: "honest@0.1.0".to_owned(),
            usage: Box::default(),
        };
        check(lane.into(), 429, "busy", "kernel", Some(3));
        check(Error::NoRoom(text()), 507, "no_room", "caller", None);
        check(Error::Full(path()), 507, "disk_full", "kernel", Some(10));
        check(Error::Unavailable(path()), 503, "unavailable", "kernel", Some(10));
        check(Error::Damaged(path()), 500, "damaged", "kernel", None);
    }
}
