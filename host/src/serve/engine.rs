//! The engine, with preallocated memory for instances.

use tracing::info;
use wasmtime::{Engine, InstanceAllocationStrategy, PoolingAllocationConfig};
use witgen_serve::proxy;

use super::args::Args;

/// The maximum per member of a chain, as Rust and wit-component make components.
const CORE_INSTANCES_PER_MEMBER: u32 = 6;
const MEMORIES_PER_MEMBER: u32 = 1;
const TABLES_PER_MEMBER: u32 = 3;
/// Each memory reserves 4 GiB of the process's address space.
const MAX_MEMORIES: u32 = 8000;
const MAX_STACKS: u32 = 20_000;
/// Enough for most components, which have a few thousand functions that are called by pointers.
const MAX_TABLE_ELEMENTS: usize = 100_000;

/// Returns an engine that preallocates memory for as many instances as may exist. If the system doesn't have the address
/// space for that, each instance allocates its own, which takes longer.
///
/// # Errors
///
/// If wasmtime doesn't support this machine.
pub fn engine(args: &Args) -> wasmtime::Result<Engine> {
    let mut config = proxy::config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(args)));
    Engine::new(&config).or_else(|error| {
        info!(target: "server", "instances get their memory one by one: {error:#}");
        Engine::new(&proxy::config())
    })
}

fn pool(args: &Args) -> PoolingAllocationConfig {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let instances = number(args.max_instances);
    let members = args.members.len() + args.hops.len();
    // A service of side calls has an instance for each member that calls it.
    let components = members.saturating_mul(1 + args.clients.len());
    let parts = instances.saturating_mul(number(components));
    // An instance may handle as many requests again for clients that have gone.
    let calls = instances.saturating_mul(number(args.instance_concurrency)).saturating_mul(2);
    let mut pool = PoolingAllocationConfig::default();
    // Members of one component are one instance of it; services of WASI 0.2 run beside it.
    pool.total_component_instances(parts)
        .total_core_instances(parts.saturating_mul(CORE_INSTANCES_PER_MEMBER))
        .total_memories(parts.saturating_mul(MEMORIES_PER_MEMBER).min(MAX_MEMORIES))
        .total_tables(parts.saturating_mul(TABLES_PER_MEMBER))
        .total_stacks(calls.min(MAX_STACKS))
        .table_elements(MAX_TABLE_ELEMENTS)
        .max_memory_size(usize::try_from(args.max_memory.as_u64()).unwrap_or(usize::MAX));
    pool
}
