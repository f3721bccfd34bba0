//! The bindings of the world in `world.wit`, which wasmtime's `bindgen!` makes.

wasmtime::component::bindgen!({
    path: "tests/worlds/edge/imports/world.wit",
    world: "acme:edge/edge@1.0.0",
    imports: { default: async | trappable },
    exports: { default: async },
});
