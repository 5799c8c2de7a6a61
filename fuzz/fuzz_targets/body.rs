//! Any body is a resource or an error, and what is taken is as a strict client would have written it.
#![no_main]

mod sample;

use libfuzzer_sys::fuzz_target;
use scim::context::Context;
use scim::dialect::Lenience;

use self::sample::{REGISTRY, STORED, STRICT, TOLERANT, checked, put};

fuzz_target!(|body: &[u8]| {
    for (name, _) in &*STORED {
        for context in [Context::CreateRequest, Context::ReplaceRequest] {
            let mut lenience = Lenience::new(&TOLERANT);
            let tolerant = checked(&REGISTRY, name, body, context, &mut lenience);
            if let Ok(taken) = &tolerant {
                let text = serde_json::to_vec(taken).expect("JSON prints");
                let again = put(name, &text).expect("what is taken is valid by the letter");
                assert_eq!(*taken, again, "what is taken is not in its final form");
            }
            if let Ok(strict) = checked(&REGISTRY, name, body, context, &mut Lenience::new(&STRICT)) {
                let taken = tolerant.expect("what a strict dialect takes a tolerant one takes too");
                assert!(
                    !lenience.used().is_empty() || strict == taken,
                    "nothing was bent: {strict:?}, {taken:?}"
                );
            }
        }
    }
});
