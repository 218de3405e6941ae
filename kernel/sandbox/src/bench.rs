//! The same call under wasmtime's defaults: the baseline of `taihu bench call`.
//!
//! Nothing here is limited or checked: never for a stranger's component.

use taihu_model::contract::AchievementView;
use taihu_model::contract::{Context, NeedView, Score};
use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Linker};
use wasmtime::{Engine, Store};

use crate::bindings::exports::taihu::plugin::scoring as s;
use crate::bindings::taihu::plugin::log::Level;
use crate::bindings::taihu::plugin::types as t;
use crate::{SetupError, lift, lower};

/// A scorer under wasmtime's default configuration: instances on demand, no interruption, no limits.
pub struct DefaultScorer {
    engine: Engine,
    pre: InstancePre<()>,
    score: ComponentExportIndex,
}

impl std::fmt::Debug for DefaultScorer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DefaultScorer").finish_non_exhaustive()
    }
}

impl DefaultScorer {
    /// Compiles a trusted scorer in this process.
    ///
    /// # Errors
    /// If it is no scorer.
    pub fn new(file: &[u8]) -> Result<Self, SetupError> {
        let setup = |error: wasmtime::Error| SetupError(format!("{error:#}"));
        let engine = Engine::default();
        let component = Component::new(&engine, file).map_err(setup)?;
        let mut linker = Linker::new(&engine);
        linker
            .instance("taihu:plugin/log@0.1.0")
            .and_then(|mut log| log.func_wrap("write", |_, (_, _): (Level, String)| Ok(())))
            .map_err(setup)?;
        let score = component
            .get_export_index(None, "taihu:plugin/scoring@0.1.0")
            .and_then(|scoring| component.get_export_index(Some(&scoring), "score"))
            .ok_or_else(|| SetupError("no scorer".to_owned()))?;
        let pre = linker.instantiate_pre(&component).map_err(setup)?;
        Ok(Self { engine, pre, score })
    }

    /// Scores in a fresh instance.
    ///
    /// # Errors
    /// If it traps or fails.
    pub fn score(
        &self,
        context: &Context,
        need: &NeedView<'_>,
        candidates: &[AchievementView<'_>],
    ) -> Result<Vec<Score>, SetupError> {
        let setup = |error: wasmtime::Error| SetupError(format!("{error:#}"));
        let texts = lower::gather_texts(Some(need), candidates);
        let attributes = lower::gather_attributes(Some(need), candidates, &texts);
        let batch = lower::batch(Some(need), candidates, &texts, &attributes);
        let need = batch.need.ok_or_else(|| SetupError("no need".to_owned()))?;
        let mut store = Store::new(&self.engine, ());
        let instance = self.pre.instantiate(&mut store).map_err(setup)?;
        let score = instance
            .get_typed_func::<
                (t::Context<'_>, t::NeedView<'_>, &[t::AchievementView<'_>]),
                (Result<Vec<s::CandidateScore>, t::Failure>,),
            >(&mut store, &self.score)
            .map_err(setup)?;
        let arguments = (lower::context(context), need, batch.views.as_slice());
        let (answer,) = score.call(&mut store, arguments).map_err(setup)?;
        answer.map(lift::scores).map_err(|failure| SetupError(format!("{failure:?}")))
    }
}
