//! The bindings of the world in `world.wit`, which wasmtime's `bindgen!` makes.

wasmtime::component::bindgen!({
    path: "tests/worlds/all/world.wit",
    world: "witgen:everything/all@1.2.0",
    imports: { default: async | trappable },
    exports: { default: async },
});
