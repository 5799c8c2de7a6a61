//! Any text is a filter or an error, and a filter's print reads as the same filter.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scim::filter::Filter;

fuzz_target!(|text: &str| {
    if let Ok(filter) = Filter::parse(text) {
        let printed = filter.to_string();
        let again = Filter::parse(&printed).expect("what a filter prints is a filter");
        assert_eq!(printed, again.to_string(), "printed from {text:?}");
    }
});
