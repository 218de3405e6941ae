//! Vouchers (科技创新券) over the wire.

use serde::{Deserialize, Serialize};
use taihu_model::{self as model, Fen, LedgerSlug, PrincipalId, Timestamp, VoucherId};
use taihu_service::{Booked, VoucherOrder};
use utoipa::ToSchema;

use super::ledger::{Grounds, LedgerEntry};

/// One use of a voucher.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VoucherUse {
    /// 1 for a voucher's first.
    number: u32,
    /// 服务事项。
    service: String,
    /// 分。
    amount_fen: Fen,
    /// `reserved`, `spent`, `settled` or `released`.
    state: &'static str,
    #[schema(example = "已预留")]
    state_zh: &'static str,
    #[schema(value_type = String, format = DateTime)]
    updated: Timestamp,
}

/// A voucher (科技创新券).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Voucher {
    #[schema(value_type = String, example = "voucher_01JSG0Z3M8QK5T7V9XA1B2C3D4")]
    id: VoucherId,
    #[schema(value_type = String, example = "vouchers-2026")]
    ledger: LedgerSlug,
    /// 持有单位。
    holder: String,
    /// The principal that may reserve of it.
    #[schema(value_type = Option<String>)]
    owner: Option<PrincipalId>,
    /// 面值（分）。
    face_fen: Fen,
    /// 可用（分）。
    available_fen: Fen,
    /// 已失效（分）。
    expired_fen: Fen,
    /// The last day on which it can be reserved of.
    #[schema(format = Date)]
    valid_until: String,
    #[schema(value_type = String, format = DateTime)]
    issued: Timestamp,
    uses: Vec<VoucherUse>,
}

impl From<model::Voucher> for Voucher {
    fn from(voucher: model::Voucher) -> Self {
        let used = |used: model::VoucherUse| VoucherUse {
            number: used.number,
            service: used.service,
            amount_fen: used.amount_fen,
            state: used.state.as_str(),
            state_zh: used.state.zh(),
            updated: used.updated,
        };
        Self {
            id: voucher.id,
            ledger: voucher.ledger,
            holder: voucher.holder,
            owner: voucher.owner,
            face_fen: voucher.face_fen,
            available_fen: voucher.available_fen,
            expired_fen: voucher.expired_fen,
            valid_until: voucher.valid_until.to_string(),
            issued: voucher.issued,
            uses: voucher.uses.into_iter().map(used).collect(),
        }
    }
}

/// One voucher.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneVoucher {
    pub(crate) voucher: Voucher,
}

/// A page of vouchers, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Vouchers {
    pub(crate) vouchers: Vec<Voucher>,
    /// Cursor of the next page.
    pub(crate) next: Option<String>,
}

/// A voucher as it is now, and the entry that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BookedVoucher {
    pub(crate) voucher: Voucher,
    entry: LedgerEntry,
}

impl From<(model::Voucher, Booked)> for BookedVoucher {
    fn from((voucher, booked): (model::Voucher, Booked)) -> Self {
        Self { voucher: voucher.into(), entry: booked.into() }
    }
}

/// A voucher that is to be issued.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssueVoucher {
    /// 持有单位，1至300字。
    #[schema(example = "浙江某新能源有限公司")]
    holder: String,
    /// The principal that may reserve of it; nobody but officials if absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    owner: Option<PrincipalId>,
    /// 面值（分）。
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64, example = 2_000_000)]
    face_fen: Fen,
    /// The last day on which it can be reserved of.
    #[schema(value_type = String, format = Date, example = "2026-12-31")]
    valid_until: jiff::civil::Date,
    pub(crate) grounds: Grounds,
}

impl IssueVoucher {
    pub(crate) fn parts(self) -> (VoucherOrder, model::Grounds) {
        let Self { holder, owner, face_fen, valid_until, grounds } = self;
        (VoucherOrder { holder, owner, face_fen, valid_until }, grounds.into())
    }
}

/// A part of a voucher for a service.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReserveVoucher {
    /// 分。
    #[schema(minimum = 1, example = 500_000)]
    pub(crate) amount_fen: Fen,
    /// 服务事项，1至300字。
    #[schema(example = "电池热失控检测")]
    pub(crate) service: String,
    pub(crate) grounds: Grounds,
}

/// Which use of a voucher.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfUse {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub(crate) number: u32,
    pub(crate) grounds: Grounds,
}

/// How much of a use was spent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SpendVoucher {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub(crate) number: u32,
    /// 分: what was reserved, or less; the rest is available again.
    #[schema(minimum = 1, example = 500_000)]
    pub(crate) amount_fen: Fen,
    pub(crate) grounds: Grounds,
}
