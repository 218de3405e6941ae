//! What goes in and what comes out.

use std::collections::BTreeMap;

/// How far each followed log has been applied: space → sequence number.
pub type Cursors = BTreeMap<String, u64>;

/// An achievement as the index keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// Its identifier: the order of ties.
    pub id: String,
    /// Everything a search goes by, in one text.
    ///
    /// Only its first [`TEXT_CHARS_MAX`](crate::TEXT_CHARS_MAX) characters are searched.
    pub text: String,
    /// What a search may be narrowed by.
    pub labels: Labels,
    /// What newest means, in seconds since 1970 (until 2106); 0 if unknown.
    pub date: u32,
    /// What is suggested to somebody who begins to type it: short, and only what anybody may see.
    ///
    /// Of these the first [`PHRASES_MAX`](crate::PHRASES_MAX) of at most
    /// [`PHRASE_CHARS_MAX`](crate::PHRASE_CHARS_MAX) characters are kept.
    pub phrases: Vec<String>,
}

/// What a search may be narrowed by. Codes; empty where unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    /// State code.
    pub state: String,
    /// Tenant slug.
    pub tenant: String,
    /// Slugs of the pools it is in.
    pub pools: Vec<String>,
    /// Field code.
    pub field: String,
    /// Stage code.
    pub stage: String,
    /// Codes of the transfer modes that it offers.
    pub modes: Vec<String>,
    /// Codes of the industry chains that it belongs to.
    pub chains: Vec<String>,
}

/// A kind of label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// State codes.
    State,
    /// Tenant slugs.
    Tenant,
    /// Pool slugs.
    Pool,
    /// Field codes.
    Field,
    /// Stage codes.
    Stage,
    /// Codes of transfer modes.
    Mode,
    /// Codes of industry chains.
    Chain,
}

impl Kind {
    /// Every kind, in the order in which blocks keep them.
    pub const ALL: [Self; 7] =
        [Self::State, Self::Tenant, Self::Pool, Self::Field, Self::Stage, Self::Mode, Self::Chain];
}

/// One change to the index.
#[expect(clippy::large_enum_variant, reason = "nearly every change is a document, and moves once")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update {
    /// Adds a document, or replaces the one of the same id.
    Put(Document),
    /// Removes a document, if it is there.
    Remove(String),
}

/// Narrowing: an absent part narrows nothing; several values of a part mean any of them.
///
/// A document whose label is unknown (empty) passes no filter on that label.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// State codes.
    pub states: Vec<String>,
    /// Tenant slugs.
    pub tenants: Vec<String>,
    /// Pool slugs.
    pub pools: Vec<String>,
    /// Field codes.
    pub fields: Vec<String>,
    /// Stage codes.
    pub stages: Vec<String>,
    /// Codes of transfer modes.
    pub modes: Vec<String>,
    /// Codes of industry chains.
    pub chains: Vec<String>,
}

impl Filter {
    /// The wanted values of a kind; empty if it narrows nothing.
    #[must_use]
    pub fn of(&self, kind: Kind) -> &[String] {
        match kind {
            Kind::State => &self.states,
            Kind::Tenant => &self.tenants,
            Kind::Pool => &self.pools,
            Kind::Field => &self.fields,
            Kind::Stage => &self.stages,
            Kind::Mode => &self.modes,
            Kind::Chain => &self.chains,
        }
    }
}

/// A found document.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Its identifier.
    pub id: String,
    /// Greater is better; comparable within one answer only. 0 for a search without text.
    pub score: u32,
}

/// The answer to a search.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The best first; ties by id, ascending.
    pub hits: Vec<Hit>,
    /// How many documents matched in all.
    pub total: u64,
    /// The greatest score that any document could have had for this text: what scores are a share of.
    ///
    /// The sum of the weights of the query's terms, that is the score of a document in which every
    /// term of the query had the limit of its part (it stands there infinitely often).
    /// A term that no document has weighs nothing, here and in scores; a term that only documents
    /// outside the filter have does count. So `score < ceiling` for every real hit: one that has
    /// every term once and is of average length reaches 45 %. 0 for a text without terms.
    pub ceiling: u32,
    /// False if a budget cut the search short: then `total` is not counted, and very rarely a document
    /// is missed that belongs among the hits. Scores are exact either way.
    pub exact: bool,
}

/// A term of a query that a document has, and its part in the document's score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermShare {
    /// Two Chinese characters, or a whole word in lower case.
    pub term: String,
    /// Its share of the document's score, in thousandths, rounded down.
    pub share_permille: u16,
}
