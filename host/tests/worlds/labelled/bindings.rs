//! The bindings of the world in `world.wit`, which wasmtime's `bindgen!` makes.

wasmtime::component::bindgen!({
    path: "tests/worlds/labelled/world.wit",
    world: "witgen:pipes/labelled@0.1.0",
    imports: {
        "drain.[constructor]plug": store | trappable,
        "drain.pull": store | trappable,
        "feed": store | trappable,
        "witgen:pipes/counter@0.1.0.count": store | trappable,
        default: async | trappable,
    },
    exports: { default: async | store },
});
