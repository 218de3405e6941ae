//! The search box: pages of achievements in an order that a person chose, what they are marked for,
//! how many there are of what kind, and what somebody who begins to type may mean.

use std::ops::Range;

use taihu_index::{Facet, Filter, Kind, Marker, Order, Position, Search, Suggestion};
use taihu_model::{Achievement, AchievementId, AchievementState};

use crate::authority::{Action, Caller, allowed};
use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::keys;
use crate::limits::{PAGE_MAX, SEARCH_CHARS_MAX, SNIPPET_CHARS_MAX};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Searched {
    /// A text; without one every achievement that passes matches.
    pub text: String,
    /// What is let through.
    pub filter: Filter,
    /// The order of the pages.
    pub order: Order,
    /// `next` of the page before.
    pub after: Option<Position>,
    /// Achievements of a page, 1 to [`PAGE_MAX`].
    pub limit: usize,
    /// Whether labels are counted.
    pub facets: bool,
}

/// A page of the answer.
#[derive(Debug, Clone)]
pub struct SearchPage {
    /// In the order that was asked for.
    pub found: Vec<FoundAchievement>,
    /// How many there are in all.
    pub total: u64,
    /// Of every kind, if that was asked for; of states only for who may see others than published.
    pub facets: Vec<Facet>,
    /// Where the next page begins, if there is one.
    pub next: Option<Position>,
}

/// An achievement, and where the text stands in it.
#[derive(Debug, Clone)]
pub struct FoundAchievement {
    /// The achievement.
    pub achievement: Achievement,
    /// The title first, then the field that says most, then keywords and owners; only such that have
    /// a mark. Empty for a search without text.
    pub snippets: Vec<FieldSnippet>,
}

/// A stretch of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldSnippet {
    /// Name of the field.
    pub field: &'static str,
    /// The stretch: of a long text some [`SNIPPET_CHARS_MAX`] characters.
    pub text: String,
    /// Bytes of `text`, at boundaries of characters, ascending.
    pub marks: Vec<Range<usize>>,
    /// True if the field begins before the stretch.
    pub begins_before: bool,
    /// True if it goes on behind it.
    pub goes_on: bool,
}

impl Kernel {
    /// Searches achievements. Who may not see unpublished ones finds published ones only.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a text that is too long.
    pub fn search(&self, caller: &Caller, asked: &Searched) -> Result<SearchPage> {
        caller.may(Action::ReadPool, &self.city)?;
        check_text(&asked.text)?;
        let sees_drafts = allowed(caller.role, &caller.tenant, Action::ReadDrafts, &self.city);
        let mut filter = asked.filter.clone();
        if !sees_drafts {
            filter.states = vec![AchievementState::Published.as_str().to_owned()];
        }
        let mut page = self.index.search(Search {
            text: &asked.text,
            filter: &filter,
            order: asked.order,
            after: asked.after.as_ref(),
            limit: asked.limit.clamp(1, PAGE_MAX),
            facets: asked.facets,
        });
        if !sees_drafts {
            // It would tell how many there are that are not theirs to see.
            page.facets.retain(|facet| facet.kind != Kind::State);
        }
        let marker = Marker::new(&page.terms);
        let view = self.snapshot()?;
        let mut found = Vec::with_capacity(page.hits.len());
        for hit in &page.hits {
            let Ok(id) = hit.id.parse::<AchievementId>() else { continue };
            // The index may be a moment behind: what is no longer published is not shown.
            if let Some(stored) = view.get::<Achievement>(&self.city, &keys::achievement(&id))?
                && (sees_drafts || stored.value.state == AchievementState::Published)
            {
                let snippets = snippets(&stored.value, &marker);
                found.push(FoundAchievement { achievement: stored.value, snippets });
            }
        }
        Ok(SearchPage { found, total: page.total, facets: page.facets, next: page.next })
    }

    /// What somebody who has begun to type may mean: keywords, owners and heads of titles of
    /// published achievements, the most common first.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a text that is too long.
    pub fn suggest(&self, caller: &Caller, begun: &str, limit: usize) -> Result<Vec<Suggestion>> {
        caller.may(Action::ReadPool, &self.city)?;
        check_text(begun)?;
        Ok(self.index.suggest(begun, limit))
    }
}

/// Makes sure that a search text is a paragraph, not a book.
pub(crate) fn check_text(text: &str) -> Result<()> {
    let chars = text.chars().count();
    if chars <= SEARCH_CHARS_MAX {
        return Ok(());
    }
    Err(Error::invalid(
        "q",
        format!("检索内容最多{SEARCH_CHARS_MAX}字，现有{chars}字"),
        format!("a search text has at most {SEARCH_CHARS_MAX} characters, not {chars}"),
    ))
}

/// Where terms stand in an achievement.
fn snippets(record: &Achievement, marker: &Marker) -> Vec<FieldSnippet> {
    let facts = &record.facts;
    let whole = |field, text: &str| of_field(marker, field, text, usize::MAX);
    let long = [
        ("summary", &facts.summary),
        ("problem", &facts.problem),
        ("advantage", &facts.advantage),
        ("indicators", &facts.indicators),
    ];
    let long = long.map(|(field, text)| of_field(marker, field, text, SNIPPET_CHARS_MAX));
    // Of equal ones the first.
    let best = long.into_iter().reduce(|best, one| if one.0 > best.0 { one } else { best });
    [whole("title", &facts.title)]
        .into_iter()
        .chain(best)
        .chain([
            whole("keywords", &facts.keywords.join("、")),
            whole("owners", &facts.owners.join("、")),
        ])
        .map(|(_, snippet)| snippet)
        .filter(|snippet| !snippet.marks.is_empty())
        .collect()
}

/// A field's stretch, and how much it says.
fn of_field(
    marker: &Marker,
    field: &'static str,
    text: &str,
    chars_max: usize,
) -> (u32, FieldSnippet) {
    let found = marker.snippet(text, chars_max);
    let from = found.range.start;
    let marks = found.marks.iter().map(|mark| mark.start - from..mark.end - from);
    let snippet = FieldSnippet {
        field,
        marks: marks.collect(),
        begins_before: from > 0,
        goes_on: found.range.end < text.len(),
        text: text[found.range].to_owned(),
    };
    (found.share, snippet)
}
