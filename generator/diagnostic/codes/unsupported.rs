//! A tool that witgen builds on doesn't support the input.

codes! { Unsupported;
    NOT_IN_WIT = "not-in-wit":
        "The component is valid, but no WIT world can describe what it imports and exports."
        "Leave out the import or export that the message names. `compose`, `serve` and `publish` need no WIT.";
    UNSUPPORTED_BY_ENGINE = "unsupported-by-engine":
        "The engine that a chain is deployed to can't provide an import, or can't express a setting of `chain.toml`."
        "Change the setting at the place that the message shows, or deploy to an engine that runs `witgen-serve`: `--for kubernetes` or `--for compose`.";
    UNSUPPORTED_BY_WASMTIME = "unsupported-by-wasmtime":
        "wasmtime's `bindgen!` can't generate host bindings for something in the world."
        "Change the items that the message lists, or leave them out of the world.";
    UNSUPPORTED_BY_WIT_BINDGEN = "unsupported-by-wit-bindgen":
        "wit-bindgen can't generate guest bindings for something in the world."
        "Change the items that the message lists, or leave them out of the world.";
}
