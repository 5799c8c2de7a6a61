//! The protocol, line by line: a test for each number of `checklist.tsv`, against the real binary.
//!
//! A test's name begins with its number (`c001_`), and one number may have several tests. `report` makes `REPORT.md`
//! from a run and refuses a number that has neither a test nor a reason in `not_applicable.tsv`. Each test starts its
//! own server, as in `tests/blackbox`, whose client and server these tests use.

#[cfg(test)]
#[path = "../blackbox"]
#[expect(dead_code, reason = "shared with tests/blackbox, which uses all of it")]
mod blackbox {
    pub(crate) mod answer;
    pub(crate) mod bodies;
    pub(crate) mod client;
    pub(crate) mod local;
    pub(crate) mod server;
    pub(crate) mod values;
    pub(crate) mod wire;
}
// the names by which these modules, and the tests, know them
#[cfg(test)]
use blackbox::{answer, client, local, server, values, wire};

#[cfg(test)]
mod d01_attributes;
#[cfg(test)]
mod d02_common;
#[cfg(test)]
mod d03_resources;
#[cfg(test)]
mod d04_discovery;
#[cfg(test)]
mod d05_http;
#[cfg(test)]
mod d06_create;
#[cfg(test)]
mod d07_query;
#[cfg(test)]
mod d08_filter;
#[cfg(test)]
mod d09_sort;
#[cfg(test)]
mod d10_paging;
#[cfg(test)]
mod d11_put;
#[cfg(test)]
mod d12_patch;
#[cfg(test)]
mod d13_delete;
#[cfg(test)]
mod d14_bulk;
#[cfg(test)]
mod d15_etag;
#[cfg(test)]
mod d16_access;
#[cfg(test)]
mod d17_events;
#[cfg(test)]
mod d18_profile;
#[cfg(test)]
mod d19_own_schemas;
#[cfg(test)]
mod things;
