//! The bindings of the world in `world.wit`, which wasmtime's `bindgen!` makes.

wasmtime::component::bindgen!({
    path: "tests/worlds/all/world.wit",
    world: "witgen:everything/all@1.2.0",
    imports: {
        "witgen:everything/types@1.2.0.look": store | trappable,
        default: async | trappable,
    },
    exports: { default: async | store },
});
