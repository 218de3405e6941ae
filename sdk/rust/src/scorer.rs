//! Scorers (评分): how well achievements answer a need.

use std::marker::PhantomData;

use crate::bindings::scoring::Guest;
use crate::bindings::{scoring, types};
use crate::table::Batch;
use crate::{
    Achievement, Achievements, Context, FactorDescription, Failure, Need, Score, ScorerDescription,
    Scores, text,
};

/// A plugin that ranks achievements for a need. Export it with [`scorer!`](crate::scorer).
pub trait Scorer {
    /// Every factor that scores may name, in the order they are shown; 1–16.
    fn factors() -> Vec<FactorDescription>;

    /// Scores one candidate. Must depend on the arguments alone.
    fn score_one(context: &Context, need: &Need<'_>, candidate: &Achievement<'_>) -> Score;

    /// Scores a batch of 1–500 candidates: one score for each, in the same order.
    ///
    /// Override it to read the configuration or to prepare the need once for the whole batch. The
    /// score of a candidate must not depend on the other candidates.
    ///
    /// # Errors
    /// Whatever keeps the scorer from judging at all, such as a wrong configuration.
    fn score(
        context: &Context,
        need: &Need<'_>,
        candidates: &Achievements<'_>,
    ) -> Result<Scores, Failure> {
        Ok(candidates.iter().map(|candidate| Self::score_one(context, need, &candidate)).collect())
    }
}

/// Describes a factor: a key (lower case, underscores) and what people read.
pub fn factor(key: &str, zh: &str, en: &str) -> FactorDescription {
    FactorDescription { key: key.to_owned(), label: text(zh, en) }
}

/// Makes the crate a scorer. Does nothing unless the target is `wasm32`.
#[macro_export]
macro_rules! scorer {
    ($plugin:ty) => {
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() = $crate::__private::is_scorer::<$plugin>;
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Exported = $crate::__private::ScorerExport<$plugin>;
            $crate::__private::export_scorer!(
                Exported with_types_in $crate::__private::worlds::scorer
            );
        };
    };
}

/// Makes the compiler check the type where nothing is exported.
pub fn is_scorer<T: Scorer>() {}

/// The generated interface, implemented by an author's type.
pub struct ScorerExport<T>(PhantomData<T>);

impl<T: Scorer> Guest for ScorerExport<T> {
    fn describe(_: Context) -> Result<ScorerDescription, Failure> {
        Ok(ScorerDescription { factors: T::factors() })
    }

    fn score(
        context: Context,
        need: types::Table,
        candidates: types::Table,
    ) -> Result<scoring::Scores, Failure> {
        let batch = Batch::of(&candidates, Some(&need));
        let scores = T::score(&context, &batch.need(), &Achievements(&batch))?;
        Ok(scores.described(&T::factors()))
    }
}
