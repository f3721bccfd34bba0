//! The bindings of `acme:edge/edge@1.0.0`, which wasmtime's `bindgen!` makes.

wasmtime::component::bindgen!({
    path: "tests/worlds/edge/imports/world.wit",
    world: "acme:edge/edge@1.0.0",
    imports: { default: async | trappable },
    exports: { default: async },
});
