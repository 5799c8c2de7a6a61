//! What commands print. A reader that has seen enough, such as `head`, ends the printing and nothing else.

use std::io::{self, ErrorKind, Write};

/// Prints text as it stands.
pub(super) fn print(text: &str) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush())
        && error.kind() != ErrorKind::BrokenPipe
    {
        eprintln!("rollcall: the result cannot be printed: {error}");
    }
}

/// Prints a line.
pub(super) fn line(text: &str) {
    print(&format!("{text}\n"));
}
