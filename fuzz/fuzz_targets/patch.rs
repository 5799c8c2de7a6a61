//! Any body is a PATCH or an error.
#![no_main]
use libfuzzer_sys::fuzz_target;
fuzz_target!(|body: &[u8]| {
    let _ = scim::json::object(body);
});
