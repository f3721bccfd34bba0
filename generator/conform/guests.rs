//! The components of the suite, made from the scripted guest.

use semver::Version as Semver;

use super::case::{Kind, StepEntry, Version, script};
use crate::compose::{Chain, Form, Member};
use crate::diagnostic::Result;

const SERVICE: &[u8] = include_bytes!("../../conformance/components/service.wasm");
const PROXY: &[u8] = include_bytes!("../../conformance/components/proxy.wasm");
const WASI_0_2: &[u8] = include_bytes!("../../conformance/components/wasi-0.2.wasm");

/// Where the guest has room for a script of its own, which blanks follow.
const MARK: &[u8] = b"conform-baked-script:";

/// The script of the proxies of chains: they pass the request itself on, and return the response itself.
const PASS: &str = "chain;pass request";

/// Makes a component of the suite.
///
/// # Errors
///
/// None, unless the components that this program contains can't be linked.
pub fn component(kind: Kind, version: Version) -> Result<Vec<u8>> {
    let line = match kind {
        // There is only one version of it.
        Kind::Wasi02 => return Ok(WASI_0_2.to_vec()),
        Kind::Service => vec![("service", SERVICE.to_vec())],
        Kind::Proxy => vec![("proxy", PROXY.to_vec())],
        Kind::Chain => vec![("pass", bake(PASS)), ("service", SERVICE.to_vec())],
        Kind::ChainOfEight => {
            const NAMES: [&str; 7] = ["one", "two", "three", "four", "five", "six", "seven"];
            let proxies = NAMES.into_iter().map(|name| (name, bake(PASS)));
            proxies.chain([("service", SERVICE.to_vec())]).collect()
        }
    };
    if let ([(_, only)], Version::Here) = (line.as_slice(), version) {
        return Ok(only.clone());
    }
    let members = line.into_iter().map(|(name, component)| Member::new(name, &component));
    let mut chain = Chain::new(members.collect::<Result<_>>()?)?;
    if version == Version::Released {
        chain = chain.wasi_version(Semver::new(0, 3, 0));
        // That version has no `origin`.
        if kind == Kind::Proxy {
            chain = chain.present_as(Form::Middleware);
        }
    }
    Ok(chain.compose()?.component)
}

/// Builds a proxy that runs these steps for each request, without a script in the request.
pub fn scripted_proxy(steps: &[StepEntry]) -> Vec<u8> {
    bake(&script("baked", steps, &str::to_owned))
}

/// Makes a service that runs these steps for each request.
pub fn scripted_service(steps: &[StepEntry]) -> Vec<u8> {
    bake_into(SERVICE, &script("baked", steps, &str::to_owned))
}

fn bake(script: &str) -> Vec<u8> {
    bake_into(PROXY, script)
}

fn bake_into(component: &[u8], script: &str) -> Vec<u8> {
    let mut component = component.to_vec();
    let at = component.windows(MARK.len()).position(|bytes| bytes == MARK);
    let start = at.map_or(component.len(), |at| at + MARK.len());
    let room = component[start..].iter_mut().take_while(|byte| **byte == b' ');
    for (place, byte) in room.zip(script.bytes()) {
        *place = byte;
    }
    component
}
