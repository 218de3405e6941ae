//! State machines. Only the edges listed here exist (DOMAIN §5); every edge that is taken writes an
//! audit entry.
//!
//! Where DOMAIN §5 leaves the beginning of an edge open, it is read so:
//! - *achievement → withdrawn* (its last source record is gone) from every state before transfer and expiry;
//!   *→ expired* from published;
//! - *need → withdrawn* from every state that is not an end; *expired → published* is the renewal,
//!   *solved → matching* the re-opening that takes the count back;
//! - *match → expired* from every state before the enterprise's answer, because a new run supersedes
//!   proposals and an unread recommendation runs out;
//! - *installation → quarantined, → removed* from every living state; *quarantined → suspended* is how
//!   a person releases it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A step that no edge of the state machine allows.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{machine} cannot go from {from} to {to}; from {from} it can go to {allowed}")]
pub struct IllegalEdge {
    /// `achievement`, `need`, `match`, `installation`, `voucher use` or `guarantee`.
    pub machine: &'static str,
    /// State it is in.
    pub from: &'static str,
    /// State that was asked for.
    pub to: &'static str,
    /// States it could go to, with commas; `nowhere` for a final state.
    pub allowed: String,
}

macro_rules! machines {
    ($($(#[$doc:meta])* $name:ident as $machine:literal {
        $($state:ident $code:literal $zh:literal $(-> $($to:ident)|+)?;)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $(#[doc = concat!($zh, ".")] $state,)*
        }

        impl $name {
            /// Every state.
            pub const ALL: &'static [Self] = &[$(Self::$state),*];

            /// The states that one edge leads to.
            #[must_use]
            pub const fn next(self) -> &'static [Self] {
                match self {
                    $(Self::$state => &[$($(Self::$to),+)?],)*
                }
            }

            /// The code on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$state => $code,)* }
            }

            /// The Chinese label.
            #[must_use]
            pub const fn zh(self) -> &'static str {
                match self { $(Self::$state => $zh,)* }
            }

            /// Says whether an edge leads from here to there.
            #[must_use]
            pub fn can_become(self, to: Self) -> bool {
                self.next().contains(&to)
            }

            /// Takes the edge, or says which ones there are.
            ///
            /// # Errors
            /// [`IllegalEdge`] if no edge leads there.
            pub fn become_state(self, to: Self) -> Result<Self, IllegalEdge> {
                if self.can_become(to) {
                    return Ok(to);
                }
                let allowed = self.next().iter().map(|state| state.as_str()).collect::<Vec<_>>();
                Err(IllegalEdge {
                    machine: $machine,
                    from: self.as_str(),
                    to: to.as_str(),
                    allowed: if allowed.is_empty() { "nowhere".into() } else { allowed.join(", ") },
                })
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::CodeError;
            fn from_str(text: &str) -> Result<Self, crate::CodeError> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|state| state.as_str() == text)
                    .ok_or_else(|| crate::CodeError::unknown(text))
            }
        }
    )*};
}

machines! {
    /// Life of an achievement.
    AchievementState as "achievement" {
        Draft "draft" "草稿" -> Submitted | Withdrawn;
        Submitted "submitted" "已提交" -> Published | Rectify | Rejected | Withdrawn;
        Rectify "rectify" "待整改" -> Submitted | Withdrawn;
        Rejected "rejected" "未通过" -> Withdrawn;
        Published "published" "已发布" -> Suspended | Reserved | Transferred | Withdrawn | Expired;
        Suspended "suspended" "已暂停" -> Published | Withdrawn;
        Reserved "reserved" "洽谈锁定" -> Published | Transferred | Withdrawn;
        Transferred "transferred" "已转化" -> Archived;
        Withdrawn "withdrawn" "已撤回" -> Archived;
        Expired "expired" "已过期" -> Archived;
        Archived "archived" "已归档";
    }
    /// Life of a need.
    NeedState as "need" {
        Draft "draft" "草稿" -> Submitted | Withdrawn;
        Submitted "submitted" "已提交" -> Triaged | Rectify | Withdrawn;
        Rectify "rectify" "待完善" -> Submitted | Withdrawn;
        Triaged "triaged" "已受理" -> Published | Escalated | Withdrawn;
        Escalated "escalated" "上报市级" -> Published | Withdrawn;
        Published "published" "已发布" -> Matching | Expired | Withdrawn;
        Matching "matching" "匹配中" -> Solved | Trialling | Expired | ClosedUnsolved | Withdrawn;
        Trialling "trialling" "验题试用" -> Solved | Matching | Withdrawn;
        Expired "expired" "已过期" -> Published | Withdrawn;
        Solved "solved" "已解决" -> Matching;
        ClosedUnsolved "closed_unsolved" "未解决关闭";
        Withdrawn "withdrawn" "已撤回";
    }
    /// Life of a match.
    MatchState as "match" {
        Proposed "proposed" "候选" -> Shortlisted | Expired;
        Shortlisted "shortlisted" "入围" -> Recommended | Expired;
        Recommended "recommended" "已推荐" -> Viewed | Expired;
        Viewed "viewed" "已查看" -> Accepted | Declined | Expired;
        Accepted "accepted" "已采纳" -> Introduced;
        Declined "declined" "不采纳";
        Expired "expired" "已过期";
        Introduced "introduced" "已引荐" -> Engaged;
        Engaged "engaged" "对接中";
    }
    /// Life of an installed plugin.
    InstallationState as "installation" {
        Installed "installed" "已安装" -> Shadow | Quarantined | Removed;
        Shadow "shadow" "影子运行" -> Canary | Quarantined | Removed;
        Canary "canary" "灰度运行" -> Enabled | Quarantined | Removed;
        Enabled "enabled" "已启用" -> Suspended | Quarantined | Removed;
        Suspended "suspended" "已停用" -> Enabled | Quarantined | Removed;
        Quarantined "quarantined" "已隔离" -> Suspended | Removed;
        Removed "removed" "已移除";
    }
    /// Life of one use of a voucher.
    VoucherUseState as "voucher use" {
        Reserved "reserved" "已预留" -> Spent | Released;
        Spent "spent" "已使用待兑付" -> Settled;
        Released "released" "已退回";
        Settled "settled" "已兑付";
    }
    /// Life of a guarantee of a risk pool; a claim that is refused leaves it active.
    GuaranteeState as "guarantee" {
        Active "active" "在保" -> Claimed | Released;
        Claimed "claimed" "申请代偿" -> Paid | Active;
        Paid "paid" "已代偿";
        Released "released" "已解除";
    }
}

#[cfg(test)]
mod tests;
