//! The engine, with preallocated memory for instances.

use std::sync::{Arc, LazyLock};
use std::thread;

use tracing::info;
use wasmtime::{Engine, InstanceAllocationStrategy, PoolingAllocationConfig};
use witgen::diagnostic::{Diagnostic, Failure, codes};
use witgen_serve::proxy;
use witgen_serve::server::ServerLimits;

use super::settings::{ChainSettings, ChainSource};

/// The maximum per member of a chain, as Rust and wit-component make components.
const CORE_INSTANCES_PER_MEMBER: u32 = 6;
const MEMORIES_PER_MEMBER: u32 = 1;
const TABLES_PER_MEMBER: u32 = 3;
/// Each memory reserves 4 GiB of the process's address space.
const MAX_MEMORIES: u32 = 8000;
/// Each takes a system call of 2 µs when the server starts.
const MAX_STACKS: u32 = 20_000;
/// A chain that was composed beforehand is one file with several components.
const MIN_COMPONENTS_WITH_STACKS: u32 = 4;
/// Enough for most components, which have a few thousand functions that are called by pointers.
const MAX_TABLE_ELEMENTS: usize = 100_000;

/// The numbers that an engine preallocates memory for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Components of all instances, each of which may have a memory of its own.
    parts: u32,
    /// The stacks on which components run.
    stacks: u32,
    max_memory: u64,
}

impl Capacity {
    /// Returns what the chains need together in a server with these limits.
    pub fn of(chains: &[ChainSettings], limits: &ServerLimits) -> Self {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let parts = chains.iter().map(|chain| {
            let instances = number(chain.args.max_instances);
            instances.saturating_mul(number(components(chain)))
        });
        let longest =
            chains.iter().map(|chain| number(components(chain))).max().unwrap_or_default();
        let instances = chains.iter().map(|chain| number(chain.args.max_instances));
        let instances = instances.fold(0, u32::saturating_add);
        let busy = instances.min(number(limits.handled()));
        // A component that blocks in an import keeps its stack, and nothing else enters it meanwhile: exports that are lifted
        // with `async` but without a callback aren't enabled. An idle instance keeps a stack, too.
        let stacks = busy.saturating_mul(longest.max(MIN_COMPONENTS_WITH_STACKS));
        let stacks = stacks.saturating_add(instances);
        let memories = chains.iter().map(|chain| chain.args.max_memory.as_u64());
        Capacity {
            parts: parts.fold(0, u32::saturating_add),
            stacks: stacks.min(MAX_STACKS),
            max_memory: memories.max().unwrap_or_default(),
        }
    }

    /// Returns a capacity for twice as many components, so that a reload may add members: a second engine rarely finds memory
    /// beside the first one.
    pub fn with_room(self) -> Self {
        Capacity {
            parts: self.parts.saturating_mul(2),
            stacks: self.stacks.saturating_mul(2).min(MAX_STACKS),
            ..self
        }
    }

    /// Whether an engine of this capacity can also run chains that need another one.
    pub fn covers(&self, other: &Capacity) -> bool {
        self.parts >= other.parts
            && self.stacks >= other.stacks
            && self.max_memory >= other.max_memory
    }
}

/// Returns how many components an instance of a chain may consist of.
fn components(chain: &ChainSettings) -> usize {
    let args = &chain.args;
    let members = args.members.len() + args.hops.len();
    // A service of side calls has an instance for each member that calls it.
    let clients = match &chain.source {
        ChainSource::Arguments => args.clients.len(),
        ChainSource::File(file, name) => {
            let contents = file.contents();
            let members = contents.members_of(name).into_iter();
            let members = members.filter_map(|name| contents.members.get(name));
            members.filter(|member| member.clients.is_some()).count()
        }
    };
    members.saturating_mul(1 + clients)
}

/// An engine that is made while members are read and linked: preparing its memory takes about as long.
#[derive(Clone)]
pub struct SharedEngine(Arc<LazyLock<MadeEngine, MakeEngine>>);

type MadeEngine = Result<Engine, Failure>;
type MakeEngine = Box<dyn FnOnce() -> MadeEngine + Send>;

impl SharedEngine {
    /// Begins to make an engine on another thread.
    pub fn begin(capacity: Capacity) -> Self {
        let make: MakeEngine = Box::new(move || engine(capacity));
        let shared = SharedEngine(Arc::new(LazyLock::new(make)));
        let begun = shared.clone();
        // Without a thread, the first one who needs the engine makes it.
        let _ = thread::Builder::new().spawn(move || begun.get().is_ok());
        shared
    }

    /// Waits for the engine.
    ///
    /// # Errors
    ///
    /// If wasmtime doesn't support this machine.
    pub fn get(&self) -> Result<&Engine, Failure> {
        LazyLock::force(&self.0).as_ref().map_err(Clone::clone)
    }
}

/// Returns an engine that preallocates memory for as many instances as may exist. If the system doesn't have the address
/// space for that, each instance allocates its own, which takes longer.
///
/// # Errors
///
/// If wasmtime doesn't support this machine.
fn engine(capacity: Capacity) -> Result<Engine, Failure> {
    let mut config = proxy::config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(capacity)));
    let engine = Engine::new(&config).or_else(|error| {
        info!(target: "server", "no memory pool, so each instance allocates its own memory: {error:#}");
        Engine::new(&proxy::config())
    });
    engine.map_err(|error| {
        let message = format!("wasmtime cannot be started: {error:#}");
        Diagnostic::error(codes::NO_ENGINE, message).into()
    })
}

fn pool(capacity: Capacity) -> PoolingAllocationConfig {
    let Capacity {
        parts,
        stacks,
        max_memory,
    } = capacity;
    let mut pool = PoolingAllocationConfig::default();
    // Members of one component are one instance of it; services of WASI 0.2 run beside it.
    pool.total_component_instances(parts)
        .total_core_instances(parts.saturating_mul(CORE_INSTANCES_PER_MEMBER))
        .total_memories(parts.saturating_mul(MEMORIES_PER_MEMBER).min(MAX_MEMORIES))
        .total_tables(parts.saturating_mul(TABLES_PER_MEMBER))
        .total_stacks(stacks)
        .table_elements(MAX_TABLE_ELEMENTS)
        .max_memory_size(usize::try_from(max_memory).unwrap_or(usize::MAX));
    pool
}
