//! What commands print. A reader that has seen enough, such as `head`, ends the printing and nothing else.

use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether something could not be printed.
static LOST: AtomicBool = AtomicBool::new(false);

/// Prints text as it stands.
pub(super) fn print(text: &str) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush())
        && error.kind() != ErrorKind::BrokenPipe
    {
        LOST.store(true, Ordering::Relaxed);
        eprintln!("rollcall: the result cannot be printed: {error}");
    }
}

/// Whether everything was printed that the reader wanted: a result that is lost, such as a new token, is a failure.
pub(super) fn is_whole() -> bool {
    !LOST.load(Ordering::Relaxed)
}

/// Prints a line.
pub(super) fn line(text: &str) {
    print(&format!("{text}\n"));
}

/// A word as a shell takes it for one.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./@:+=,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
