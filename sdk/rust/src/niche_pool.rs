//! Niche pools (细分领域成果池): which achievements belong, and why.

use std::marker::PhantomData;

use crate::bindings::classifying::Guest;
use crate::bindings::types;
use crate::table::Batch;
use crate::{
    Achievement, Achievements, Category, Context, Decision, Failure, OwnField, PoolDescription,
    text,
};

/// A plugin that keeps a pool. Export it with [`niche_pool!`](crate::niche_pool).
pub trait NichePool {
    /// Says what the pool is: its name, taxonomy and own fields.
    fn describe() -> PoolDescription;

    /// Judges one achievement. Must depend on the arguments alone.
    fn classify_one(context: &Context, achievement: &Achievement<'_>) -> Decision;

    /// Judges a batch of 1–500 achievements: one decision for each, in the same order.
    ///
    /// Override it to read the configuration once for the whole batch. A decision must not depend
    /// on the other achievements.
    ///
    /// # Errors
    /// Whatever keeps the pool from judging at all, such as a wrong configuration.
    fn classify(
        context: &Context,
        achievements: &Achievements<'_>,
    ) -> Result<Vec<Decision>, Failure> {
        Ok(achievements.iter().map(|one| Self::classify_one(context, &one)).collect())
    }
}

/// Describes a category of the pool's taxonomy; `parent` is empty at the top.
pub fn category(code: &str, parent: &str, zh: &str, en: &str) -> Category {
    Category { code: code.to_owned(), label: text(zh, en), parent: parent.to_owned() }
}

/// Describes a field of the pool's own; `kind` is `text`, `integer`, `boolean` or `texts`.
pub fn own_field(key: &str, kind: &str, facet: bool, zh: &str, en: &str) -> OwnField {
    OwnField { key: key.to_owned(), label: text(zh, en), kind: kind.to_owned(), facet }
}

/// Makes the crate a niche pool. Does nothing unless the target is `wasm32`.
#[macro_export]
macro_rules! niche_pool {
    ($plugin:ty) => {
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() = $crate::__private::is_niche_pool::<$plugin>;
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Exported = $crate::__private::NichePoolExport<$plugin>;
            $crate::__private::export_niche_pool!(
                Exported with_types_in $crate::__private::worlds::niche_pool
            );
        };
    };
}

/// Makes the compiler check the type where nothing is exported.
pub fn is_niche_pool<T: NichePool>() {}

/// The generated interface, implemented by an author's type.
pub struct NichePoolExport<T>(PhantomData<T>);

impl<T: NichePool> Guest for NichePoolExport<T> {
    fn describe(_: Context) -> Result<PoolDescription, Failure> {
        Ok(T::describe())
    }

    fn classify(context: Context, achievements: types::Table) -> Result<Vec<Decision>, Failure> {
        let batch = Batch::of(&achievements, None);
        T::classify(&context, &Achievements(&batch))
    }
}
