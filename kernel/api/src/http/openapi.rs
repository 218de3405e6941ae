//! The OpenAPI document: made from the handlers and the types of their bodies; who may come is added
//! from the one table of [`super::access`].

use taihu_model::TenantSlug;
use utoipa::openapi::OpenApi;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::{Modify, OpenApi as _};

use super::access::{Ground, ROUTES, Route};

const BEARER: &str = "bearer";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "太湖 Taihu",
        description = "湖州市科技成果转化平台内核：成果池、企业技术需求、匹配与插件。\n\n\
            Kernel of Huzhou's technology-transfer platform: the achievement pool, enterprises' needs, \
            matching and plugins.\n\n\
            - 时间为 RFC 3339（UTC，以 `Z` 结尾），金额以**分**计。 Times are RFC 3339 with `Z`; money is \
            an integer count of 分 (0.01 CNY).\n\
            - 列表按 `cursor` 翻页：把上一页的 `next` 原样传回。 Lists are paged: hand `next` back as `cursor`.\n\
            - 出错时返回 RFC 9457 `application/problem+json`。 Errors are problem documents with a stable \
            `code` and a `blame`.\n\
            - `x-action` 与 `x-ground` 说明所需权限。 `x-action` and `x-ground` say what a token must allow, \
            and on whose ground.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(super::problem::ProblemBody, super::problem::Fault)),
    modifiers(&Bearer),
    tags(
        (name = "achievements", description = "成果"),
        (name = "needs", description = "企业技术需求"),
        (name = "matches", description = "匹配与推荐"),
        (name = "pools", description = "细分领域成果池"),
        (name = "sources", description = "来源与导入"),
        (name = "plugins", description = "插件"),
        (name = "ledgers", description = "账本：科技创新券、风险池、转化收益"),
        (name = "tenants", description = "主体与令牌"),
        (name = "exchange", description = "对外交换"),
        (name = "log", description = "审计日志"),
        (name = "service", description = "服务状态"),
    )
)]
struct Head;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document.components.get_or_insert_default().add_security_scheme(BEARER, scheme);
    }
}

/// What the router begins with.
pub(crate) fn head() -> OpenApi {
    Head::openapi()
}

/// The whole document.
pub(crate) fn document(city: &TenantSlug) -> OpenApi {
    let mut document = super::routes::all().into_openapi();
    for route in ROUTES {
        let item = document.paths.paths.get_mut(route.path);
        if let Some(operation) = item.and_then(|item| operation(item, route.method)) {
            describe(operation, route, city);
        }
    }
    document
}

fn operation<'a>(item: &'a mut PathItem, method: &str) -> Option<&'a mut Operation> {
    match method {
        "GET" => item.get.as_mut(),
        "POST" => item.post.as_mut(),
        "PUT" => item.put.as_mut(),
        "DELETE" => item.delete.as_mut(),
        _ => None,
    }
}

fn describe(operation: &mut Operation, route: &Route, city: &TenantSlug) {
    let Some((action, ground)) = route.wants else { return };
    let ground = match ground {
        Ground::City => "city",
        Ground::Tenant => "tenant",
        Ground::Record => "record",
    };
    let extensions: Extensions =
        [("x-action", action.as_str()), ("x-ground", ground)].into_iter().collect();
    operation.extensions.get_or_insert_default().merge(extensions);
    let mut security = vec![SecurityRequirement::new(BEARER, [""; 0])];
    if route.is_public(city) {
        security.push(SecurityRequirement::default());
    }
    operation.security = Some(security);
}
