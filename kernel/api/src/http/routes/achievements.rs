//! `/v1/achievements`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use taihu_model::{AchievementId, AchievementState, Field, PoolSlug, Stage, TenantSlug};
use taihu_service::{Caller, Filter, Role};
use utoipa::IntoParams;

use super::{Answer, Problems};
use crate::http::body::achievement::{Achievements, MoveAchievement, OneAchievement};
use crate::http::body::list;
use crate::http::body::pool::Membership;
use crate::http::body::source::SourceRecords;
use crate::http::cursor;
use crate::http::extract::{Body, By, Path, Query};
use crate::http::limits::{FILTER_VALUES_MAX, OFFSET_MAX};
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
    /// Tenant slugs.
    tenant: Option<String>,
    /// Pool slugs.
    pool: Option<String>,
    /// States; who may not see others finds `published` ones only.
    state: Option<String>,
    /// 1 to 200; 20 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

impl Find {
    fn filter(&self) -> Result<Filter, Problem> {
        Ok(Filter {
            states: any_of::<AchievementState>("state", self.state.as_deref())?,
            tenants: any_of::<TenantSlug>("tenant", self.tenant.as_deref())?,
            pools: any_of::<PoolSlug>("pool", self.pool.as_deref())?,
            fields: any_of::<Field>("field", self.field.as_deref())?,
            stages: any_of::<Stage>("stage", self.stage.as_deref())?,
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
/// Finds achievements by a text and labels, the best first; without a text the newest first.
#[utoipa::path(get, path = "/v1/achievements", operation_id = "find_achievements", tag = "achievements",
    params(Find), responses((status = 200, body = Achievements), Problems))]
pub(super) async fn find(
    State(app): State<AppState>,
    By(caller): By,
    Query(find): Query<Find>,
) -> Answer<Achievements> {
    let filter = find.filter()?;
    let limit = cursor::limit(find.limit)?;
    let offset = cursor::read("achievements", find.cursor.as_deref())?.unwrap_or(0).min(OFFSET_MAX);
    let verb = move |kernel: &taihu_service::Kernel| {
        kernel.find_achievements(&caller, &find.q, filter, offset, limit)
    };
    Ok(Json(app.ask(verb).await?.into()))
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
/// What sources delivered of an achievement, as it came, without contact data.
#[utoipa::path(get, path = "/v1/achievements/{achievement}/sources", operation_id = "achievement_sources",
    tag = "achievements", params(At), responses((status = 200, body = SourceRecords), Problems))]
pub(super) async fn sources(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Answer<SourceRecords> {
    let found = app.ask(move |kernel| kernel.source_records(&caller, at.achievement)).await?;
    Ok(Json(SourceRecords { sources: list(found), next: None }))
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
