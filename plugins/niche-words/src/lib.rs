//! Weighs an achievement by the words and codes of a field, and says which words stood where.
//!
//! What the niche pools of the districts share; it is no plugin. A pool brings its [`Rules`] (rows
//! of words with points, codes of IPC and industry, a technology field), an operator brings
//! [`Settings`], and a [`Matcher`] made of both weighs achievements one by one:
//!
//! - a word counts once, where it counts most: title × 4, keyword × 3, problem, advantage and
//!   summary × 1, and not again as a part of another word (「遥感」, 「卫星遥感」); prose together at most
//!   [`PROSE_POINTS_MAX`], so that a mention in passing never brings an achievement in by itself;
//! - a longer word hides the shorter one inside of it: a row of zero points and no tags is a guard
//!   (「脱氢酶」 hides 「氢」);
//! - a row of negative points speaks of another field (「靶向」) and is named in the reasons too;
//! - tags collect separately what decides on categories and own fields.

mod rules;
mod scan;
mod settings;
mod weigh;

pub use rules::{Code, Row, Rules, code, row};
pub use settings::{Settings, WORD_CHARS_MAX, WORDS_MAX};
pub use weigh::{Matcher, PROSE_POINTS_MAX, Weighed};
