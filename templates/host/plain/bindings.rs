//! The bindings of `{{ world }}`, which wasmtime's `bindgen!` makes.

wasmtime::component::bindgen!({
    path: {{ path }},
    world: "{{ world }}",
    imports: { default: async | trappable },
    exports: { default: async },
{%- if !with.is_empty() %}
    with: {
{%- for remapped in with %}
        "{{ remapped.id }}": {{ remapped.krate }}::{{ remapped.line }}::bindings::{{ remapped.module }},
{%- endfor %}
    },
{%- endif %}
});
