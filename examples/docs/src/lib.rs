//! Examples for the pages of the specification: each page shows what is between the markers of its items.
#![allow(dead_code, reason = "nothing calls examples")]

mod plain;
mod proxy;

mod client;
mod handler;
mod origin;
mod types;
mod worlds;
