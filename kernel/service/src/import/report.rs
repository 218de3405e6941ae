//! What a run brought, record by record: what was new, changed, merged or withdrawn stands in parts
//! beside the run, in the commits that did it; what was not admitted has records of its own. What
//! was as before is only counted.

use serde::{Deserialize, Serialize};
use taihu_model::{AchievementId, Reason, ReasonCount, RunId};
use taihu_store::Key;

use super::Rejection;
use crate::authority::Caller;
use crate::error::Result;
use crate::kernel::Kernel;
use crate::limits::{REASONS_COUNTED_MAX, REPORT_PARTS};

/// What a run did with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineOutcome {
    /// It brought a new achievement.
    New,
    /// It says something else than before.
    Changed,
    /// It speaks of an achievement that another record had brought.
    Merged,
    /// It is gone.
    Withdrawn,
}

impl LineOutcome {
    /// The code on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Merged => "merged",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// 中文.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::New => "新增",
            Self::Changed => "更新",
            Self::Merged => "合并",
            Self::Withdrawn => "撤回",
        }
    }
}

/// A line of a run's report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportLine {
    /// What was done.
    pub outcome: LineOutcome,
    /// The source's own identifier.
    pub source_id: String,
    /// What a person finds it by.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// The achievement it speaks of, or spoke of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub achievement: Option<AchievementId>,
    /// Why: the key by which it was merged (`ip:…`, `reg:…`, `title:…`, `like:…`), or who says that it is gone
    /// (`source`; `rule` of a full run; `person`).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// A part of a run's report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportPage {
    /// What was done.
    pub lines: Vec<ReportLine>,
    /// What was not admitted.
    pub rejected: Vec<Rejection>,
    /// What to ask for the next part with.
    pub next: Option<String>,
}

impl Kernel {
    /// A run's report from where `after` says, in the order in which things happened; what was not
    /// admitted comes last. Reports are kept for half a year, rejections for ever.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] if there is no such run.
    pub fn report(&self, caller: &Caller, id: RunId, after: Option<&str>) -> Result<ReportPage> {
        let run = self.run(caller, id)?;
        if let Some(after) = after.and_then(|after| after.strip_prefix(REJECTIONS)) {
            let after = Some(after).filter(|after| !after.is_empty());
            let (rejected, next) = self.rejections(caller, id, after, crate::limits::PAGE_MAX)?;
            let next = next.map(|next| format!("{REJECTIONS}{next}"));
            return Ok(ReportPage { lines: Vec::new(), rejected, next });
        }
        let prefix = format!("report/{}/{id}/", run.source);
        let from = after.map(|after| Key(format!("{prefix}{after}")));
        let parts = self.snapshot()?.list::<Vec<ReportLine>>(
            &self.city,
            &prefix,
            from.as_ref(),
            REPORT_PARTS,
        )?;
        let last = parts.last().filter(|_| parts.len() == REPORT_PARTS);
        let next = last
            .and_then(|(key, _)| key.0.strip_prefix(&prefix))
            .map_or_else(|| REJECTIONS.to_owned(), ToOwned::to_owned);
        let lines = parts.into_iter().flat_map(|(_, lines)| lines).collect();
        Ok(ReportPage { lines, rejected: Vec::new(), next: Some(next) })
    }
}

/// What a position among rejections begins with; a position among parts is a number.
const REJECTIONS: &str = "r";

/// Counts a record's reasons, each kind once; of very many kinds those that came first.
pub(super) fn count_reasons(counted: &mut Vec<ReasonCount>, reasons: &[Reason]) {
    for (at, reason) in reasons.iter().enumerate() {
        let is = |field: &str, code: &str| reason.field == field && reason.code == code;
        if reasons[..at].iter().any(|other| is(&other.field, &other.code)) {
            continue;
        }
        if let Some(known) = counted.iter_mut().find(|known| is(&known.field, &known.code)) {
            known.count += 1;
        } else if counted.len() < REASONS_COUNTED_MAX {
            let (field, code) = (reason.field.clone(), reason.code.clone());
            counted.push(ReasonCount { field, code, count: 1, text: reason.text.clone() });
        }
    }
}
