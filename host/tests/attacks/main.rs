//! Clients that use up what a server has, and whether others notice. Attacker and victim run together, for two seconds or
//! as long as `WITGEN_ATTACK_SECONDS` says.
#![cfg(target_os = "linux")]

mod files;
mod frames;
mod peers;
mod rates;
mod resets;
mod stalled;
