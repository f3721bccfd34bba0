//! The bindings of the world in `world.wit`, which wasmtime's `bindgen!` makes.

wasmtime::component::bindgen!({
    path: {{ path }},
{%- if let Some(world) = world %}
    world: "{{ world }}",
{%- endif %}
    imports: {% if imports.is_empty() %}{ default: async | trappable }{% else %}{
{%- for function in imports %}
        "{{ function }}": store | trappable,
{%- endfor %}
        default: async | trappable,
    }{% endif %},
    exports: { default: async{% if exports_need_store %} | store{% endif %} },
{%- if !with.is_empty() %}
    with: {
{%- for remapped in with %}
        "{{ remapped.id }}": {{ remapped.path }},
{%- endfor %}
    },
{%- endif %}
{%- if !derives.is_empty() %}
    additional_derives: [
{%- for derive in derives %}
        {{ derive }},
{%- endfor %}
    ],
{%- endif %}
});
