//! Logs on standard error, and panics as one log line.
//!
//! Log lines carry ids, never secrets, and personal data only where the administrator asked for it; a panic's own
//! text may hold both and stays out. A line written while a request is answered ends with the request's id.

use std::fmt;
use std::io::IsTerminal;
use std::panic;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{DefaultFields, Writer};

use crate::request_id::RequestId;

/// Sets up logging for the process. `filter` is a level or a list of filters; one that cannot be read counts
/// as `info`.
pub(crate) fn start(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let output = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .fmt_fields(WithRequest(DefaultFields::new()))
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

/// Writes the fields of a line, and then the request it belongs to.
struct WithRequest(DefaultFields);

impl<'w> FormatFields<'w> for WithRequest {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'w>, fields: R) -> fmt::Result {
        self.0.format_fields(writer.by_ref(), fields)?;
        match RequestId::current() {
            Some(id) => write!(writer, " request={id}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_of_a_request_ends_with_its_id_and_others_do_not() {
        let memory = Memory::default();
        let writer = memory.clone();
        let output = tracing_subscriber::fmt()
            .with_ansi(false)
            .fmt_fields(WithRequest(DefaultFields::new()))
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(output, || {
            RequestId::new(1, 2).during(|| tracing::info!(status = 500, "within"));
            tracing::info!("outside");
        });
        let text = String::from_utf8(memory.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].ends_with("within status=500 request=00000001-000002"), "{text}");
        assert!(lines[1].ends_with("outside"), "{text}");
    }
}
