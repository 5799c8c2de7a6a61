//! Logs on standard error, and panics as one log line.
//!
//! Log lines carry ids, never secrets or personal data; a panic's own text may hold both and stays out.

use std::io::IsTerminal;
use std::panic;

use tracing_subscriber::EnvFilter;

/// Sets up logging for the process. `filter` is a level or a list of filters; one that cannot be read counts
/// as `info`.
pub(crate) fn start(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let output = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // a second start is a test's, and keeps the first
    let _ = output.try_init();
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(String::new, ToString::to_string);
        // a fixed text is ours; a formatted one may hold what was being worked on
        let text = info.payload().downcast_ref::<&str>().copied().unwrap_or("(text withheld)");
        tracing::error!(place, text, "a task panicked; this is a defect of rollcall");
    }));
}
