//! Schedules: when the kernel itself reads a source, by cron expressions in the time of Huzhou.
//!
//! When a source is due next stands in the store, so that a firing that was missed while the kernel was
//! not there is made up for: once, however many were missed. The commit that starts a run moves the
//! firing on, so a kill between the two neither loses nor doubles one.

use std::cmp::Ordering;

use croner::errors::CronError;
use croner::parser::{CronParser, Seconds, Year};
use croner::time::{CivilDateTime, CronDateTime, Resolution, Weekday};
use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};
use taihu_model::{Run, Source, SourceSlug, Text, Timestamp};
use taihu_store::Expect;

use crate::authority::Caller;
use crate::error::{Error, Result};
use crate::import::{LinesFeed, RunMode};
use crate::kernel::{Draft, Kernel, Stored};
use crate::keys;
use crate::limits::{SCHEDULE_CHARS_MAX, SCHEDULE_GAP_MIN};

/// Occurrences between which the gap is looked at: more than a day has at the smallest gap.
const LOOKED_AT: usize = 120;

/// When a source is read next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firing {
    /// For what changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Due>,
    /// For everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full: Option<Due>,
    /// Why the last firing began no run, if it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Text>,
}

/// A cron expression, and when it is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The expression.
    pub cron: String,
    /// When next; in the past if nobody was there.
    pub next: Timestamp,
}

impl Firing {
    /// The earlier of the two.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        self.changes.iter().chain(&self.full).map(|due| due.next).min()
    }

    /// What a source's schedule asks for from now on; what it asked for before stays due.
    fn of(source: &Source, known: Self, now: Timestamp) -> Result<Self> {
        let due = |cron: &Option<String>, known: Option<Due>| -> Result<Option<Due>> {
            let Some(cron) = cron else { return Ok(None) };
            match known.filter(|known| known.cron == *cron) {
                Some(known) => Ok(Some(known)),
                None => Ok(Some(Due { cron: cron.clone(), next: after(cron, now)? })),
            }
        };
        Ok(Self {
            changes: due(&source.schedule.changes, known.changes)?,
            full: due(&source.schedule.full, known.full)?,
            refused: known.refused,
        })
    }

    /// What is due, and the firing after it: the full run where both are.
    fn fire(mut self, now: Timestamp) -> Result<Option<(RunMode, Self)>> {
        let mut mode = None;
        let of = [(&mut self.changes, RunMode::Incremental), (&mut self.full, RunMode::Full)];
        for (due, fires) in of {
            let Some(due) = due else { continue };
            if due.next <= now {
                due.next = after(&due.cron, now)?;
                mode = Some(fires);
            }
        }
        Ok(mode.map(|mode| (mode, self)))
    }

    /// What a clock that had jumped ahead promised for a day too late comes in its time.
    fn drawn_near(&mut self, now: Timestamp) -> Result<bool> {
        let mut changed = false;
        for due in self.changes.iter_mut().chain(&mut self.full) {
            let next = after(&due.cron, now)?;
            if due.next > next {
                due.next = next;
                changed = true;
            }
        }
        Ok(changed)
    }
}

/// Makes sure that a source's schedule is one.
///
/// # Errors
/// [`Error::Invalid`] saying what is wrong with it.
pub(crate) fn check(source: &Source) -> Result<()> {
    if source.connector.as_str() == LinesFeed::CONNECTOR && !source.schedule.is_empty() {
        return Err(Error::invalid(
            "schedule",
            "JSON Lines 来源由命令行给出文件，不能定时导入",
            "a source of JSON Lines is given its file at the command line and has no schedule",
        ));
    }
    if source.withdraw_max.percent > 100 {
        return Err(Error::invalid(
            "withdraw_max",
            format!("自动撤回上限为0到100%，现为{}%", source.withdraw_max.percent),
            format!("a share is 0 to 100 per cent, not {}", source.withdraw_max.percent),
        ));
    }
    for cron in source.schedule.changes.iter().chain(&source.schedule.full) {
        // A fixed instant, so that the answer depends on the expression alone; a leap year's first day.
        let mut at = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 2);
        let mut last = None;
        for _ in 0..LOOKED_AT {
            at = after(cron, at)?;
            let gap = last.map(|last| at.duration_since(last));
            if gap.is_some_and(|gap| gap < SignedDuration::from_mins(SCHEDULE_GAP_MIN)) {
                return Err(Error::invalid(
                    "schedule",
                    format!("“{cron}”过于频繁，两次导入至少间隔{SCHEDULE_GAP_MIN}分钟"),
                    format!("{cron:?} fires too often: at least {SCHEDULE_GAP_MIN} minutes apart"),
                ));
            }
            last = Some(at);
        }
    }
    Ok(())
}

impl Kernel {
    /// Notes when a source is read next, beside what changes about it.
    pub(crate) fn plan_firing(&self, source: &Source, draft: &mut Draft) -> Result<()> {
        let key = keys::firing(&source.slug);
        let known = self.snapshot()?.get::<Firing>(&self.city, &key)?;
        if source.schedule.is_empty() {
            if known.is_some() {
                draft.delete(key, Expect::Any);
            }
            return Ok(());
        }
        let known = known.map(|known| known.value).unwrap_or_default();
        let firing = Firing::of(source, known, self.now())?;
        draft.put(key, &firing, Expect::Any)
    }

    /// When a source is read next, if it has a schedule.
    pub(crate) fn firing(&self, source: &SourceSlug) -> Result<Option<Firing>> {
        let found = self.snapshot()?.get::<Firing>(&self.city, &keys::firing(source))?;
        Ok(found.map(|found| found.value))
    }

    /// The sources that are due, by slug.
    ///
    /// # Errors
    /// If the store cannot be read or written.
    pub fn due_sources(&self) -> Result<Vec<SourceSlug>> {
        let now = self.now();
        let firings = self.snapshot()?.list::<Firing>(&self.city, "firing/", None, 10_000)?;
        let mut due = Vec::new();
        for (key, mut firing) in firings {
            let slug = key.0.strip_prefix("firing/").and_then(|slug| slug.parse().ok());
            let Some(slug) = slug else { continue };
            if firing.drawn_near(now)? {
                let caller = Caller::kernel(self.city.clone());
                let mut draft = Draft::new(self.audit(&caller, &self.city, "source.due", &slug));
                draft.put(key, &firing, Expect::Any)?;
                self.commit(&self.city, draft)?;
            }
            if firing.next().is_some_and(|next| next <= now) {
                due.push(slug);
            }
        }
        Ok(due)
    }

    /// Starts the run that a source is due for, and notes when it is due next. While a run of the
    /// source goes on, it stays due, and that run is answered, to be driven on if nobody does.
    /// `None` if nothing is due, or no run can be started: why is kept for the source's health.
    ///
    /// # Errors
    /// If the store cannot be read or written: then it is still due.
    pub fn fire(&self, slug: &SourceSlug) -> Result<Option<Run>> {
        let key = keys::firing(slug);
        let now = self.now();
        let Some(Stored { rev, value: firing }) =
            self.snapshot()?.get::<Firing>(&self.city, &key)?
        else {
            return Ok(None);
        };
        let Some((mode, mut next)) = firing.fire(now)? else { return Ok(None) };
        next.refused = None;
        let caller = Caller::kernel(self.city.clone());
        let mut along = |draft: &mut Draft| draft.put(key.clone(), &next, Expect::Rev(rev));
        match self.begin_run(&caller, slug, mode, &mut along) {
            Ok(run) => Ok(Some(run)),
            Err(error @ (Error::Unavailable(_) | Error::Full(_) | Error::Busy { .. })) => {
                Err(error)
            }
            Err(error) => {
                tracing::warn!(source = %slug, %error, "a source was due and could not be read");
                next.refused = Some(Text::new(error.zh(), error.to_string()));
                let mut draft = Draft::new(self.audit(&caller, &self.city, "source.due", slug));
                draft.reason(&error.zh());
                draft.put(key, &next, Expect::Rev(rev))?;
                self.commit(&self.city, draft)?;
                Ok(None)
            }
        }
    }
}

/// The first instant after another that a cron expression means, in the time of Huzhou.
fn after(cron: &str, at: Timestamp) -> Result<Timestamp> {
    let bad = |error: &dyn std::fmt::Display| {
        Error::invalid(
            "schedule",
            format!(
                "“{}”不是五段的 cron 表达式（分 时 日 月 周，如 30 3 * * *）：{error}",
                cut(cron)
            ),
            format!(
                "{:?} is no cron expression of five fields (minute hour day month weekday, such as \
                 30 3 * * *): {error}",
                cut(cron)
            ),
        )
    };
    if cron.chars().count() > SCHEDULE_CHARS_MAX {
        return Err(bad(&format!("more than {SCHEDULE_CHARS_MAX} characters")));
    }
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    let pattern = parser.parse(cron).map_err(|error| bad(&error))?;
    let local = Local(HUZHOU.to_datetime(at));
    let next = pattern.find_next_occurrence(&local, false).map_err(|error| bad(&error))?;
    HUZHOU.to_timestamp(next.0).map_err(|error| bad(&error))
}

fn cut(text: &str) -> String {
    text.chars().take(SCHEDULE_CHARS_MAX).collect()
}

/// The time of Huzhou: eight hours ahead of UTC, without summer time.
const HUZHOU: Offset = Offset::constant(8);

/// A wall clock in Huzhou, where every time is once a day.
#[derive(Debug, Clone, Copy)]
struct Local(DateTime);

impl CronDateTime for Local {
    fn to_civil(&self) -> CivilDateTime {
        let small = |number: i8| u32::from(number.unsigned_abs());
        let (date, time) = (self.0.date(), self.0.time());
        CivilDateTime::new(
            croner::time::CivilDate::from_parts_unchecked(
                i32::from(date.year()),
                small(date.month()),
                small(date.day()),
            ),
            croner::time::CivilTime::from_parts_unchecked(
                small(time.hour()),
                small(time.minute()),
                small(time.second()),
            ),
        )
    }

    fn civil_weekday(&self) -> Weekday {
        let days = self.0.weekday().to_sunday_zero_offset();
        Weekday::from_days_from_sunday(u32::from(days.unsigned_abs()))
    }

    fn resolve_civil(
        &self,
        civil: CivilDateTime,
    ) -> std::result::Result<Resolution<Self>, CronError> {
        let small = |number: u32| i8::try_from(number).map_err(|_| CronError::InvalidTime);
        let year = i16::try_from(civil.year()).map_err(|_| CronError::InvalidDate)?;
        DateTime::new(
            year,
            small(civil.month())?,
            small(civil.day())?,
            small(civil.hour())?,
            small(civil.minute())?,
            small(civil.second())?,
            0,
        )
        .map(|at| Resolution::Single(Self(at)))
        .map_err(|_| CronError::InvalidDate)
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<Self> {
        self.0.checked_add(SignedDuration::from_secs(seconds)).ok().map(Self)
    }

    fn cmp_instant(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cron: &str, from: &str, expected: &[&str]) {
        let mut at: Timestamp = from.parse().unwrap();
        for expected in expected {
            at = after(cron, at).unwrap();
            assert_eq!(at.to_string(), *expected, "{cron}");
        }
    }

    #[test]
    fn an_expression_is_read_in_the_time_of_huzhou() {
        let from = "2026-05-20T01:00:00Z";
        check("30 3 * * *", from, &["2026-05-20T19:30:00Z", "2026-05-21T19:30:00Z"]);
        check("0 4 1 * *", from, &["2026-05-31T20:00:00Z", "2026-06-30T20:00:00Z"]);
        // Wednesday the 20th is nine o'clock there; the next Monday begins on Sunday at 16 UTC.
        check("0 0 * * MON", from, &["2026-05-24T16:00:00Z"]);
        check("0 0 29 2 *", from, &["2028-02-28T16:00:00Z"]);
        check("@daily", from, &["2026-05-20T16:00:00Z"]);
    }

    #[track_caller]
    fn refused(cron: &str) {
        let source = serde_json::json!({
            "slug": "seu", "name": "东南大学", "tenant": "city", "connector": "oai-pmh",
            "trust": "partner", "schedule": { "changes": cron },
        });
        let error = super::check(&serde_json::from_value(source).unwrap()).unwrap_err();
        assert_eq!(error.code(), "invalid", "{cron}");
    }

    #[test]
    fn what_is_no_expression_or_fires_too_often_is_refused() {
        for cron in [
            "",
            "x",
            "* * * *",
            "60 3 * * *",
            "0 3 32 * *",
            "0 0 30 2 *",
            "*/5 * * * *",
            "0,5 3 * * *",
            "0 30 3 * * *",
            "59 23,0 * * *-",
            "每天",
        ] {
            refused(cron);
        }
        refused(&"0,".repeat(80));
    }

    #[test]
    fn missed_firings_are_made_up_for_once_and_the_full_run_goes_before() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let due = |cron: &str, next: &str| Some(Due { cron: cron.into(), next: at(next) });
        let firing = Firing {
            changes: due("30 3 * * *", "2026-05-20T19:30:00Z"),
            full: due("0 4 1 * *", "2026-05-31T20:00:00Z"),
            refused: None,
        };
        assert!(firing.clone().fire(at("2026-05-20T19:29:59Z")).unwrap().is_none());
        let (mode, next) = firing.clone().fire(at("2026-05-25T00:00:00Z")).unwrap().unwrap();
        assert_eq!((mode, next.next()), (RunMode::Incremental, Some(at("2026-05-25T19:30:00Z"))));
        assert!(next.fire(at("2026-05-25T00:00:01Z")).unwrap().is_none());
        let (mode, next) = firing.fire(at("2026-06-02T00:00:00Z")).unwrap().unwrap();
        assert_eq!((mode, next.next()), (RunMode::Full, Some(at("2026-06-02T19:30:00Z"))));
        let mut ahead = next;
        assert!(ahead.drawn_near(at("2026-05-20T00:00:00Z")).unwrap());
        assert_eq!(ahead.next(), Some(at("2026-05-20T19:30:00Z")));
    }
}
