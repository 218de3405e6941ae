//! What a risk pool (风险池) stands for, over the wire.

use serde::{Deserialize, Serialize};
use taihu_model::{self as model, Fen, GuaranteeId, LedgerSlug, Timestamp};
use taihu_service::{Booked, GuaranteeOrder};
use utoipa::ToSchema;

use super::ledger::{Grounds, LedgerEntry};

/// A claim on a risk pool.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Claim {
    /// 损失（分）。
    loss_fen: Fen,
    /// 代偿（分）, by the pool's terms.
    pays_fen: Fen,
    /// 已追偿（分）。
    recovered_fen: Fen,
    /// Who lodged it: somebody else decides.
    lodged_by: String,
}

/// What a risk pool stands for (担保).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Guarantee {
    #[schema(value_type = String, example = "guarantee_01JSG0Z3M8QK5T7V9XA1B2C3D4")]
    id: GuaranteeId,
    #[schema(value_type = String, example = "risk-pool")]
    ledger: LedgerSlug,
    /// 受益单位。
    beneficiary: String,
    /// 转化事项。
    deal: String,
    /// 担保本金（分）。
    principal_fen: Fen,
    /// 池内承担上限（分）。
    covered_fen: Fen,
    /// `active`, `claimed`, `paid` or `released`.
    state: &'static str,
    #[schema(example = "在保")]
    state_zh: &'static str,
    #[schema(value_type = String, format = DateTime)]
    given: Timestamp,
    claim: Option<Claim>,
}

impl From<model::Guarantee> for Guarantee {
    fn from(guarantee: model::Guarantee) -> Self {
        let claim = |claim: model::Claim| Claim {
            loss_fen: claim.loss_fen,
            pays_fen: claim.pays_fen,
            recovered_fen: claim.recovered_fen,
            lodged_by: claim.lodged_by,
        };
        Self {
            id: guarantee.id,
            ledger: guarantee.ledger,
            beneficiary: guarantee.beneficiary,
            deal: guarantee.deal,
            principal_fen: guarantee.principal_fen,
            covered_fen: guarantee.covered_fen,
            state: guarantee.state.as_str(),
            state_zh: guarantee.state.zh(),
            given: guarantee.given,
            claim: guarantee.claim.map(claim),
        }
    }
}

/// One guarantee.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneGuarantee {
    pub(crate) guarantee: Guarantee,
}

/// A page of guarantees, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Guarantees {
    pub(crate) guarantees: Vec<Guarantee>,
    /// Cursor of the next page.
    pub(crate) next: Option<String>,
}

/// A guarantee as it is now, and the entry that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BookedGuarantee {
    pub(crate) guarantee: Guarantee,
    entry: LedgerEntry,
}

impl From<(model::Guarantee, Booked)> for BookedGuarantee {
    fn from((guarantee, booked): (model::Guarantee, Booked)) -> Self {
        Self { guarantee: guarantee.into(), entry: booked.into() }
    }
}

/// A guarantee that is to be given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GiveGuarantee {
    /// 受益单位，1至300字。
    #[schema(example = "浙江某新能源有限公司")]
    beneficiary: String,
    /// 转化事项，1至300字。
    #[schema(example = "技术合同 2026330500017")]
    deal: String,
    /// 担保本金（分）。
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64, example = 100_000_000)]
    principal_fen: Fen,
    pub(crate) grounds: Grounds,
}

impl GiveGuarantee {
    pub(crate) fn parts(self) -> (GuaranteeOrder, model::Grounds) {
        let Self { beneficiary, deal, principal_fen, grounds } = self;
        (GuaranteeOrder { beneficiary, deal, principal_fen }, grounds.into())
    }
}

/// A loss that is claimed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LodgeClaim {
    /// 损失（分）。
    #[schema(minimum = 1, example = 30_000_000)]
    pub(crate) loss_fen: Fen,
    pub(crate) grounds: Grounds,
}
