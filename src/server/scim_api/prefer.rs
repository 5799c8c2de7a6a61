//! What a client would rather have: the `Prefer` header (RFC 7240). Preferences this server does not know do not count.

use http::HeaderMap;
use http::header::HeaderName;

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// The preferences that are understood; of one given twice, the first counts (RFC 7240 section 2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Prefer {
    /// `return`: whether the answer to a change shows the resource.
    pub(super) shows: Option<Shows>,
    /// `respond-async`: whether the answer may come before the work is done (RFC 9967 section 2.5.1).
    pub(super) respond_async: bool,
    /// `wait`: for how many seconds the client waits for an answer.
    pub(super) wait: Option<u32>,
}

/// What an answer to a change shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shows {
    /// `return=minimal`: nothing beyond its headers.
    Minimal,
    /// `return=representation`: the resource.
    Representation,
}

impl Shows {
    /// The preference as `Preference-Applied` repeats it.
    pub(super) fn applied(self) -> &'static str {
        match self {
            Self::Minimal => "return=minimal",
            Self::Representation => "return=representation",
        }
    }
}

impl Prefer {
    /// Reads all `Prefer` headers of a request.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut prefer = Self::default();
        let (mut shows, mut wait) = (false, false);
        let values = headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok());
        for preference in values.flat_map(|value| parts(value, ',')) {
            // Parameters of a preference follow a semicolon; none is known.
            let preference = parts(preference, ';').into_iter().next().unwrap_or_default();
            let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "return" if !std::mem::replace(&mut shows, true) => {
                    prefer.shows = match value {
                        "minimal" => Some(Shows::Minimal),
                        "representation" => Some(Shows::Representation),
                        _ => None,
                    };
                }
                "respond-async" => prefer.respond_async = true,
                "wait" if !std::mem::replace(&mut wait, true) => prefer.wait = value.parse().ok(),
                _ => {}
            }
        }
        prefer
    }
}

/// A text cut at a sign, where that does not stand in a quoted string (RFC 9110 section 5.6.4).
fn parts(text: &str, sign: char) -> Vec<&str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(|c: char| {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ => return c == sign && !is_quoted,
        }
        false
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&'static str]) -> Prefer {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(PREFER, http::HeaderValue::from_static(value));
        }
        Prefer::of(&headers)
    }

    #[test]
    fn what_stands_in_quotes_is_no_preference() {
        assert_eq!(
            read(&[r#"foo="a, return=minimal""#, r#"bar="\", respond-async; wait=9""#]),
            Prefer::default()
        );
        let shows = Some(Shows::Minimal);
        assert_eq!(read(&[r#"foo="a;b"; x="c, d", return=minimal"#]), Prefer { shows, ..Prefer::default() });
    }

    #[test]
    fn preferences_are_read_from_lists_and_from_several_headers() {
        let both = Prefer { shows: Some(Shows::Minimal), respond_async: true, wait: Some(10) };
        assert_eq!(read(&["return=minimal, respond-async; x=1, wait=10"]), both);
        assert_eq!(read(&["Return=\"minimal\"", "respond-async,WAIT = 10"]), both);
    }

    #[test]
    fn the_first_of_a_preference_counts_and_unknown_ones_do_not() {
        let shown = |values: &[&'static str]| read(values).shows;
        assert_eq!(shown(&["return=representation, return=minimal"]), Some(Shows::Representation));
        assert_eq!(shown(&["handling=lenient, return=all", "return=minimal"]), None);
        assert_eq!(read(&["wait=soon, wait=3"]), Prefer::default());
    }
}
