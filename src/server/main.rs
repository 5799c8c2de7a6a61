//! Rollcall: an on-prem SCIM appliance in one binary.

mod http;

fn main() {}
