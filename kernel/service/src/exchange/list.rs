//! Reading what is offered: one record, a list by datestamp, the sets.

use taihu_model::{Achievement, AchievementId};
use taihu_store::Key;

use super::keep::place;
use super::token::Token;
use super::{KeptSet, Listing, Offer, OutputKind, Position, is_open, shown};
use crate::authority::{Action, Caller};
use crate::error::Result;
use crate::kernel::{Kernel, View};
use crate::keys;
use crate::limits::{OFFER_SETS_PAGE_MAX, OFFERS_COUNTED_MAX, OFFERS_READ};

/// What a list is of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Range {
    /// Members of this set only.
    pub set: Option<String>,
    /// From this second on.
    pub from: Option<i64>,
    /// Up to and with this second.
    pub until: Option<i64>,
}

/// An achievement as harvesters see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Its identifier.
    pub id: AchievementId,
    /// The second in which it last changed.
    pub stamp: i64,
    /// The sets that it is in, or was in.
    pub sets: Vec<String>,
    /// What it is, without its contact; nothing if it is no longer offered.
    pub achievement: Option<Achievement>,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct OfferedPage {
    /// Never empty.
    pub offers: Vec<Offered>,
    /// The metadata format that the list was asked for in.
    pub format: String,
    /// What asks for the next page, if there is one.
    pub resume: Option<String>,
    /// Records shown before this page.
    pub cursor: u64,
    /// Records of the whole list when it was begun, if they were counted.
    pub size: Option<u64>,
    /// The date of the answer, in seconds.
    pub at: i64,
}

/// What came of asking for a list.
#[derive(Debug, Clone)]
pub enum Listed {
    /// A page.
    Page(OfferedPage),
    /// Nothing matches.
    Nothing,
    /// The token is none of ours.
    BadToken,
}

/// A set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedSet {
    /// Its `setSpec`.
    pub spec: String,
    /// What people call it.
    pub name: String,
}

/// A page of the sets.
#[derive(Debug, Clone)]
pub struct SetsPage {
    /// In the order of their `setSpec`s.
    pub sets: Vec<OfferedSet>,
    /// What asks for the next page, if there is one.
    pub resume: Option<String>,
    /// Sets shown before this page.
    pub cursor: u64,
}

/// A list being walked.
struct Walk {
    format: String,
    set: Option<String>,
    until: i64,
    after: Key,
    /// The last place that was shown, if this is not the first page.
    shown: Option<(i64, AchievementId)>,
    cursor: u64,
    size: Option<u64>,
}

impl Kernel {
    /// Begins a list in the order of datestamps. Pages hold what is offered as it is now; what
    /// changes while the list is walked is left to the list that begins where this one was dated.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn list_offers(
        &self,
        caller: &Caller,
        format: &str,
        range: &Range,
        limit: usize,
    ) -> Result<Listed> {
        caller.may(Action::ReadPool, &self.city)?;
        self.freshen_offers();
        let at = self.exchange_second();
        let view = self.snapshot()?;
        let until = range.until.map_or(at - 1, |until| until.min(at - 1));
        let from = range.from.unwrap_or(0).max(0);
        let walk = Walk {
            format: format.to_owned(),
            set: range.set.clone(),
            until,
            after: Key(keys::offered_from(from)),
            shown: None,
            cursor: 0,
            size: None,
        };
        self.walk(&view, walk, at, limit, |kernel, walk| {
            let whole = range.from.is_none() && range.until.is_none();
            kernel.count_offers(&view, walk, whole)
        })
    }

    /// Goes on with a list.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn resume_offers(&self, caller: &Caller, token: &str, limit: usize) -> Result<Listed> {
        caller.may(Action::ReadPool, &self.city)?;
        let Some(Token::Offers { format, set, until, after, cursor, size }) =
            self.read_token(token)?
        else {
            return Ok(Listed::BadToken);
        };
        let at = self.exchange_second();
        let view = self.snapshot()?;
        let (until, shown) = (until.min(at - 1), Some(after));
        let after = keys::offered(after.0, &after.1);
        let walk = Walk { format, set, until, after, shown, cursor, size };
        self.walk(&view, walk, at, limit, |_, walk| Ok(walk.size))
    }

    /// One record, whatever its datestamp.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn offered(&self, caller: &Caller, id: AchievementId) -> Result<Option<Offered>> {
        caller.may(Action::ReadPool, &self.city)?;
        self.freshen_offers();
        Ok(self.read_offer(&self.snapshot()?, id)?.map(|(offer, _)| offer))
    }

    /// The second that nothing is stamped before; that of an answer now, if nothing is offered.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn earliest_offer(&self, caller: &Caller) -> Result<i64> {
        caller.may(Action::ReadPool, &self.city)?;
        let at = self.exchange_second();
        let first = self.snapshot()?.0.range(&self.city, keys::OFFERED, None, 1)?;
        let stamp = first.first().and_then(|(key, _)| place(key)).map(|(stamp, _)| stamp);
        Ok(stamp.unwrap_or(at).min(at))
    }

    /// The sets, a page of them. Nothing if the token is none of ours.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn list_sets(&self, caller: &Caller, token: Option<&str>) -> Result<Option<SetsPage>> {
        caller.may(Action::ReadPool, &self.city)?;
        self.freshen_offers();
        let (after, cursor) = match token.map(|token| self.read_token(token)).transpose()? {
            None => (None, 0),
            Some(Some(Token::Sets { after, cursor })) => (Some(keys::offer_set(&after)), cursor),
            Some(_) => return Ok(None),
        };
        let view = self.snapshot()?;
        let limit = OFFER_SETS_PAGE_MAX + 1;
        let found = view.list::<KeptSet>(&self.city, keys::OFFER_SET, after.as_ref(), limit)?;
        let more = found.len() == limit;
        let mut sets: Vec<OfferedSet> = found
            .into_iter()
            .take(OFFER_SETS_PAGE_MAX)
            .filter_map(|(key, set)| {
                let spec = key.0.strip_prefix(keys::OFFER_SET)?.to_owned();
                Some(OfferedSet { spec, name: set.name })
            })
            .collect();
        if sets.is_empty() && after.is_none() {
            // There are sets before there is anything in them.
            sets.extend(OutputKind::ALL.map(|kind| OfferedSet {
                spec: kind.set().to_owned(),
                name: kind.set_name().to_owned(),
            }));
        }
        let resume = match sets.last() {
            Some(last) if more => {
                let cursor = cursor + sets.len() as u64;
                Some(self.write_token(&Token::Sets { after: last.spec.clone(), cursor })?)
            }
            _ => None,
        };
        Ok(Some(SetsPage { sets, resume, cursor }))
    }

    fn walk(
        &self,
        view: &View,
        mut walk: Walk,
        at: i64,
        limit: usize,
        count: impl FnOnce(&Self, &Walk) -> Result<Option<u64>>,
    ) -> Result<Listed> {
        let mut offers: Vec<Offered> = Vec::new();
        let mut last = None;
        let mut more = false;
        let begin = walk.after.clone();
        'list: loop {
            let page = view.0.range(&self.city, keys::OFFERED, Some(&walk.after), OFFERS_READ)?;
            for (key, record) in &page {
                let Some((stamp, id)) = place(key) else { continue };
                if stamp > walk.until {
                    break 'list;
                }
                if !in_set(&record.value, walk.set.as_deref()) {
                    continue;
                }
                // What has changed since it was stamped is stamped anew in a moment.
                let Some((offer, true)) = self.read_offer(view, id)? else { continue };
                if offers.len() == limit {
                    more = true;
                    break 'list;
                }
                last = Some((stamp, id));
                offers.push(offer);
            }
            match page.last() {
                Some((key, _)) if page.len() == OFFERS_READ => walk.after = key.clone(),
                _ => break,
            }
        }
        if offers.is_empty() {
            // Whatever was left has changed meanwhile. A list has a record, so the last is shown again.
            let Some((_, id)) = walk.shown else { return Ok(Listed::Nothing) };
            offers.extend(self.read_offer(view, id)?.map(|(offer, _)| offer));
            if offers.is_empty() {
                return Ok(Listed::BadToken);
            }
        }
        let mut size = walk.size;
        if more && walk.shown.is_none() {
            walk.after = begin;
            size = count(self, &walk)?;
        }
        let resume = match last {
            Some(after) if more => {
                let cursor = walk.cursor + offers.len() as u64;
                let (format, set, until) = (walk.format.clone(), walk.set, walk.until);
                Some(self.write_token(&Token::Offers {
                    format,
                    set,
                    until,
                    after,
                    cursor,
                    size,
                })?)
            }
            _ => None,
        };
        let (format, cursor) = (walk.format, walk.cursor);
        Ok(Listed::Page(OfferedPage { offers, format, resume, cursor, size, at }))
    }

    /// How many records a list has: a count that is kept, less what is stamped too late; of a part
    /// of the list by counting, unless it is long.
    fn count_offers(&self, view: &View, walk: &Walk, whole: bool) -> Result<Option<u64>> {
        let set = walk.set.as_deref();
        if whole {
            let all = match set {
                None => {
                    view.get::<Position>(&self.city, &keys::offers())?.map(|it| it.value.offers)
                }
                Some(spec) => {
                    let set = view.get::<KeptSet>(&self.city, &keys::offer_set(spec))?;
                    set.map(|it| it.value.offers)
                }
            };
            let late = Key(keys::offered_from(walk.until + 1));
            let late = self.count_from(view, &late, i64::MAX, set)?;
            return Ok(all.zip(late).map(|(all, late)| all.saturating_sub(late)));
        }
        self.count_from(view, &walk.after, walk.until, set)
    }

    fn count_from(
        &self,
        view: &View,
        after: &Key,
        until: i64,
        set: Option<&str>,
    ) -> Result<Option<u64>> {
        let (mut after, mut count, mut read) = (after.clone(), 0, 0);
        while read < OFFERS_COUNTED_MAX {
            let page = view.0.range(&self.city, keys::OFFERED, Some(&after), OFFERS_READ)?;
            for (key, record) in &page {
                if place(key).is_none_or(|(stamp, _)| stamp > until) {
                    return Ok(Some(count));
                }
                count += u64::from(in_set(&record.value, set));
            }
            match page.last() {
                Some((key, _)) if page.len() == OFFERS_READ => after = key.clone(),
                _ => return Ok(Some(count)),
            }
            read += page.len();
        }
        Ok(None)
    }

    /// An offer as it may be shown now, and whether that is what was stamped.
    fn read_offer(&self, view: &View, id: AchievementId) -> Result<Option<(Offered, bool)>> {
        let Some(offer) = view.get::<Offer>(&self.city, &keys::offer(&id))? else {
            return Ok(None);
        };
        let Offer { stamp, deleted, sets, shown: digest, rev } = offer.value;
        if deleted {
            return Ok(Some((Offered { id, stamp, sets, achievement: None }, true)));
        }
        let stored = view.get::<Achievement>(&self.city, &keys::achievement(&id))?;
        let Some(stored) = stored.filter(|stored| is_open(&stored.value)) else {
            return Ok(Some((Offered { id, stamp, sets, achievement: None }, false)));
        };
        let settled = stored.rev == rev || shown(&stored.value, &sets)? == digest;
        let mut achievement = stored.value;
        achievement.facts.contact.clear();
        Ok(Some((Offered { id, stamp, sets, achievement: Some(achievement) }, settled)))
    }
}

/// Whether a listing is in a set; one that cannot be read is in none.
fn in_set(listing: &[u8], set: Option<&str>) -> bool {
    let Some(set) = set else { return true };
    let read = serde_json::from_slice::<Listing>(listing);
    read.is_ok_and(|listing| listing.sets.iter().any(|one| one == set))
}
