//! Examples for the pages of the specification, which show the code between the markers of an item.
#![allow(dead_code, reason = "nothing calls examples")]

mod plain;
mod proxy;

mod client;
mod handler;
mod origin;
mod types;
mod worlds;
