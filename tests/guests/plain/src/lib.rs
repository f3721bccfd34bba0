//! A component of a world without `wasi:http`: `tests/packages/everything`, with its plain glue.

mod all;
use all::bindings::exports::inner::Guest as Inner;
use all::{Guest, Old, config, dep0_1_0_a, dep0_2_0_a};

struct Component;

impl Guest for Component {
    async fn run(args: Vec<String>) -> Result<(), ()> {
        let points = (dep0_1_0_a::at().x, dep0_2_0_a::at().y);
        all::print(&format!("{points:?}"));
        let known = args.iter().all(|key| config::get(key).is_some());
        if known { Ok(()) } else { Err(()) }
    }
}

impl Inner for Component {
    fn knock(_: &all::types::Door) {}
}

impl Old for Component {
    fn paint(_: &all::types::Door, _: all::Color) {}
}

all::export!(Component);
