//! For benchmarks: the same call under wasmtime's defaults (the baseline of `taihu bench call`), where
//! nothing is limited or checked, never for a stranger's component; and a thread's own clock.

use std::time::Duration;

use taihu_model::contract::{AchievementView, Context, NeedView, ScorerDescription};
use taihu_model::{Manifest, PluginKind, Sight};
use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Linker};
use wasmtime::{Engine, Store};

use crate::bindings::exports::taihu::plugin::scoring as s;
use crate::bindings::taihu::plugin::log::Level;
use crate::bindings::taihu::plugin::types as t;
use crate::table::Shown;
use crate::{Fault, PackError, Sandbox, Scores, SetupError, componentize, lower, pack, unpack};

/// How a guest of a measurement is hostile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hostility {
    /// It spins until it is ended.
    Spins,
    /// It takes and fills memory until it is ended.
    Grows,
}

/// Makes a hostile scorer's file.
///
/// # Errors
/// If `manifest` is not one of a scorer.
pub fn hostile(hostility: Hostility, manifest: &Manifest) -> Result<Vec<u8>, PackError> {
    let score = match hostility {
        Hostility::Spins => "(loop $on (br $on)) unreachable",
        Hostility::Grows => {
            "(loop $on
               (memory.fill
                 (i32.mul (memory.grow (i32.const 16)) (i32.const 65536))
                 (i32.const 7) (i32.const 1048576))
               (br $on))
             unreachable"
        }
    };
    // Room for the largest batch, and nothing is ever freed.
    let module = wat::parse_str(format!(
        "(module
           (memory (export \"memory\") 64)
           (global $heap (mut i32) (i32.const 64))
           (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32)
             (local $at i32)
             (local.set $at
               (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
             (global.set $heap (i32.add (local.get $at) (local.get 3)))
             (local.get $at))
           (func (export \"taihu:plugin/scoring@0.1.0#describe\")
             (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32) unreachable)
           (func (export \"taihu:plugin/scoring@0.1.0#score\") (param i32) (result i32) {score}))"
    ))
    .map_err(|error| PackError { fault: Fault::new("wat", "模块有误", error.to_string()) })?;
    pack(&componentize(&module, PluginKind::Scorer)?, manifest, &[])
}

/// Switches the lane for heavy calls off and on again: without it they run where they began.
pub fn switch_lane(sandbox: &Sandbox, on: bool) {
    sandbox.switch_lane(on);
}

/// The CPU time of all threads of this process.
#[must_use]
pub fn process_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// A scorer under wasmtime's default configuration: instances on demand, no interruption, no limits.
pub struct DefaultScorer {
    engine: Engine,
    shown: Shown,
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
        let (manifest, _, _) = unpack(file).map_err(|error| SetupError(error.fault.to_string()))?;
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
        Ok(Self { engine, shown: Shown::of(&Sight::of(&manifest.reads)), pre, score })
    }

    /// Scores in a fresh instance.
    ///
    /// # Errors
    /// If it traps or fails.
    pub fn score(
        &self,
        context: &Context,
        description: &ScorerDescription,
        need: &NeedView<'_>,
        candidates: &[AchievementView<'_>],
    ) -> Result<Scores, SetupError> {
        let setup = |error: wasmtime::Error| SetupError(format!("{error:#}"));
        let (need, candidates) = (self.shown.need(need), self.shown.achievements(candidates));
        let (of_need, of_candidates) = (lower::columns(&need), lower::columns(&candidates));
        let mut store = Store::new(&self.engine, ());
        let instance = self.pre.instantiate(&mut store).map_err(setup)?;
        let score = instance
            .get_typed_func::<
                (t::Context<'_>, t::Table<'_>, t::Table<'_>),
                (Result<s::Scores, t::Failure>,),
            >(&mut store, &self.score)
            .map_err(setup)?;
        let arguments = (
            lower::context(context),
            lower::table(&need, &of_need),
            lower::table(&candidates, &of_candidates),
        );
        let (answer,) = score.call(&mut store, arguments).map_err(setup)?;
        let answer = answer.map_err(|failure| SetupError(format!("{failure:?}")))?;
        Ok(Scores::of(answer, description, candidates, need))
    }
}
