//! A kernel with three sources, read by versions of a connector that say what a test wants.

use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use taihu_model::contract::{Page, RawField, RawRecord, RunView, Tombstone};
use taihu_model::{
    Achievement, AchievementId, Digest, Installation, InstallationState, Plugin, Run, RunCounts,
    RunId, RunStatus, Source, SourceSlug,
};
use taihu_sandbox::{Sandbox, SandboxOptions};
use taihu_store::{Engine, EngineOptions, Expect};

use super::memory::Memory;
use crate::import::{Feed, FeedStep};
use crate::kernel::Draft;
use crate::recall::Recall;
use crate::{Caller, Compiler, Gate, Kernel, ManualClock, Parts, Result, keys};

/// Versions of the connector: 1.0.0, 2.0.0 and 3.0.0.
pub(super) const VERSIONS: usize = 3;
/// The version that is recalled.
pub(super) const BAD: usize = 1;
/// Sources, their tenants and how much each counts.
const SOURCES: [(&str, &str, &str); 3] = [
    ("seu", "city", "partner"),
    ("deqing-lab", "deqing", "partner"),
    ("anji-firm", "anji", "self"),
];

/// What a version reads.
#[derive(Debug, Clone)]
pub(super) enum Item {
    Record { id: u8, title: u8, owner: u8, rights: Vec<u8>, summary: u8, note: u8 },
    Tombstone { id: u8 },
}

/// One run.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) source: usize,
    pub(super) version: usize,
    pub(super) pages: Vec<Vec<Item>>,
}

pub(super) struct World {
    kernel: Kernel,
    clock: Arc<ManualClock>,
    pub(super) caller: Caller,
    _dir: tempfile::TempDir,
}

pub(super) fn digest(version: usize) -> Digest {
    Digest::of(&[u8::try_from(version).unwrap()])
}

impl World {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new("2026-05-20T01:00:00Z".parse().unwrap()));
        let memory = Memory::default();
        let store =
            Engine::open_backend(move || Ok(Box::new(memory.clone())), EngineOptions::default());
        let options =
            SandboxOptions { seal_key: [0; 32], pooling: false, compiler: Compiler::InProcess };
        let folder = Dir::open_ambient_dir(dir.path(), ambient_authority()).unwrap();
        let kernel = Kernel::new(Parts {
            store: Arc::new(store.unwrap()),
            sandbox: Sandbox::new(options).unwrap(),
            clock: Arc::<ManualClock>::clone(&clock),
            outbound: Arc::new(Gate),
            cache: folder.try_clone().unwrap(),
            drop: folder.try_clone().unwrap(),
            secrets: folder,
            loopback: true,
            allow_unsigned: true,
            embedding: None,
        });
        let kernel = kernel.unwrap();
        let caller = Caller::console(kernel.city().clone());
        let world = Self { kernel, clock, caller, _dir: dir };
        world.plant();
        world
    }

    pub(super) fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    /// The connector's versions and the sources, without a connector that could be called.
    fn plant(&self) {
        let kernel = self.kernel();
        let mut draft = Draft::new(kernel.audit(&self.caller, kernel.city(), "test", "plant"));
        for version in 0..VERSIONS {
            let number = format!("{}.0.0", version + 1);
            let text = serde_json::json!({ "zh": "读", "en": "reads" });
            let manifest = serde_json::json!({
                "name": "reader", "version": number, "kind": "connector", "title": text,
                "description": text, "author": "某单位",
            });
            let plugin = Plugin {
                digest: digest(version),
                bytes: 1,
                manifest: serde_json::from_value(manifest).unwrap(),
                added: kernel.now(),
                signed: None,
            };
            let key = keys::plugin(&plugin.manifest.name, &number);
            draft.put(key, &plugin, Expect::Absent).unwrap();
        }
        for (slug, tenant, trust) in SOURCES {
            let source = serde_json::json!({
                "slug": slug, "name": slug, "tenant": tenant, "connector": "reader", "trust": trust,
            });
            let source: Source = serde_json::from_value(source).unwrap();
            draft.put(keys::source(&source.slug), &source, Expect::Absent).unwrap();
        }
        kernel.commit(kernel.city(), draft).unwrap();
    }

    pub(super) fn source(&self, at: usize) -> SourceSlug {
        SOURCES[at].0.parse().unwrap()
    }

    /// Time goes by in which a world with the version would have read.
    pub(super) fn pass(&self) {
        self.clock.advance_ms(10_000);
    }

    /// Has a version read a source, from beginning to end.
    pub(super) fn read(&self, reading: &Reading) -> Run {
        let run = self.begin(reading);
        let source = self.kernel().source(&run.source).unwrap();
        let began = self.kernel().now();
        let mut feed = Said { clock: &self.clock, pages: reading.pages.clone() };
        let run = self.kernel().drive(&self.caller, run, &source, &mut feed, &mut |_| {}).unwrap();
        let took = self.kernel().now().as_millisecond() - began.as_millisecond();
        self.clock.advance_ms(10_000 - took);
        run
    }

    /// Begins a run that nobody drives yet.
    pub(super) fn begin(&self, reading: &Reading) -> Run {
        let kernel = self.kernel();
        let slug = self.source(reading.source);
        let now = kernel.now();
        let run = Run {
            id: RunId::from_parts(now, kernel.chance().unwrap()),
            source: slug.clone(),
            connector: digest(reading.version),
            status: RunStatus::Running,
            since: None,
            state: String::new(),
            counts: RunCounts::default(),
            total: None,
            complete: false,
            vanished: None,
            spent: Default::default(),
            reasons: Vec::new(),
            started: now,
            updated: now,
            error: None,
        };
        let mut draft = Draft::new(kernel.audit(&self.caller, kernel.city(), "test", run.id));
        draft.put(keys::run(&run.id), &run, Expect::Absent).unwrap();
        draft.put(keys::active_run(&slug), &run.id, Expect::Any).unwrap();
        kernel.commit(kernel.city(), draft).unwrap();
        run
    }

    fn version(version: usize) -> String {
        format!("{}.0.0", version + 1)
    }

    pub(super) fn recall_list(&self, version: usize) -> Recall {
        let name = "reader".parse().unwrap();
        let kernel = self.kernel();
        kernel.recall_list(&self.caller, kernel.city(), &name, &Self::version(version)).unwrap()
    }

    pub(super) fn recall(&self, version: usize) -> Recall {
        self.try_recall(version, &mut |_| {}).unwrap()
    }

    pub(super) fn try_recall(
        &self,
        version: usize,
        progress: &mut dyn FnMut(&Recall),
    ) -> Result<Recall> {
        let (name, version) = ("reader".parse().unwrap(), Self::version(version));
        let kernel = self.kernel();
        kernel.recall_undo(&self.caller, kernel.city(), &name, &version, "读错了列", progress)
    }

    /// The connector on the city's ground, in a state.
    pub(super) fn install(&self, version: usize, state: InstallationState) {
        let kernel = self.kernel();
        let installation = serde_json::json!({
            "tenant": "city", "plugin": "reader", "digest": digest(version), "state": state,
            "updated": kernel.now(),
        });
        let installation: Installation = serde_json::from_value(installation).unwrap();
        let mut draft = Draft::new(kernel.audit(&self.caller, kernel.city(), "test", "install"));
        draft.put(keys::installation(&installation.plugin), &installation, Expect::Any).unwrap();
        kernel.commit(kernel.city(), draft).unwrap();
    }

    /// Every achievement, the oldest first.
    pub(super) fn achievements(&self) -> Vec<AchievementId> {
        let view = self.kernel().snapshot().unwrap();
        let found =
            view.list::<Achievement>(self.kernel().city(), "achievement/", None, 1_000).unwrap();
        found.into_iter().map(|(_, one)| one.id).collect()
    }

    /// Entries of the city's log.
    pub(super) fn head(&self) -> u64 {
        let kernel = self.kernel();
        kernel.snapshot().unwrap().0.head(kernel.city()).unwrap()
    }
}

struct Said<'a> {
    clock: &'a ManualClock,
    pages: Vec<Vec<Item>>,
}

impl Feed for Said<'_> {
    fn next(&mut self, _: &RunView, _: &str) -> Result<FeedStep> {
        self.clock.advance_ms(1);
        if self.pages.is_empty() {
            return Ok(FeedStep::Done { complete: true, warnings: Vec::new() });
        }
        let mut page = Page::default();
        for item in self.pages.remove(0) {
            match item {
                Item::Tombstone { id } => page
                    .tombstones
                    .push(Tombstone { source_id: id.to_string(), datestamp: String::new() }),
                record @ Item::Record { .. } => page.records.push(raw(&record)),
            }
        }
        Ok(FeedStep::Page(page))
    }
}

/// Of the summaries one is long enough to be published, one is short, one too short to be admitted.
fn raw(item: &Item) -> RawRecord {
    let Item::Record { id, title, owner, rights, summary, note } = item else { unreachable!() };
    let long = "本成果面向动力电池回收企业，提出极片无损剥离与补锂修复的短流程工艺，已建成年处理五百吨的中试线，\
                再生正极材料的比容量和循环寿命均达到动力级要求。";
    let summary =
        long.chars().take([usize::MAX, usize::MAX, 30, 5][usize::from(*summary)]).collect();
    let titles = ["磷酸铁锂极片再生技术", "竹材无裂纹展平装备", "水下地形激光测绘方法"];
    let mut fields = vec![
        ("title", of_its_own(titles[usize::from(*title)], *id)),
        ("owner", ["东南大学", "复旦大学"][usize::from(*owner)].to_owned()),
        ("summary", summary),
        ("problem", format!("第{note}种说法：现有工艺能耗高")),
        ("secrecy", "公开".to_owned()),
        ("owner_declaration", "是".to_owned()),
    ];
    fields.extend(rights.iter().map(|right| ("ip", format!("CN1{right:08}A"))));
    let field = |(name, value): (&str, String)| RawField {
        name: name.to_owned(),
        value,
        origin: String::new(),
    };
    RawRecord {
        source_id: id.to_string(),
        fields: fields.into_iter().map(field).collect(),
        ..RawRecord::default()
    }
}

/// Records from the tenth on are of different things, whatever they are called.
fn of_its_own(title: &str, id: u8) -> String {
    if id < 10 { title.to_owned() } else { format!("{title}第{id}号") }
}
