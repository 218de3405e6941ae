//! Who may do what: role × tenant × action, decided in one function, denied by default.

use serde::{Deserialize, Serialize};
use taihu_model::{PrincipalId, TenantSlug, Timestamp};

use crate::error::{Error, Result};
use crate::keys::CITY;

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident $code:literal $zh:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $code)] $variant,)* }
        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The code on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $code,)* } }
            /// 中文.
            #[must_use]
            pub const fn zh(self) -> &'static str { match self { $(Self::$variant => $zh,)* } }
        }
        impl std::str::FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text).ok_or_else(|| {
                    let known = Self::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ");
                    Error::invalid(
                        stringify!($name),
                        format!("不认识“{text}”，可用：{known}"),
                        format!("{text:?} is unknown; known are {known}"),
                    )
                })
            }
        }
    };
}

coded! {
    /// What a person or machine is to the platform (DOMAIN §1).
    Role {
        /// 市科技局: everything, on every tenant's ground.
        City "city" "市级管理员",
        /// 区县: its own tenant's ground.
        District "district" "区县管理员",
        /// 高校等: brings sources and their records.
        Provider "provider" "成果提供方",
        /// 企业: its own needs.
        Enterprise "enterprise" "企业",
        /// 技术经理人: works on needs and matches of its tenant.
        Manager "manager" "技术经理人",
        /// Reads the log, changes nothing.
        Auditor "auditor" "审计",
        /// Anybody, without a token.
        Public "public" "公众",
    }
}

coded! {
    /// What the kernel can be asked: one for each verb that is decided upon.
    Action {
        /// Search and read published achievements.
        ReadPool "achievement.read" "查询成果",
        /// Read achievements that are not published, and their source records.
        ReadDrafts "achievement.read_unpublished" "查看未发布成果",
        /// Publish, suspend and otherwise move achievements.
        MoveAchievement "achievement.move" "变更成果状态",
        /// Add sources.
        ManageSources "source.manage" "管理来源",
        /// Start runs and read their reports.
        Import "source.import" "导入成果",
        /// Submit a need.
        SubmitNeed "need.submit" "提交需求",
        /// Read needs.
        ReadNeed "need.read" "查看需求",
        /// Triage, publish and otherwise move needs.
        Triage "need.triage" "受理需求",
        /// Rank achievements for a need and see the matches.
        Match "match.run" "匹配",
        /// Shortlist and recommend.
        Recommend "match.recommend" "推荐",
        /// View, accept or decline a recommendation.
        Answer "match.answer" "答复推荐",
        /// Set how much each word counts in the fused score, by hand or as learnt.
        ManageWeights "weights.manage" "设置融合权重",
        /// Read pools and their members.
        ReadPools "pool.read" "查看成果池",
        /// Run a pool's rule, pin and exclude.
        Curate "pool.curate" "维护成果池",
        /// See installed plugins.
        ReadPlugins "plugin.read" "查看插件",
        /// Install, enable, suspend plugins.
        ManagePlugins "plugin.manage" "管理插件",
        /// List and undo what a version of a plugin wrote.
        Recall "plugin.recall" "召回插件版本",
        /// Decide what a plugin may do, alone or as the second person.
        DecideGrants "grant.decide" "决定插件授权",
        /// Change what no tenant's grant goes beyond.
        ManageCeiling "ceiling.manage" "管理授权上限",
        /// Add keys that may sign plugins.
        AddPublisher "publisher.add" "登记发布者密钥",
        /// Revoke keys that may sign plugins.
        RevokePublisher "publisher.revoke" "吊销发布者密钥",
        /// Add tenants.
        ManageTenants "tenant.manage" "管理主体",
        /// Issue and revoke tokens.
        ManageTokens "token.manage" "管理令牌",
        /// Read ledgers: accounts, entries, statements.
        ReadLedgers "ledger.read" "查看账本",
        /// Open ledgers and book in them.
        ManageLedgers "ledger.manage" "管理账本",
        /// See vouchers: an enterprise its own.
        ReadVouchers "voucher.read" "查看创新券",
        /// Reserve of vouchers: an enterprise of its own.
        UseVouchers "voucher.use" "使用创新券",
        /// See what a risk pool stands for.
        ReadGuarantees "guarantee.read" "查看风险池担保",
        /// Lodge claims on a risk pool.
        LodgeClaims "claim.lodge" "申请代偿",
        /// Read the log.
        Audit "audit.read" "查看审计日志",
    }
}

/// Who holds a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// Its identifier.
    pub id: PrincipalId,
    /// Who it is, for people.
    pub name: String,
    /// What it is to the platform.
    pub role: Role,
    /// Whose ground it stands on.
    pub tenant: TenantSlug,
    /// When its token was issued.
    pub created: Timestamp,
    /// When its token was revoked, if it was.
    #[serde(default)]
    pub revoked: Option<Timestamp>,
}

/// Who asks: the argument that carries authority into every verb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Identifier for the audit: a principal's, `kernel`, `anonymous`, `operator@console`.
    pub actor: String,
    /// Its role.
    pub role: Role,
    /// Its tenant.
    pub tenant: TenantSlug,
}

impl Caller {
    /// Anybody, without a token.
    #[must_use]
    pub fn anonymous(city: TenantSlug) -> Self {
        Self { actor: "anonymous".into(), role: Role::Public, tenant: city }
    }

    /// Who sits at the machine's own console and so owns the data directory anyway.
    #[must_use]
    pub fn console(city: TenantSlug) -> Self {
        Self { actor: "operator@console".into(), role: Role::City, tenant: city }
    }

    /// The kernel itself, where a rule acts and no person.
    #[must_use]
    pub fn kernel(city: TenantSlug) -> Self {
        Self { actor: "kernel".into(), role: Role::City, tenant: city }
    }

    /// Makes sure that the caller may do this on that tenant's ground.
    ///
    /// # Errors
    /// [`Error::Denied`], or [`Error::Unauthenticated`] for a caller without a token.
    pub fn may(&self, action: Action, on: &TenantSlug) -> Result<()> {
        if allowed(self.role, &self.tenant, action, on) {
            return Ok(());
        }
        if self.role == Role::Public {
            return Err(Error::Unauthenticated);
        }
        Err(Error::Denied {
            role: self.role.zh(),
            tenant: self.tenant.to_string(),
            action: action.zh(),
        })
    }
}

/// The one decision: may a role of a tenant do this on that tenant's ground?
#[must_use]
pub fn allowed(role: Role, of: &TenantSlug, action: Action, on: &TenantSlug) -> bool {
    use Action as A;
    let at_home = of == on;
    let in_city = on.as_str() == CITY;
    match role {
        Role::City => of.as_str() == CITY,
        Role::District => match action {
            A::ReadPool | A::ReadPools => true,
            A::ReadPlugins => at_home || in_city,
            A::AddPublisher | A::ManageCeiling | A::ManageTenants | A::ManageTokens | A::Audit => {
                false
            }
            _ => at_home,
        },
        Role::Provider => match action {
            A::ReadPool | A::ReadPools => true,
            A::Import | A::ReadDrafts | A::RevokePublisher => at_home,
            _ => false,
        },
        Role::Enterprise => match action {
            A::ReadPool | A::ReadPools => true,
            A::SubmitNeed
            | A::ReadNeed
            | A::Match
            | A::Answer
            | A::ReadVouchers
            | A::UseVouchers => at_home,
            _ => false,
        },
        Role::Manager => match action {
            A::ReadPool | A::ReadPools => true,
            A::SubmitNeed
            | A::ReadNeed
            | A::Match
            | A::Recommend
            | A::ReadGuarantees
            | A::LodgeClaims => at_home,
            _ => false,
        },
        Role::Auditor => match action {
            A::ReadPool | A::ReadPools => true,
            A::ReadPlugins
            | A::Audit
            | A::ReadDrafts
            | A::ReadNeed
            | A::ReadLedgers
            | A::ReadVouchers
            | A::ReadGuarantees => at_home || of.as_str() == CITY,
            _ => false,
        },
        Role::Public => matches!(action, A::ReadPool | A::ReadPools),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(role: Role, of: &str, on: &str, expected: &[Action]) {
        let (of, on) = (of.parse().unwrap(), on.parse().unwrap());
        let found: Vec<_> =
            Action::ALL.iter().copied().filter(|&action| allowed(role, &of, action, &on)).collect();
        assert_eq!(found, expected, "{role:?} of {of} on {on}");
    }

    #[test]
    fn the_table_of_rights_is_this_one() {
        use Action as A;
        let public = [A::ReadPool, A::ReadPools];
        check(Role::City, "city", "deqing", A::ALL);
        check(Role::City, "deqing", "deqing", &[]);
        check(Role::District, "deqing", "changxing", &public);
        check(
            Role::District,
            "deqing",
            "deqing",
            &[
                A::ReadPool,
                A::ReadDrafts,
                A::MoveAchievement,
                A::ManageSources,
                A::Import,
                A::SubmitNeed,
                A::ReadNeed,
                A::Triage,
                A::Match,
                A::Recommend,
                A::Answer,
                A::ManageWeights,
                A::ReadPools,
                A::Curate,
                A::ReadPlugins,
                A::ManagePlugins,
                A::Recall,
                A::DecideGrants,
                A::RevokePublisher,
                A::ReadLedgers,
                A::ManageLedgers,
                A::ReadVouchers,
                A::UseVouchers,
                A::ReadGuarantees,
                A::LodgeClaims,
            ],
        );
        check(Role::District, "deqing", "city", &[A::ReadPool, A::ReadPools, A::ReadPlugins]);
        check(
            Role::Provider,
            "seu",
            "seu",
            &[A::ReadPool, A::ReadDrafts, A::Import, A::ReadPools, A::RevokePublisher],
        );
        check(Role::Provider, "seu", "deqing", &public);
        check(
            Role::Enterprise,
            "deqing",
            "deqing",
            &[
                A::ReadPool,
                A::SubmitNeed,
                A::ReadNeed,
                A::Match,
                A::Answer,
                A::ReadPools,
                A::ReadVouchers,
                A::UseVouchers,
            ],
        );
        check(Role::Enterprise, "deqing", "anji", &public);
        check(
            Role::Manager,
            "deqing",
            "deqing",
            &[
                A::ReadPool,
                A::SubmitNeed,
                A::ReadNeed,
                A::Match,
                A::Recommend,
                A::ReadPools,
                A::ReadGuarantees,
                A::LodgeClaims,
            ],
        );
        check(
            Role::Auditor,
            "city",
            "anji",
            &[
                A::ReadPool,
                A::ReadDrafts,
                A::ReadNeed,
                A::ReadPools,
                A::ReadPlugins,
                A::ReadLedgers,
                A::ReadVouchers,
                A::ReadGuarantees,
                A::Audit,
            ],
        );
        check(Role::Public, "city", "city", &public);
    }
}
