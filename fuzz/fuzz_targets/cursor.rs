//! Any text is a cursor of this server or none, and any bytes that could have been sealed are a state or none.
#![no_main]

// the server is a program and no library, so its file is taken as it is
#[path = "../../src/server/scim_api/cursor.rs"]
#[allow(dead_code)]
mod cursor;

use libfuzzer_sys::fuzz_target;

use self::cursor::{Cursors, Holder, decode, encode};

const HOLDER: Holder<'_> = Holder { tenant: "acme", account: "0190d2c4-7e1a-7a3b-8c4d-5e6f70819203" };

fuzz_target!(|bytes: &[u8]| {
    let cursors = Cursors::new(&[7; 32]);
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert!(cursors.open(text, HOLDER).is_none(), "a cursor nobody made opens");
    }
    let Some(state) = decode(bytes) else { return };
    assert_eq!(decode(&encode(&state)).as_ref(), Some(&state));
    let text = cursors.seal([3; 16], HOLDER, &state);
    assert_eq!(cursors.open(&text, HOLDER), Some(state));
    assert!(cursors.open(&text, Holder { tenant: "", ..HOLDER }).is_none(), "another tenant opens it");
});
