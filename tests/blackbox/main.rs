//! Black-box tests: they start the real binary and speak to it as a client would.
