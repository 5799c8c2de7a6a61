//! Rollcall: an on-prem SCIM appliance in one binary.

mod admin_api;
mod app;
mod cli;
mod config;
mod data;
mod dialect;
mod events;
mod http;
mod logs;
mod mask;
mod request_id;
mod scim_api;
mod serving;
mod sites;
mod tenant;
mod tls;
mod web;
mod world;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
