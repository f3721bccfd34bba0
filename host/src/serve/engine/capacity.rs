//! How much memory an engine preallocates.

use wasmtime::PoolingAllocationConfig;
use witgen::compose::{Chain, Member};
use witgen_serve::server::ServerLimits;

use super::components;
use crate::serve::args::Args;

/// The maximum per component, as Rust and wit-component make components.
const CORE_INSTANCES_PER_COMPONENT: u32 = 6;
const MEMORIES_PER_COMPONENT: u32 = 1;
const TABLES_PER_COMPONENT: u32 = 3;
/// Each memory reserves 4 GiB of the process's address space.
const MAX_MEMORIES: u32 = 8000;
/// Each takes a system call of 2 µs when the server starts.
const MAX_STACKS: u32 = 20_000;
/// Enough for most components, which have a few thousand functions that are called by pointers.
const MAX_TABLE_ELEMENTS: usize = 100_000;

/// The numbers that an engine preallocates memory for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capacity {
    /// Components of all instances, each of which may have a memory of its own.
    components: u32,
    /// The stacks on which components run.
    stacks: u32,
    max_memory: u64,
}

impl Capacity {
    /// Returns what the chains need together, each with its options, in a server with these limits.
    pub fn of<'a>(
        chains: impl IntoIterator<Item = (&'a Args, &'a Chain)>,
        limits: &ServerLimits,
    ) -> Self {
        let (mut instances, mut stores, mut longest) = (0_u32, 0_u32, 0);
        let mut capacity = Capacity::default();
        for (args, chain) in chains {
            let (most, components) = (number(args.max_instances), components(chain));
            instances = instances.saturating_add(most);
            stores = stores.saturating_add(most.saturating_mul(stores_of(chain)));
            longest = longest.max(components);
            // Those that reject requests have a memory, too, but don't block.
            let all = components.saturating_add(number(chain.denials()));
            capacity.components = capacity.components.saturating_add(most.saturating_mul(all));
            capacity.max_memory = capacity.max_memory.max(args.max_memory.as_u64());
        }
        // A component that blocks in an import keeps its stack, and wasmtime lets nothing else enter it meanwhile: `proxy::config`
        // doesn't enable exports that are lifted with `async` but without a callback. An idle store keeps a stack, too.
        let busy = instances.min(number(limits.handled()));
        let stacks = busy.saturating_mul(longest).saturating_add(stores);
        Capacity {
            stacks: stacks.min(MAX_STACKS),
            ..capacity
        }
    }

    /// Returns a capacity for twice as many components, so that a reload may add members: a second engine rarely finds memory
    /// beside the first one.
    pub fn with_room(self) -> Self {
        Capacity {
            components: self.components.saturating_mul(2),
            stacks: self.stacks.saturating_mul(2).min(MAX_STACKS),
            ..self
        }
    }

    /// Whether an engine of this capacity can also run chains that need another one.
    pub fn covers(&self, other: &Capacity) -> bool {
        self.components >= other.components
            && self.stacks >= other.stacks
            && self.max_memory >= other.max_memory
    }

    /// Returns the configuration of an engine's memory.
    pub(super) fn pool(self) -> PoolingAllocationConfig {
        let Capacity {
            components,
            stacks,
            max_memory,
        } = self;
        let mut pool = PoolingAllocationConfig::default();
        // Members of one component are one instance of it; services of WASI 0.2 run beside it.
        pool.total_component_instances(components)
            .total_core_instances(components.saturating_mul(CORE_INSTANCES_PER_COMPONENT))
            .total_memories(components.saturating_mul(MEMORIES_PER_COMPONENT).min(MAX_MEMORIES))
            .total_tables(components.saturating_mul(TABLES_PER_COMPONENT))
            .total_stacks(stacks)
            .table_elements(MAX_TABLE_ELEMENTS)
            .max_memory_size(usize::try_from(max_memory).unwrap_or(usize::MAX));
        pool
    }
}

/// Returns how many stores an instance of a chain may consist of: what the host links runs in one of its own.
fn stores_of(chain: &Chain) -> u32 {
    let all = || chain.members().iter().chain(chain.services());
    let is_wasi_0_2 = |member: &Member| {
        member.is_wasi_0_2() || member.side_calls().any(|call| call.is_wasi_0_2())
    };
    if all().any(is_wasi_0_2) {
        number(all().count())
    } else {
        1
    }
}

/// Returns how many components an instance of a chain may consist of.
fn components(chain: &Chain) -> u32 {
    let number_of = |member: &Member| components::count(member.component());
    let add = |sum: u32, member| sum.saturating_add(number_of(member));
    let members = chain.members().iter().fold(0, add);
    // A service of side calls has an instance for each member that calls it.
    let services = chain.services().fold(0, add);
    services.saturating_mul(number(chain.members().len())).saturating_add(members)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
