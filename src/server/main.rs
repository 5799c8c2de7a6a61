//! Rollcall: an on-prem SCIM appliance in one binary.

mod data;
mod http;
mod tls;
mod world;

fn main() {}
