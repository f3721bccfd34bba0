// Made by a build script with witgen.
#[path = "{{ path }}"]
pub mod {{ name }};
