//! The bindings of the world in `world.wit`, which wasmtime's `bindgen!` makes.

wasmtime::component::bindgen!({
    path: {{ path }},
{%- if let Some(world) = world %}
    world: "{{ world }}",
{%- endif %}
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
