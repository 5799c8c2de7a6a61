//! Rollcall: an on-prem SCIM appliance in one binary.

fn main() {}
