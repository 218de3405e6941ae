//! What `wit/` says, as generated code. Private: nothing outside this crate sees these types.
//!
//! One world of the kernel's own exports every interface, so that each type is generated once;
//! a plugin exports one of them, and only that one's indices are looked up. Types that go in are
//! borrowed, so that lowering copies no string on the host; types that come out are owned.

wasmtime::component::bindgen!({
    path: "../../wit",
    inline: "
        package taihu:kernel;
        world every {
            import taihu:plugin/log@0.1.0;
            export taihu:plugin/scoring@0.1.0;
            export taihu:plugin/classifying@0.1.0;
            export taihu:plugin/harvesting@0.1.0;
        }
    ",
    world: "taihu:kernel/every",
    ownership: Borrowing { duplicate_if_necessary: true },
});
