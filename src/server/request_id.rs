//! The id of a request: in a header of its answer, at the end of every log line written meanwhile, in the audit trail
//! of what it changed.
//!
//! It costs a request nothing but a header: the id travels with the task, and the log asks for it. A span would be
//! made, formatted and thrown away for every request of which nothing is ever logged.

use std::fmt;

use http::header::{HeaderMap, HeaderName, HeaderValue};

/// The header that names a request.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: RequestId;
}

/// Names one request: which start of the process, and which request since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequestId {
    start: u32,
    number: u64,
}

impl RequestId {
    /// The id of a request. `start` is random for each start of the process, `number` counts.
    pub(crate) fn new(start: u32, number: u64) -> RequestId {
        RequestId { start, number }
    }

    /// Runs `work` as part of the request.
    pub(crate) async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// Does `work` as part of the request.
    pub(crate) fn during<T>(self, work: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self, work)
    }

    /// The request that this task answers.
    pub(crate) fn current() -> Option<RequestId> {
        CURRENT.try_with(|id| *id).ok()
    }

    /// Writes the id into the header of an answer.
    pub(crate) fn mark(self, headers: &mut HeaderMap) {
        let value = HeaderValue::try_from(self.to_string()).expect("digits and a hyphen are visible ASCII");
        headers.insert(HEADER, value);
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}-{:06x}", self.start, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_knows_its_request_and_no_other_does() {
        let (one, two) = (RequestId::new(7, 1), RequestId::new(7, 2));
        assert_eq!(RequestId::current(), None);
        one.scope(async {
            tokio::task::yield_now().await;
            assert_eq!(RequestId::current(), Some(one));
            two.during(|| assert_eq!(RequestId::current(), Some(two)));
            assert_eq!(tokio::spawn(async { RequestId::current() }).await.unwrap(), None);
        })
        .await;
    }

    #[test]
    fn an_id_is_short_and_sorts_within_a_start() {
        assert_eq!(RequestId::new(0xab, 1).to_string(), "000000ab-000001");
        assert_eq!(RequestId::new(1, u64::MAX).to_string().len(), 25);
    }
}
