//! The components of the suite, made from the scripted guest.

use semver::Version as Semver;

use super::case::{Kind, StepEntry, Version, script};
use crate::compose::{Chain, Form, Member, Target};
use crate::diagnostic::Result;

const SERVICE: &[u8] = include_bytes!("../../conformance/components/service.wasm");
const PROXY: &[u8] = include_bytes!("../../conformance/components/proxy.wasm");
const ROUTER: &[u8] = include_bytes!("../../conformance/components/router.wasm");
const WASI_0_2: &[u8] = include_bytes!("../../conformance/components/wasi-0.2.wasm");

/// Where the guest has room for a script of its own, which blanks follow.
const MARK: &[u8] = b"conform-baked-script:";

/// The script of the proxies of chains: they pass the request itself on, and return the response itself.
const PASS: &str = "chain;pass request";

/// The scripts of the services behind a component with two next hops: they return the content, and say who they are.
const PRIMARY: &str = "primary;body,trailers:request.consume-body request;fields:fields.from-list [[x-hop|primary]];\
                       made,sent:response.new fields body trailers;return made";
const FALLBACK: &str = "fallback;body,trailers:request.consume-body request;fields:fields.from-list [[x-hop|fallback]];\
                        made,sent:response.new fields body trailers;return made";

/// Makes a component of the suite.
///
/// # Errors
///
/// None, unless the components that this program contains can't be linked.
pub fn component(kind: Kind, version: Version) -> Result<Vec<u8>> {
    let chain = match (kind, version) {
        // There is only one version of it.
        (Kind::Wasi02, _) => return Ok(WASI_0_2.to_vec()),
        (Kind::Service, Version::Here) => return Ok(SERVICE.to_vec()),
        (Kind::Proxy, Version::Here) => return Ok(PROXY.to_vec()),
        (Kind::Service, _) => line(&[("service", SERVICE)])?,
        // The released version has no `origin`.
        (Kind::Proxy, _) => line(&[("proxy", PROXY)])?.present_as(Form::Middleware),
        (Kind::Chain, _) => line(&[("pass", &bake(PASS)), ("service", SERVICE)])?,
        (Kind::ChainOfEight, _) => {
            const NAMES: [&str; 7] = ["one", "two", "three", "four", "five", "six", "seven"];
            let proxy = bake(PASS);
            let proxies = NAMES.map(|name| (name, proxy.as_slice()));
            line(&[&proxies[..], &[("service", SERVICE)]].concat())?
        }
        (Kind::ChainWithLabels, _) => chain_with_labels()?,
    };
    let chain = match version {
        Version::Released => chain.wasi_version(Semver::new(0, 3, 0)),
        Version::Here => chain,
    };
    Ok(chain.compose()?.component)
}

fn line(members: &[(&str, &[u8])]) -> Result<Chain> {
    let members = members.iter().map(|(name, component)| Member::new(*name, component));
    Chain::new(members.collect::<Result<_>>()?)
}

/// Links one next hop to a service, and the other one to a proxy that is linked to another service.
fn chain_with_labels() -> Result<Chain> {
    let to = |name: &str| Target::Member(name.to_owned());
    line(&[("router", ROUTER)])?
        .with_member(Member::new("first", &bake_into(SERVICE, PRIMARY))?)?
        .with_member(Member::new("pass", &bake(PASS))?)?
        .with_member(Member::new("second", &bake_into(SERVICE, FALLBACK))?)?
        .hop("router", Some("primary"), to("first"))?
        .hop("router", Some("fallback"), to("pass"))?
        .hop("pass", None, to("second"))
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
