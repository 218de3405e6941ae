//! The ground that promises about plugins stand on: a kernel of its own, steered guests, and records.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use serde_json::json;
use taihu_api::author;
use taihu_model::{GrantRequest, Installation, NeedFacts, NeedState, PluginName, TenantSlug};
use taihu_service::{
    Caller, Compiler, Gate, Home, HomeOptions, InstallOptions, Kernel, ManualClock, Ranking,
    RunMode, pack, unpack,
};

/// The guests, built once for all tests.
pub(crate) fn guest(name: &str) -> Vec<u8> {
    static BUILT: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let built =
        BUILT.get_or_init(|| author::build_workspace(&root.join("plugins"), &mut |_| {}).unwrap());
    let module = std::fs::read(&built[name]).unwrap();
    let guests = root.join("tests/guests").join(name);
    let dir = if guests.exists() { guests } else { root.join("plugins").join(name) };
    author::pack(&dir, &module).unwrap().bytes
}

/// The `minor`th version of a steered guest, with other defaults.
pub(crate) fn version(name: &str, minor: u64, defaults: serde_json::Value) -> Vec<u8> {
    let (mut manifest, cases, component) = unpack(&guest(name)).unwrap();
    manifest.version.minor = minor;
    for key in &mut manifest.config {
        if let Some(value) = defaults.get(&key.key) {
            key.default = Some(value.clone());
        }
    }
    pack(&component, &manifest, &cases).unwrap()
}

/// A kernel in a folder of its own, with a dozen achievements and a clock that is moved by hand.
pub(crate) struct Ground {
    pub(crate) home: Home,
    pub(crate) caller: Caller,
    pub(crate) city: TenantSlug,
    pub(crate) clock: Arc<ManualClock>,
    _dir: tempfile::TempDir,
}

const SUBJECTS: [&str; 12] = [
    "极片再生",
    "隔膜修复",
    "电解液回收",
    "铜箔回收",
    "正极补锂",
    "负极提纯",
    "热解除胶",
    "湿法浸出",
    "短流程再生",
    "无损剥离",
    "梯次利用",
    "余能检测",
];

impl Ground {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new("2026-05-20T01:00:00Z".parse().unwrap()));
        let home = Self::open(dir.path(), &clock);
        let city = home.kernel.city().clone();
        let ground = Self { caller: Caller::console(city.clone()), home, city, clock, _dir: dir };
        import(ground.kernel(), &ground.caller, &SUBJECTS);
        ground
    }

    pub(crate) fn open(dir: &Path, clock: &Arc<ManualClock>) -> Home {
        let options = HomeOptions {
            clock: Arc::<ManualClock>::clone(clock),
            outbound: Arc::new(Gate),
            compiler: Compiler::InProcess,
            loopback: true,
            allow_unsigned: false,
            embedding: None,
        };
        Home::open(dir, options).unwrap()
    }

    /// Falls as if killed, and opens again.
    pub(crate) fn fall(self) -> Self {
        let Self { home, caller, city, clock, _dir } = self;
        drop(home);
        let home = Self::open(_dir.path(), &clock);
        Self { home, caller, city, clock, _dir }
    }

    /// Closes the kernel; its folder stays for whoever opens it next.
    pub(crate) fn close(self) -> tempfile::TempDir {
        self._dir
    }

    pub(crate) fn kernel(&self) -> &Kernel {
        &self.home.kernel
    }

    pub(crate) fn install(&self, file: &[u8]) -> Installation {
        let signature = crate::signing::sign(self.kernel(), file);
        let options = InstallOptions { weight: Some(1000), signature, ..InstallOptions::default() };
        let installed = self.kernel().install(&self.caller, &self.city, file, options).unwrap();
        let all = GrantRequest { all: true, ..GrantRequest::default() };
        let kernel = self.kernel();
        kernel.grant_plugin(&self.caller, &self.city, &installed.plugin, &all).unwrap();
        installed
    }

    pub(crate) fn enable(&self, name: &PluginName) -> Installation {
        self.kernel().enable(&self.caller, &self.city, name).unwrap()
    }

    pub(crate) fn installation(&self, name: &PluginName) -> Installation {
        let all = self.kernel().installations(&self.caller, &self.city).unwrap();
        all.into_iter().map(|(it, _)| it).find(|it| it.plugin == *name).unwrap()
    }

    pub(crate) fn facts(title: &str) -> NeedFacts {
        NeedFacts {
            title: title.into(),
            problem: "退役磷酸铁锂电池的极片怎样再生".into(),
            enterprise: "长兴某电池有限公司".into(),
            ..NeedFacts::default()
        }
    }

    pub(crate) fn rank(&self, title: &str) -> Ranking {
        self.kernel().rank(&self.caller, &self.city, Self::facts(title)).unwrap()
    }

    pub(crate) fn care(&self) {
        while self.kernel().care_for_plugins().unwrap() > 0 {}
    }

    pub(crate) fn published_need(&self, title: &str) -> taihu_model::NeedId {
        let kernel = self.kernel();
        let facts = NeedFacts {
            technical_key: "无损剥离与补锂".into(),
            target_indicators: "循环寿命不低于3000次".into(),
            tried: "委托第三方试过湿法".into(),
            base_conditions: "已有年处理千吨的拆解线".into(),
            ..Self::facts(title)
        };
        let need = kernel.submit_need(&self.caller, &self.city, facts, None).unwrap();
        let path = [NeedState::Triaged, NeedState::Published];
        kernel.move_need(&self.caller, &self.city, need.id, &path, "").unwrap();
        need.id
    }
}

/// Brings in an achievement for each subject, all of one university.
pub(crate) fn import(kernel: &Kernel, caller: &Caller, subjects: &[&str]) {
    let source = json!({
        "slug": "seu", "name": "东南大学", "tenant": "city", "connector": "json-lines", "trust": "partner",
        "config": { "id": "id", "fields": {
            "title": "title", "summary": "summary", "owner": { "constant": "东南大学" },
            "secrecy": { "constant": "公开" }, "owner_declaration": { "constant": "是" },
        } },
    });
    let source = kernel.put_source(caller, serde_json::from_value(source).unwrap()).unwrap();
    let mut lines = String::new();
    for (at, subject) in subjects.iter().enumerate() {
        let line = json!({
            "id": at.to_string(),
            "title": format!("退役磷酸铁锂电池{subject}技术"),
            "summary": format!("本成果面向退役磷酸铁锂动力电池，以{subject}为核心，已建成年处理五百吨的中试线，再生材料的比容量和循环寿命达到动力级要求，综合成本降低三成，可与企业现有产线衔接。"),
        });
        lines += &format!("{line}\n");
    }
    let run = kernel.start_run(caller, &source.slug, RunMode::Full).unwrap();
    let run = kernel.drive_lines(caller, run.id, lines.as_bytes(), &mut |_| {}).unwrap();
    assert_eq!(run.counts.new + run.counts.changed, subjects.len() as u64);
    kernel.catch_up().unwrap();
}

pub(crate) fn scorer() -> PluginName {
    "steered-scorer".parse().unwrap()
}

pub(crate) fn v(minor: u64, defaults: serde_json::Value) -> Vec<u8> {
    version("steered-scorer", minor, defaults)
}
