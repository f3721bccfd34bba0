//! A tool that witgen builds on doesn't support the input.

codes! { Unsupported;
    UNSUPPORTED_BY_WASMTIME = "unsupported-by-wasmtime":
        "wasmtime's `bindgen!` can't generate host bindings for something in the world."
        "Change the items that the message lists, or leave them out of the world.";
    UNSUPPORTED_BY_WIT_BINDGEN = "unsupported-by-wit-bindgen":
        "wit-bindgen can't generate guest bindings for something in the world."
        "Change the items that the message lists, or leave them out of the world.";
}
