//! `/v1/achievements`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use taihu_model::{
    AchievementId, AchievementState, Field, PoolSlug, Stage, TenantSlug, TransferMode,
};
use taihu_service::{Caller, Filter, Order, Position, Role, Searched};
use utoipa::{IntoParams, ToSchema};

use super::{Answer, Problems};
use crate::http::body::achievement::{MoveAchievement, OneAchievement};
use crate::http::body::list;
use crate::http::body::pool::Membership;
use crate::http::body::search::Achievements;
use crate::http::body::source::{MoveRecord, SourceRecords};
use crate::http::cursor;
use crate::http::extract::{Body, By, Path, Query};
use crate::http::limits::FILTER_VALUES_MAX;
use crate::http::problem::Problem;
use crate::http::state::AppState;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct At {
    /// Identifier of the achievement.
    #[param(value_type = String, example = "ach_01JSG0Z3M8QK5T7V9XA1B2C3D4")]
    pub(super) achievement: AchievementId,
}

/// What is looked for. Filters take several values with commas, and mean any of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Find {
    /// 检索内容，最多10000字。 A text, at most 10,000 characters.
    #[serde(default)]
    q: String,
    /// 高新技术领域代码。 Field codes.
    #[param(example = "new_energy")]
    field: Option<String>,
    /// `early`, `pilot`, `mature`.
    stage: Option<String>,
    /// 转化方式代码。 Codes of transfer modes.
    #[param(example = "license")]
    mode: Option<String>,
    /// 产业链代码。 Codes of industry chains, as pools say in their field `chain`.
    chain: Option<String>,
    /// Tenant slugs.
    tenant: Option<String>,
    /// Pool slugs.
    pool: Option<String>,
    /// States; who may not see others finds `published` ones only.
    state: Option<String>,
    /// `relevance`, or `date`: when they came into the pool, the newest first. Without a text always
    /// by date; with a cursor as the page before.
    #[param(inline)]
    sort: Option<Sort>,
    /// 是否统计各筛选项的数量。 Whether to count what could be narrowed by.
    #[serde(default)]
    facets: bool,
    /// 1 to 200; 20 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// An order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Sort {
    /// 相关度。 The best first.
    Relevance,
    /// 最新。 The newest first.
    Date,
}

impl Find {
    fn filter(&self) -> Result<Filter, Problem> {
        Ok(Filter {
            states: any_of::<AchievementState>("state", self.state.as_deref())?,
            tenants: any_of::<TenantSlug>("tenant", self.tenant.as_deref())?,
            pools: any_of::<PoolSlug>("pool", self.pool.as_deref())?,
            fields: any_of::<Field>("field", self.field.as_deref())?,
            stages: any_of::<Stage>("stage", self.stage.as_deref())?,
            modes: any_of::<TransferMode>("mode", self.mode.as_deref())?,
            chains: any_of::<String>("chain", self.chain.as_deref())?,
        })
    }

    /// What is asked of the service.
    pub(super) fn asked(&self) -> Result<Searched, Problem> {
        let after = cursor::read::<Position>("achievements", self.cursor.as_deref())?;
        let wanted = self.sort.map(|sort| match sort {
            Sort::Relevance => Order::Relevance,
            Sort::Date => Order::Date,
        });
        let order = match (wanted, &after) {
            (Some(order), Some(after)) if order != after.order && !self.q.trim().is_empty() => {
                return Err(Problem::fault(
                    StatusCode::BAD_REQUEST,
                    "malformed",
                    "query.cursor",
                    "cursor 属于另一种排序，请从第一页重新开始",
                    "this cursor is of another order; begin again without it",
                ));
            }
            (Some(order), _) => order,
            (None, Some(after)) => after.order,
            (None, None) => Order::Relevance,
        };
        Ok(Searched {
            text: self.q.clone(),
            filter: self.filter()?,
            order,
            after,
            limit: cursor::limit(self.limit)?,
            facets: self.facets,
        })
    }
}

/// The values of a filter, each in its right form.
fn any_of<T>(name: &str, values: Option<&str>) -> Result<Vec<String>, Problem>
where
    T: std::str::FromStr<Err: std::fmt::Display> + ToString,
{
    let field = format!("query.{name}");
    let wrong = |zh: String, en: String| {
        Problem::fault(StatusCode::BAD_REQUEST, "malformed", &field, zh, en)
    };
    let values: Vec<&str> =
        values.unwrap_or_default().split(',').filter(|value| !value.is_empty()).collect();
    if values.len() > FILTER_VALUES_MAX {
        return Err(wrong(
            format!("“{name}”最多{FILTER_VALUES_MAX}个值"),
            format!("a filter has at most {FILTER_VALUES_MAX} values, not {}", values.len()),
        ));
    }
    let read = |value: &&str| match value.parse::<T>() {
        Ok(value) => Ok(value.to_string()),
        Err(error) => Err(wrong(format!("“{name}”的取值“{value}”无效"), error.to_string())),
    };
    values.iter().map(read).collect()
}

/// 检索成果
///
/// Finds achievements by a text and labels, in pages, the best or the newest first; where the text
/// stands in each, and how many there are of what kind.
#[utoipa::path(get, path = "/v1/achievements", operation_id = "find_achievements", tag = "achievements",
    params(Find), responses((status = 200, body = Achievements), Problems))]
pub(super) async fn find(
    State(app): State<AppState>,
    By(caller): By,
    Query(find): Query<Find>,
) -> Answer<Achievements> {
    let asked = find.asked()?;
    let (facets, snippets) = (asked.facets, !asked.text.trim().is_empty());
    let verb = move |kernel: &taihu_service::Kernel| kernel.search(&caller, &asked);
    Ok(Json(Achievements::new(app.ask(verb).await?, facets, snippets)))
}

/// 查看成果
///
/// One achievement, and the pools that it is in.
#[utoipa::path(get, path = "/v1/achievements/{achievement}", operation_id = "achievement", tag = "achievements",
    params(At), responses((status = 200, body = OneAchievement), Problems))]
pub(super) async fn get(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Answer<OneAchievement> {
    let inside = works_on_pools(&caller);
    let found = app.ask(move |kernel| kernel.achievement(&caller, at.achievement)).await?;
    let memberships: Vec<Membership> = list(found.1);
    let memberships = if inside {
        memberships
    } else {
        memberships.into_iter().filter_map(Membership::published).collect()
    };
    Ok(Json(OneAchievement { achievement: found.0.into(), memberships: Some(memberships) }))
}

/// Who sees also what is not in a pool, and the words of whoever decided so.
pub(super) const fn works_on_pools(caller: &Caller) -> bool {
    matches!(caller.role, Role::City | Role::District | Role::Auditor)
}

/// 查看成果的来源记录
///
/// What sources delivered of an achievement, as it came, without contact data; why each was merged, and
/// which records people keep apart from them.
#[utoipa::path(get, path = "/v1/achievements/{achievement}/sources", operation_id = "achievement_sources",
    tag = "achievements", params(At), responses((status = 200, body = SourceRecords), Problems))]
pub(super) async fn sources(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Answer<SourceRecords> {
    let verb = move |kernel: &taihu_service::Kernel| {
        let sources = kernel.source_records(&caller, at.achievement)?;
        Ok((sources, kernel.kept_apart(&caller, at.achievement)?))
    };
    let (sources, apart) = app.ask(verb).await?;
    Ok(Json(SourceRecords { sources: list(sources), apart: list(apart), next: None }))
}

/// 撤销合并
///
/// Gives a record an achievement of its own, which is answered, and keeps it apart from the others for
/// ever: no later run merges them again.
#[utoipa::path(post, path = "/v1/achievements/{achievement}/split", operation_id = "split_achievement",
    tag = "achievements", params(At), request_body = MoveRecord,
    responses((status = 200, body = OneAchievement), Problems))]
pub(super) async fn split(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Body(body): Body<MoveRecord>,
) -> Answer<OneAchievement> {
    let (record, reason) = body.split();
    let verb = move |kernel: &taihu_service::Kernel| {
        kernel.split_achievement(&caller, at.achievement, &record, &reason)
    };
    Ok(Json(OneAchievement { achievement: app.ask(verb).await?.into(), memberships: None }))
}

/// 人工合并
///
/// Has a record of another achievement speak of this one, which is answered. An achievement of which
/// nobody speaks any more is withdrawn.
#[utoipa::path(post, path = "/v1/achievements/{achievement}/join", operation_id = "join_achievement",
    tag = "achievements", params(At), request_body = MoveRecord,
    responses((status = 200, body = OneAchievement), Problems))]
pub(super) async fn join(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Body(body): Body<MoveRecord>,
) -> Answer<OneAchievement> {
    let (record, reason) = body.split();
    let verb = move |kernel: &taihu_service::Kernel| {
        kernel.join_achievement(&caller, at.achievement, &record, &reason)
    };
    Ok(Json(OneAchievement { achievement: app.ask(verb).await?.into(), memberships: None }))
}

/// 变更成果状态
///
/// Takes one edge of an achievement's life, such as `submitted` → `published`. What publication
/// still wants is listed in `faults`.
#[utoipa::path(post, path = "/v1/achievements/{achievement}/state", operation_id = "move_achievement",
    tag = "achievements", params(At), request_body = MoveAchievement,
    responses((status = 200, body = OneAchievement), Problems))]
pub(super) async fn change(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Body(body): Body<MoveAchievement>,
) -> Answer<OneAchievement> {
    let moved = app
        .ask(move |kernel| kernel.move_achievement(&caller, at.achievement, body.to, &body.reason))
        .await?;
    Ok(Json(OneAchievement { achievement: moved.into(), memberships: None }))
}
