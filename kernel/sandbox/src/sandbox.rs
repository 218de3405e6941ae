//! The sandbox: one engine that serves, the rules of admission in front of it, a compiler beside it.

use std::hash::{Hash as _, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use taihu_model::{Case, Digest, Manifest};
use wasmtime::Engine;
use wasmtime::component::Linker;

use crate::compiler::{self, Compiler};
use crate::engine::{self, Slots};
use crate::limits::{ADMISSION_RULES, SizeClass};
use crate::run::Traffic;
use crate::seal::{self, Purpose};
use crate::state::{self, CallState};
use crate::{Component, LoadError, Refusal, SetupError, admit};

/// How a sandbox is set up.
#[derive(Clone)]
pub struct SandboxOptions {
    /// The kernel's own key for sealing native code. Whoever has it can make the kernel run any code.
    pub seal_key: [u8; 32],
    /// Whether to take instances from a pool. Falls back to making them on demand, and says so in
    /// the log, where the machine has not the address space.
    pub pooling: bool,
    /// Where components are compiled.
    pub compiler: Compiler,
}

/// What all components of a sandbox share.
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<CallState>,
    pub(crate) slots: Arc<Slots>,
    pub(crate) traffic: Traffic,
    unguarded: AtomicBool,
}

impl Shared {
    /// Says whether heavy calls go to the lane: always, but for a control of a measurement.
    pub(crate) fn is_guarded(&self) -> bool {
        !self.unguarded.load(Ordering::Relaxed)
    }
}

/// Admits, compiles and loads components.
pub struct Sandbox {
    shared: Arc<Shared>,
    pooled: bool,
    seal_key: [u8; 32],
    compiler: Compiler,
    compiling: Mutex<()>,
    engine_digest: Digest,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("pooled", &self.pooled).finish_non_exhaustive()
    }
}

/// A file that may become a plugin.
///
/// Of a file that was admitted before under the same rules it may be composed from what was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Admission {
    /// SHA-256 of the file.
    pub digest: Digest,
    /// What it says of itself.
    pub manifest: Manifest,
    /// The contract cases that it brings along.
    pub cases: Vec<Case>,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// The size class it was admitted in.
    pub class: SizeClass,
}

impl Sandbox {
    /// Sets up the engine and starts its ticker.
    ///
    /// # Errors
    /// If the machine can't run it at all.
    pub fn new(options: SandboxOptions) -> Result<Self, SetupError> {
        let (engine, pooled) = engine::serving(options.pooling)?;
        let slots = Arc::default();
        engine::start_ticker(&engine, &slots)?;
        let linker =
            state::linker(&engine).map_err(|error| SetupError(format!("link log: {error:#}")))?;
        let engine_digest = engine_digest(&engine);
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let traffic = Traffic::new(u32::try_from(cores).unwrap_or(u32::MAX));
        let unguarded = AtomicBool::new(false);
        let shared = Arc::new(Shared { engine, linker, slots, traffic, unguarded });
        Ok(Self {
            shared,
            pooled,
            seal_key: options.seal_key,
            compiler: options.compiler,
            compiling: Mutex::new(()),
            engine_digest,
        })
    }

    /// Says whether instances come from a pool.
    #[must_use]
    pub fn is_pooled(&self) -> bool {
        self.pooled
    }

    /// Admits a file in the class of compiled languages. Never compiles, never runs anything.
    ///
    /// # Errors
    /// Every reason against it, by function, type, field, import or section, with what to do.
    pub fn admit(&self, file: &[u8]) -> Result<Admission, Refusal> {
        self.admit_as(file, SizeClass::Native)
    }

    /// Admits a file in a class that an operator has granted.
    ///
    /// # Errors
    /// As [`admit`](Self::admit).
    pub fn admit_as(&self, file: &[u8], class: SizeClass) -> Result<Admission, Refusal> {
        admit::admit(file, class)
    }

    /// Compiles an admitted file to sealed native code. Takes up to a minute: never on a request's
    /// path. One at a time; further ones wait.
    ///
    /// # Errors
    /// With the plugin's blame if the compiler refuses it or a limit ends the compiler (the refusal
    /// says which), with the kernel's if the compiler could not be started or `file` is not the
    /// admitted one.
    pub fn compile(&self, admission: &Admission, file: &[u8]) -> Result<Vec<u8>, Refusal> {
        if Digest::of(file) != admission.digest {
            return Err(Refusal::kernel("file", &"it is not the file that was admitted"));
        }
        let _one_at_a_time = self.compiling.lock().unwrap_or_else(PoisonError::into_inner);
        let code = compiler::compile(&self.compiler, admission.class, file)?;
        Ok(seal::seal(&self.seal_key, &self.purpose(admission.digest), &code))
    }

    /// Names the sealed code of a file: 64 + 1 + 16 characters, safe as a file name. Another engine
    /// or other rules of admission give another name.
    #[must_use]
    pub fn cache_key(&self, digest: &Digest) -> String {
        let rules = ADMISSION_RULES.to_be_bytes();
        let version = Digest::of_parts([&self.engine_digest.0[..], &rules[..]]).to_string();
        format!("{digest}-{}", &version[..16])
    }

    /// Loads sealed code, after its seal is verified over the very bytes that are loaded.
    ///
    /// # Errors
    /// If the seal does not fit bytes, key, engine, rules and plugin. Compile the file again.
    pub fn load(&self, admission: &Admission, sealed: &[u8]) -> Result<Component, LoadError> {
        let code = seal::open(&self.seal_key, &self.purpose(admission.digest), sealed)?;
        let component = deserialize(&self.shared.engine, code)?;
        let manifest = admission.manifest.clone();
        let shared = Arc::clone(&self.shared);
        Component::link(shared, &component, admission.digest, manifest, admission.class)
    }

    /// Lets heavy calls run where they began, at full priority: the control of `taihu bench bystander`.
    pub(crate) fn switch_lane(&self, on: bool) {
        self.shared.unguarded.store(!on, Ordering::Relaxed);
    }

    fn purpose(&self, plugin: Digest) -> Purpose {
        Purpose { engine: self.engine_digest, plugin }
    }
}

/// Takes native code as it is. The only unsafe code of the kernel.
#[expect(unsafe_code, reason = "native code is loaded; its seal says that this kernel compiled it")]
fn deserialize(engine: &Engine, code: &[u8]) -> Result<wasmtime::component::Component, LoadError> {
    // SAFETY: `code` is a part of bytes whose MAC was verified a moment ago, with a key that only
    // this kernel has. It sealed them right after its own compiler had made them from an admitted
    // component, for an engine with the same compatibility hash. The bytes are borrowed since, so
    // nobody changed them between.
    unsafe { wasmtime::component::Component::deserialize(engine, code) }
        .map_err(|error| LoadError::Engine(format!("{error:#}")))
}

/// Digests all that decides whether native code fits an engine. Stable over processes, unlike the
/// hashers of std promise to be.
fn engine_digest(engine: &Engine) -> Digest {
    struct Sha(Sha256);
    impl Hasher for Sha {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut hasher = Sha(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    Digest(hasher.0.finalize().into())
}

#[cfg(test)]
mod tests {
    use taihu_model::contract::Context;
    use taihu_model::{PluginKind, Text};

    use super::*;
    use crate::limits::CALLS_MAX;
    use crate::{Blame, componentize, pack};

    /// A sandbox, and a scorer in it.
    fn scorer(fixture: &str) -> (Sandbox, Component) {
        let options =
            SandboxOptions { seal_key: [7; 32], pooling: true, compiler: Compiler::InProcess };
        let sandbox = Sandbox::new(options).unwrap();
        let frame = include_str!("evil/frame.wat");
        let module = wat::parse_str(format!("(module {frame} {fixture})")).unwrap();
        let manifest = Manifest {
            name: "honest".parse().unwrap(),
            version: "0.1.0".parse().unwrap(),
            kind: PluginKind::Scorer,
            title: Text::new("试验", ""),
            description: Text::new("试验用", ""),
            author: "湖州市科技局".to_owned(),
            reads: Vec::new(),
            hosts: Vec::new(),
            files: None,
            limits: taihu_model::LimitWish::default(),
            config: Vec::new(),
        };
        let component = componentize(&module, PluginKind::Scorer).unwrap();
        let file = pack(&component, &manifest, &[]).unwrap();
        let admission = sandbox.admit(&file).unwrap();
        let sealed = sandbox.compile(&admission, &file).unwrap();
        let scorer = sandbox.load(&admission, &sealed).unwrap();
        (sandbox, scorer)
    }

    fn context() -> Context {
        Context { tenant: "city".into(), config: "{}".into(), today: String::new() }
    }

    #[test]
    fn an_exhausted_pool_is_an_answer() {
        let (sandbox, scorer) = scorer(include_str!("evil/honest.wat"));
        let taken: Vec<_> = (0..CALLS_MAX).filter_map(|_| sandbox.shared.slots.take()).collect();
        assert_eq!(taken.len(), CALLS_MAX as usize);
        for _ in 0..3 {
            let error = scorer.describe_scorer(&context()).unwrap_err();
            assert_eq!((error.cause.code(), error.blame), ("busy", Blame::Kernel));
        }
        drop(taken);
        assert!(scorer.describe_scorer(&context()).is_ok());
    }
}
