//! No component: the parts of the glue that need no wasm, tested from the inside.
#![cfg(all(test, not(target_arch = "wasm32")))]
#![allow(dead_code, unused_imports)]

#[path = "../../pass/src/proxy/bindings.rs"]
#[rustfmt::skip]
#[allow(unused, clippy::all)]
mod bindings;
#[path = "../../pass/src/proxy/body.rs"]
mod body;
#[path = "../../pass/src/proxy/fields.rs"]
mod fields;
#[path = "../../pass/src/proxy/testing.rs"]
mod testing;

use bindings::wasi::http::types::ErrorCode;
use body::Body;

type Request = http::Request<Body>;
type Response = http::Response<Body>;

mod bodies;
mod field_sections;
