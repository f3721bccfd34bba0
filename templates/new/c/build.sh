#!/bin/sh
# Builds {{ new.name }}.wasm. WIT_BINDGEN and CC name other programs than those of the README.
set -eu
cd "$(dirname "$0")"
world={{ new.world }}
${WIT_BINDGEN:-wit-bindgen} c wit --world "$world" --rename-world guest --out-dir bindings
${CC:-venv/bin/python -m ziglang cc} -target wasm32-wasi -mexec-model=reactor -Os -Wall -Ibindings \
    component.c bindings/guest.c bindings/guest_component_type.o -o bindings/core.wasm
witgen component bindings/core.wasm -o {{ new.name }}.wasm --world "$world" --force
