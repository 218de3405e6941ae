//! A version on its way in: watched in shadow, then serving a share, then all; or sent back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Config;
use crate::{Digest, InstallationState};

/// A version that does not serve everybody yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// The version.
    pub digest: Digest,
    /// Its configuration.
    #[serde(default)]
    pub config: Config,
    /// For scorers: its weight in the fused score, per mille.
    #[serde(default)]
    pub weight: u16,
    /// How far it has come.
    pub stage: TrialStage,
    /// When it came that far.
    pub since: Timestamp,
    /// True if the rule may take it further without a person.
    #[serde(default)]
    pub by_rule: bool,
}

/// How far a version on trial has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum TrialStage {
    /// It is kept and never called.
    Waiting,
    /// It is called beside what serves; nobody sees its answers.
    Shadow,
    /// It answers a share of the calls.
    Canary {
        /// Its share of the calls in per cent, 1–99.
        percent: u8,
    },
}

impl TrialStage {
    /// The state of an installation whose only version stands here.
    #[must_use]
    pub const fn state(self) -> InstallationState {
        match self {
            Self::Waiting => InstallationState::Installed,
            Self::Shadow => InstallationState::Shadow,
            Self::Canary { .. } => InstallationState::Canary,
        }
    }

    /// Its code on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Shadow => "shadow",
            Self::Canary { .. } => "canary",
        }
    }

    /// The Chinese label.
    #[must_use]
    pub fn zh(self) -> String {
        match self {
            Self::Waiting => "待试运行".to_owned(),
            Self::Shadow => "影子运行".to_owned(),
            Self::Canary { percent } => format!("灰度运行{percent}%"),
        }
    }

    /// Says whether the version on trial answers the call of a subject. The same subject gets the
    /// same version as long as the share stays, and keeps it when the share grows.
    ///
    /// `subject` is a digest of what the call is about: a need, an achievement, a run.
    #[must_use]
    pub fn takes(self, subject: &Digest) -> bool {
        let Self::Canary { percent } = self else { return false };
        let [a, b, c, d, ..] = subject.0;
        u32::from_be_bytes([a, b, c, d]) % 100 < u32::from(percent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(percent: u8) -> Vec<usize> {
        let stage = TrialStage::Canary { percent };
        (0..2_000).filter(|n| stage.takes(&Digest::of(format!("need_{n}").as_bytes()))).collect()
    }

    #[track_caller]
    fn check(percent: u8, low: usize, high: usize) {
        let count = taken(percent).len();
        assert!((low..=high).contains(&count), "{percent} % took {count} of 2000");
    }

    #[test]
    fn a_canary_takes_its_share() {
        check(5, 60, 140);
        check(25, 430, 570);
        check(99, 1_960, 2_000);
        assert!(!TrialStage::Shadow.takes(&Digest::default()));
        assert!(!TrialStage::Waiting.takes(&Digest::default()));
    }

    #[test]
    fn who_has_the_new_version_keeps_it_when_the_share_grows() {
        let (few, more) = (taken(5), taken(25));
        assert!(few.iter().all(|subject| more.contains(subject)));
    }
}
