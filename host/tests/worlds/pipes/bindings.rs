//! The bindings of the world in `world.wit`, which wasmtime's `bindgen!` makes.

wasmtime::component::bindgen!({
    path: "tests/worlds/pipes/world.wit",
    world: "witgen:pipes/pipes@0.1.0",
    imports: {
        "witgen:pipes/tank@0.1.0.[method]source.numbers": store | trappable,
        default: async | trappable,
    },
    exports: { default: async | store },
});
