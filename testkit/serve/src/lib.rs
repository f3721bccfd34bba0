//! What the tests of `witgen-serve` share: the components of `tests/guests` in a host, over the network, and in
//! the program `witgen-serve`.
//!
//! | module | purpose |
//! |---|---|
//! | [`network`] | clients and servers around a component, with TLS |
//! | [`serve`] | runs `witgen-serve` |
//! | [`tls`] | TLS configurations |
//! | [`watched`] | observes the instances of a component |

use std::collections::BTreeMap;
use std::fs;
use std::sync::{LazyLock, Mutex};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use testkit::guests;
use wasmtime::component::Component;
use wasmtime::{Engine, OptLevel, RegallocAlgorithm};
use witgen_serve::proxy::{Builder, Proxy, Response, config};

pub mod network;
pub mod serve;
pub mod tls;
pub mod watched;

pub use testkit::guests::package;

/// The engine of all tests of a program. It compiles fast, not well.
pub static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut config = config();
    config.cranelift_opt_level(OptLevel::None);
    config.cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass);
    Engine::new(&config).unwrap()
});

/// Builds the component of this name.
pub fn component(name: &str) -> Vec<u8> {
    let module = fs::read(guests::core_module(name)).unwrap();
    witgen::component::encode(&module, &[]).unwrap()
}

/// Returns the names of all components that can be served.
pub fn guest_names() -> Vec<&'static str> {
    let with_glue = guests::GUESTS.iter().map(|guest| guest.name);
    // It is one of WASI 0.2.
    with_glue.chain(["legacy"]).collect()
}

/// Returns a builder for the component of this name, which is compiled once.
pub fn builder(name: &str) -> Builder<'static> {
    static COMPILED: Mutex<BTreeMap<String, &'static Component>> = Mutex::new(BTreeMap::new());
    let mut compiled = COMPILED.lock().unwrap();
    let component = *compiled.entry(name.to_owned()).or_insert_with(|| {
        let component = Component::new(&ENGINE, component(name)).unwrap();
        Box::leak(Box::new(component))
    });
    Proxy::builder(&ENGINE, component).on_failure(|error| eprintln!("{error:?}"))
}

/// Reads a body of text to its end.
pub async fn text<B>(body: B) -> String
where
    B: http_body::Body,
    B::Error: std::fmt::Debug,
{
    let bytes = body.collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.into()).unwrap()
}

/// Reads a response's body to its end.
pub async fn content(response: Response) -> Bytes {
    response.into_body().collect().await.unwrap().to_bytes()
}
