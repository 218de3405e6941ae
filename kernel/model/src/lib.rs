//! The nouns of technology transfer, and the rules that hold for them everywhere.
//!
//! Records, codes, identifiers with their check digits, state machines, the admission of raw
//! records, and the plugin contract as plain data. No I/O, no clock, no randomness: what a function
//! needs of those is an argument.
//!
//! ```
//! use taihu_model::{AchievementState, IpNumber};
//!
//! // Only the edges of the domain exist.
//! assert!(AchievementState::Submitted.can_become(AchievementState::Published));
//! assert!(!AchievementState::Draft.can_become(AchievementState::Transferred));
//! // Identifiers know their check digits.
//! assert!("ZL202111144021.7".parse::<IpNumber>().is_ok());
//! assert!("ZL202111144021.8".parse::<IpNumber>().is_err());
//! ```

mod achievement;
mod admit;
mod audit;
mod base64_bytes;
mod call;
mod capsule;
mod case;
mod code;
mod contact;
pub mod contract;
mod digest;
mod id;
mod ident;
mod ledger;
mod matching;
mod need;
mod org;
mod plugin;
mod pool;
mod publisher;
#[cfg(test)]
mod roundtrip;
mod run;
mod source;
mod state;
mod tenant;
mod text;
mod view;

pub use achievement::*;
pub use admit::*;
pub use audit::*;
pub use base64_bytes::{from_base64, to_base64};
pub use call::PluginCall;
pub use capsule::*;
pub use case::*;
pub use code::*;
pub use contact::mask_contacts;
pub use digest::Digest;
pub use id::*;
pub use ident::*;
pub use ledger::*;
pub use matching::*;
pub use need::*;
pub use org::*;
pub use plugin::*;
pub use pool::*;
pub use publisher::*;
pub use run::*;
pub use source::*;
pub use state::*;
pub use tenant::*;
pub use text::{Text, normalise, normalise_prose, simplified};
pub use view::*;

/// An instant, to the millisecond or finer; on the wire RFC 3339 with `Z`.
pub use jiff::Timestamp;

/// The version of a plugin, by the rules of semantic versioning.
pub use semver::Version;

/// An amount of money in 分 (0.01 CNY). Never a float.
pub type Fen = i64;
