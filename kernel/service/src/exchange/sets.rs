//! The sets of an achievement: what it is, districts, niche pools, organisations, industry chains.
//!
//! A set is named by a kind, a full stop and what it is: without hierarchy, so that no set has
//! members that another one's list must repeat. Names that are no `setSpec` stand in it by their
//! digest.

use std::collections::BTreeMap;

use taihu_model::{Achievement, Digest, Pool, PoolSlug, Tenant, TenantSlug};

use super::OutputKind;
use crate::error::Result;
use crate::follow::chains;
use crate::kernel::{Kernel, View};
use crate::limits::OFFER_SETS_MAX;

/// What sets are named after.
pub(super) struct Names {
    /// Districts: tenants that are divisions of the city.
    districts: BTreeMap<TenantSlug, String>,
    /// Niche pools, with their tenants.
    pools: BTreeMap<PoolSlug, (TenantSlug, String)>,
}

impl Names {
    pub(super) fn read(kernel: &Kernel, view: &View) -> Result<Self> {
        let city = &kernel.city;
        let tenants = view.list::<Tenant>(city, "tenant/", None, 10_000)?.into_iter();
        // 南太湖新区 has no code, and is a district all the same.
        let seeded =
            |slug: &TenantSlug| Tenant::HUZHOU.iter().any(|(one, ..)| *one == slug.as_str());
        let districts = tenants
            .map(|(_, tenant)| tenant)
            .filter(|tenant| tenant.slug != *city)
            .filter(|tenant| tenant.division_code.is_some() || seeded(&tenant.slug))
            .map(|tenant| (tenant.slug, tenant.name))
            .collect();
        let pools = view.list::<Pool>(city, "pool/", None, 10_000)?.into_iter();
        let pools =
            pools.map(|(_, pool)| (pool.slug, (pool.tenant, pool.description.label.zh))).collect();
        Ok(Self { districts, pools })
    }

    /// `setSpec` and `setName` of every set that an achievement in these pools is in; of very many
    /// the first [`OFFER_SETS_MAX`].
    pub(super) fn sets(&self, record: &Achievement, pools: &[PoolSlug]) -> Vec<(String, String)> {
        let kind = OutputKind::of(&record.facts);
        let mut sets = BTreeMap::from([(kind.set().to_owned(), kind.set_name().to_owned())]);
        let mut add = |kind: &str, key: &str, name: &str| {
            if sets.len() < OFFER_SETS_MAX {
                sets.insert(format!("{kind}.{}", spec(key)), name.to_owned());
            }
        };
        let mut district = |slug: &TenantSlug| {
            if let Some(name) = self.districts.get(slug) {
                add("district", slug.as_str(), name);
            }
        };
        district(&record.tenant);
        for pool in pools {
            if let Some((tenant, _)) = self.pools.get(pool) {
                district(tenant);
            }
        }
        for pool in pools {
            let name = self.pools.get(pool).map_or(pool.as_str(), |(_, name)| name);
            add("pool", pool.as_str(), name);
        }
        for chain in chains(record) {
            add("chain", &chain, &chain);
        }
        for owner in &record.facts.owners {
            add("org", owner, owner);
        }
        sets.into_iter().collect()
    }
}

/// A name as part of a `setSpec`: as it is if it is short and plain, else its digest.
fn spec(name: &str) -> String {
    let plain =
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if plain && (1..=48).contains(&name.len()) {
        return name.to_owned();
    }
    let mut digest = Digest::of(taihu_model::normalise(name).as_bytes()).to_string();
    digest.truncate(16);
    digest
}

/// Whether a text can be a `setSpec`.
pub(super) fn is_spec(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte))
    };
    text.split(':').all(part)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_achievement_is_in_the_sets_of_what_it_is_where_it_is_and_whose_it_is() {
        let slug = |text: &str| text.parse::<TenantSlug>().unwrap();
        let pool: PoolSlug = "changxing-newenergy".parse().unwrap();
        let districts = [("deqing", "德清县"), ("changxing", "长兴县")];
        let names = Names {
            districts: districts.map(|(one, name)| (slug(one), name.to_owned())).into(),
            pools: [(pool.clone(), (slug("changxing"), "长兴新能源".to_owned()))].into(),
        };
        let record = json!({
            "id": "ach_01JSG0Z3M8QK5T7V9XA1B2C3D4", "tenant": "deqing", "state": "published", "title": "电池",
            "summary": "", "owners": ["东南大学", "ACME-1"], "created": "2026-05-20T01:00:00Z",
            "updated": "2026-05-20T01:00:00Z", "ext": {"changxing-newenergy": {"chain": ["c36", "新能源"]}},
        });
        let record: Achievement = serde_json::from_value(record).unwrap();
        let sets = names.sets(&record, &[pool]);
        let found: BTreeMap<_, _> =
            sets.iter().map(|(spec, name)| (name.as_str(), spec.as_str())).collect();
        for (name, spec) in [
            ("OpenAIRE_CRIS_publications", "openaire_cris_publications"),
            ("德清县", "district.deqing"),
            ("长兴县", "district.changxing"),
            ("长兴新能源", "pool.changxing-newenergy"),
            ("c36", "chain.c36"),
            ("ACME-1", "org.ACME-1"),
        ] {
            assert_eq!(found.get(name), Some(&spec), "{found:?}");
        }
        assert!(found["东南大学"].starts_with("org.") && found["东南大学"].len() == 20);
        assert!(sets.iter().all(|(spec, _)| is_spec(spec)) && sets.len() == 8, "{sets:?}");
    }
}
