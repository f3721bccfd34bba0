//! The program `witgen-serve` over real sockets.

mod author;
mod chains;
mod closing;
#[cfg(unix)]
mod code_cache;
mod config;
#[cfg(unix)]
mod config_listeners;
mod config_mistakes;
#[cfg(unix)]
mod config_rates;
#[cfg(unix)]
mod config_reloads;
#[cfg(unix)]
mod config_tracing;
mod hops;
mod instances;
mod limits;
#[cfg(unix)]
mod listeners;
mod load;
mod log;
mod members;
mod metrics;
mod monitoring;
#[cfg(unix)]
mod notify;
mod origin;
mod pool;
mod proxies;
mod proxy_protocol;
mod rates;
#[cfg(unix)]
mod reloads;
mod reports;
mod socket;
mod time;
mod tls;
mod traces;
mod wasi_0_2;
