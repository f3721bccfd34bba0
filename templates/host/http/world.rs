//! The world, by the names in it.

use super::runtime::{Peer, World};

/// The world, as the runtime needs it.
#[rustfmt::skip]
pub(super) static WORLD: World = World::new("{{ glue.world }}", "{{ glue.handler }}")
    .imports(&[
{%- for import in glue.imports %}
        "{{ import }}",
{%- endfor %}
    ])
    .wasi(&[
{%- for package in glue.wasi %}
        "{{ package }}",
{%- endfor %}
    ])
    .peers(&[
{%- for hop in glue.hops %}
        Peer::{% if hop.is_side_call %}side_call{% else %}next_hop{% endif %}("{{ hop.name }}", "{{ hop.import }}", "{{ hop.function }}"),
{%- endfor %}
    ]){% if glue.has_other_imports() %}
    .link(super::imports::add_to_linker){% endif %};
