//! Numbers 234 to 244: events and asynchronous requests (RFC 9967).

mod later;
mod receiver;
mod told;
