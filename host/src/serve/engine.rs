//! The engine, with the memory of instances kept ready.

use tracing::info;
use wasmtime::{Engine, InstanceAllocationStrategy, PoolingAllocationConfig};
use witgen_serve::proxy;

use super::args::Args;

/// What a member of a chain has at most, as Rust and wit-component make components: core instances, memories, tables.
const CORE_INSTANCES: u32 = 6;
const MEMORIES: u32 = 1;
const TABLES: u32 = 3;
/// Each memory takes four gigabytes of addresses, and a process has a hundred thousand and some.
const MOST_MEMORIES: u32 = 8000;
const MOST_STACKS: u32 = 20_000;
/// Of functions that are called by pointers, most components have a few thousand.
const TABLE_ELEMENTS: usize = 100_000;

/// An engine that has a place ready for each instance that there may be. Where the system doesn't give it the addresses
/// for that, instances get theirs one by one, which takes longer.
///
/// # Errors
///
/// What wasmtime can't do on this machine.
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
    let parts = instances.saturating_mul(number(args.members.len()));
    let calls = instances.saturating_mul(number(args.instance_concurrency));
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(instances)
        .total_core_instances(parts.saturating_mul(CORE_INSTANCES))
        .total_memories(parts.saturating_mul(MEMORIES).min(MOST_MEMORIES))
        .total_tables(parts.saturating_mul(TABLES))
        .total_stacks(calls.min(MOST_STACKS))
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(usize::try_from(args.max_memory.as_u64()).unwrap_or(usize::MAX));
    pool
}
