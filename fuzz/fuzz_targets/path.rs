//! Any text is a path or an error, and a path's print reads as the same path.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scim::path::Path;

fuzz_target!(|text: &str| {
    if let Ok(path) = Path::parse(text) {
        let printed = path.to_string();
        let again = Path::parse(&printed).expect("what a path prints is a path");
        assert_eq!(printed, again.to_string(), "printed from {text:?}");
    }
});
