//! A kernel with a few achievements and an endpoint.

use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use serde_json::json;
use taihu_model::{Achievement, AchievementId, NeedFacts};
use taihu_sandbox::{Sandbox, SandboxOptions};
use taihu_store::{Engine, EngineOptions, Expect};

use super::server::Endpoint;
use crate::embedding::vector::Kept;
use crate::kernel::Draft;
use crate::{
    Caller, Compiler, EmbeddingOptions, Gate, Kernel, ManualClock, Parts, Ranking, Secret, keys,
};

/// What every achievement says, and the need asks for: so all are candidates.
const COMMON: &str = "已建成年处理五百吨的中试线，综合成本降低三成";

pub(super) struct Town {
    kernel: Option<Kernel>,
    pub(super) endpoint: Endpoint,
    options: EmbeddingOptions,
    pub(super) clock: Arc<ManualClock>,
    pub(super) caller: Caller,
    dir: tempfile::TempDir,
}

impl Town {
    /// Three achievements: about old batteries in the need's words, about silkworms with a word of
    /// the need's, and about old batteries in other words.
    pub(super) fn new() -> Self {
        Self::with(|options| options)
    }

    /// The same with other options.
    pub(super) fn with(change: impl FnOnce(EmbeddingOptions) -> EmbeddingOptions) -> Self {
        let endpoint = Endpoint::start();
        let options = change(EmbeddingOptions {
            loopback: true,
            key: Secret::new("sk-very-secret\n"),
            ..EmbeddingOptions::new(&endpoint.url, "subjects")
        });
        let clock = Arc::new(ManualClock::new("2026-05-20T01:00:00Z".parse().unwrap()));
        let dir = tempfile::tempdir().unwrap();
        let kernel = open(&dir, &clock, &options);
        let caller = Caller::console(kernel.city().clone());
        let town = Self { kernel: Some(kernel), endpoint, options, clock, caller, dir };
        town.put(1, "旧电池怎样再用的成套工艺", "published");
        town.put(2, "桑蚕怎样喂养", "published");
        town.put(3, "报废蓄能单元之二次服役", "published");
        town
    }

    pub(super) fn kernel(&self) -> &Kernel {
        self.kernel.as_ref().unwrap()
    }

    /// Falls and opens again.
    pub(super) fn fall(&mut self) {
        drop(self.kernel.take());
        self.kernel = Some(open(&self.dir, &self.clock, &self.options));
    }

    pub(super) fn put(&self, n: u128, title: &str, state: &str) {
        let kernel = self.kernel();
        let record = json!({
            "id": id(n), "tenant": "city", "state": state, "title": title, "summary": COMMON,
            "owners": ["东南大学"], "secrecy": "public", "created": kernel.now(),
            "updated": kernel.now(),
        });
        let record: Achievement = serde_json::from_value(record).unwrap();
        let mut draft = Draft::new(kernel.audit(&self.caller, kernel.city(), "test", "put"));
        draft.put(keys::achievement(&record.id), &record, Expect::Any).unwrap();
        kernel.commit(kernel.city(), draft).unwrap();
        kernel.catch_up().unwrap();
    }

    pub(super) fn delete(&self, n: u128) {
        let kernel = self.kernel();
        let mut draft = Draft::new(kernel.audit(&self.caller, kernel.city(), "test", "delete"));
        draft.delete(keys::achievement(&id(n)), Expect::Any);
        kernel.commit(kernel.city(), draft).unwrap();
        kernel.catch_up().unwrap();
    }

    /// Makes vectors until there is nothing to do for now.
    pub(super) fn make(&self) {
        while self.kernel().make_vectors().unwrap() > 0 {}
    }

    pub(super) fn kept(&self, n: u128) -> Option<Kept> {
        let kernel = self.kernel();
        let record = kernel.snapshot().unwrap().0.get(kernel.city(), &keys::vector(&id(n)));
        Kept::of_bytes(&record.unwrap()?.value)
    }

    pub(super) fn rank(&self, title: &str) -> Ranking {
        let city = self.kernel().city().clone();
        self.kernel().rank(&self.caller, &city, facts(title)).unwrap()
    }

    /// Which achievements a need finds, the best first.
    pub(super) fn order(&self, title: &str) -> Vec<u128> {
        let named = |found: AchievementId| (1..10).find(|n| id(*n) == found).unwrap();
        self.rank(title).ranked.iter().map(|one| named(one.achievement.id)).collect()
    }
}

/// What the need asks for beyond that, and no achievement says: none is a full answer.
const WANTED: &str = "希望对方派遣工程师驻厂指导一季度，免费培训操作人员，逾期按日赔付违约金，\
                      设备质保至少五年，关键备件库存充足，软件升级免费，验收标准由双方共同商定";

pub(super) fn facts(title: &str) -> NeedFacts {
    NeedFacts {
        title: title.to_owned(),
        problem: format!("{COMMON}。{WANTED}"),
        technical_key: "无损拆解".to_owned(),
        tried: "委托第三方试过湿法".to_owned(),
        base_conditions: "已有年处理千吨的拆解线".to_owned(),
        target_indicators: "循环寿命不低于3000次".to_owned(),
        enterprise: "长兴某电池有限公司".to_owned(),
        ..NeedFacts::default()
    }
}

pub(super) fn id(n: u128) -> AchievementId {
    AchievementId::from_parts("2026-05-20T01:00:00Z".parse().unwrap(), n)
}

fn open(dir: &tempfile::TempDir, clock: &Arc<ManualClock>, embedding: &EmbeddingOptions) -> Kernel {
    let options =
        SandboxOptions { seal_key: [0; 32], pooling: false, compiler: Compiler::InProcess };
    let folder = Dir::open_ambient_dir(dir.path(), ambient_authority()).unwrap();
    let store = Engine::open(&dir.path().join("taihu.redb"), EngineOptions::default()).unwrap();
    Kernel::new(Parts {
        store: Arc::new(store),
        sandbox: Sandbox::new(options).unwrap(),
        clock: Arc::<ManualClock>::clone(clock),
        outbound: Arc::new(Gate),
        cache: folder.try_clone().unwrap(),
        drop: folder.try_clone().unwrap(),
        secrets: folder,
        loopback: false,
        allow_unsigned: true,
        embedding: Some(embedding.clone()),
    })
    .unwrap()
}
