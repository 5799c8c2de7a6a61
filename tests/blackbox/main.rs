//! Black-box tests: they start the real binary and speak to it as a client would.
//!
//! One module per theme; a test carries the id of the row it covers. Each test starts its own server in a
//! folder of its own, so tests share nothing and run in any order.

// `cfg(test)` on each module tells clippy that the helpers are test code too.
#[cfg(test)]
mod answer;
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod client;
#[cfg(test)]
mod local;
#[cfg(test)]
mod server;
#[cfg(test)]
mod values;
#[cfg(test)]
mod wire;

#[cfg(test)]
mod activity;
#[cfg(test)]
mod bad_bodies;
#[cfg(test)]
mod bad_filters;
#[cfg(test)]
mod concurrency;
#[cfg(test)]
mod edges;
#[cfg(test)]
mod entra_discovery;
#[cfg(test)]
mod entra_groups;
#[cfg(test)]
mod entra_patch;
#[cfg(test)]
mod entra_users;
#[cfg(test)]
mod gallery;
#[cfg(test)]
mod group_members;
#[cfg(test)]
mod large_groups;
#[cfg(test)]
mod leniency_groups;
#[cfg(test)]
mod leniency_messages;
#[cfg(test)]
mod leniency_values;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod linear;
#[cfg(test)]
mod nesting;
#[cfg(test)]
mod okta_rows;
#[cfg(test)]
mod okta_suite;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod other_clients;
#[cfg(test)]
mod own;
#[cfg(test)]
mod postman;
#[cfg(test)]
mod protocols;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod scopes;
#[cfg(test)]
mod scopes_elsewhere;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod validator_groups;
#[cfg(test)]
mod validator_preview;
#[cfg(test)]
mod validator_users;
#[cfg(test)]
mod wire_errors;
