//! What is like a need, and what is like an achievement.

use taihu_index::{Filter, Index};
use taihu_model::{Achievement, AchievementId, AchievementState, Need, NeedId, TenantSlug};

use super::rank::published;
use crate::authority::Caller;
use crate::error::Result;
use crate::follow::NeedPlace;
use crate::kernel::Kernel;
use crate::keys;
use crate::limits::{
    ANSWERS_MAX, LOOKED_THROUGH_MAX, SIMILAR_PERMILLE_MIN, SIMILAR_TEXT_CHARS_MAX,
};
use crate::needs::{NeedGlance, glance};

impl Kernel {
    /// Needs that say much the same as one, the most alike first, each with its likeness: how much of
    /// what the need says is said there, per mille of how it finds itself. At most ten, of those that
    /// the caller may see: on the ground where they may read needs, and public ones elsewhere.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] if there is no such need that the caller may see.
    pub fn similar_needs(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        id: NeedId,
    ) -> Result<Vec<(NeedGlance, u16)>> {
        let need = self.need(caller, tenant, id)?;
        self.catch_up_needs()?;
        let own = NeedPlace::of(&need).name();
        let found = alike(
            &self.needs,
            &need.facts.query_text(),
            &Filter::default(),
            &own,
            LOOKED_THROUGH_MAX,
        );
        let view = self.snapshot()?;
        let mut similar = Vec::new();
        for (name, likeness) in found {
            let Some(place) = NeedPlace::parse(&name) else { continue };
            let stored = view.get::<Need>(&place.tenant, &keys::need(&place.id))?;
            similar
                .extend(stored.and_then(|it| glance(caller, &it.value)).map(|it| (it, likeness)));
            if similar.len() == ANSWERS_MAX {
                break;
            }
        }
        Ok(similar)
    }

    /// Published achievements that say much the same as one, the most alike first, each with its
    /// likeness, per mille of how it finds itself. At most ten.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] if there is no such achievement that the caller may see.
    pub fn similar_achievements(
        &self,
        caller: &Caller,
        id: AchievementId,
    ) -> Result<Vec<(Achievement, u16)>> {
        let (record, _) = self.achievement(caller, id)?;
        self.freshen()?;
        let own = id.to_string();
        let found = alike(&self.index, &gist(&record), &published(), &own, ANSWERS_MAX * 2);
        let view = self.snapshot()?;
        let mut similar = Vec::new();
        for (name, likeness) in found {
            let Ok(id) = name.parse::<AchievementId>() else { continue };
            if let Some(stored) = view.get::<Achievement>(&self.city, &keys::achievement(&id))?
                && stored.value.state == AchievementState::Published
            {
                similar.push((stored.value, likeness));
            }
        }
        similar.truncate(ANSWERS_MAX);
        Ok(similar)
    }
}

/// What is found by a text beside what it is the text of, with the likeness of each.
fn alike(
    index: &Index,
    text: &str,
    filter: &Filter,
    own: &str,
    limit: usize,
) -> Vec<(String, u16)> {
    let found = index.find(text, filter, 0, limit);
    // One that is not in the index, for it is not published, is measured by the best that is.
    let itself = found.hits.iter().find(|hit| hit.id == own).or(found.hits.first());
    let Some(full) = itself.map(|hit| u64::from(hit.score).max(1)) else { return Vec::new() };
    found
        .hits
        .into_iter()
        .filter(|hit| hit.id != own)
        .map(|hit| {
            let likeness = (u64::from(hit.score) * 1000 / full).min(1000);
            (hit.id, u16::try_from(likeness).unwrap_or(1000))
        })
        .filter(|(_, likeness)| *likeness >= SIMILAR_PERMILLE_MIN)
        .collect()
}

/// What an achievement is about, in as many characters as a need has.
pub(super) fn gist(record: &Achievement) -> String {
    let facts = &record.facts;
    let parts =
        [&facts.title].into_iter().chain(&facts.keywords).chain([&facts.problem, &facts.summary]);
    let mut text = String::new();
    for part in parts.filter(|part| !part.is_empty()) {
        text.push_str(part);
        text.push('\n');
    }
    text.chars().take(SIMILAR_TEXT_CHARS_MAX).collect()
}
