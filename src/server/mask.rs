//! Takes personal data out of what is logged (RFC 7643 section 9.3, RFC 7644 section 7.5.2). Pure.
//!
//! Logs go where the directory's data may not: to other machines, other people, for longer. Details of errors quote
//! what a client sent, and queries hold names and addresses; what is left is enough to see what went wrong.

use std::borrow::Cow;

/// What stands in the place of a value.
const HIDDEN: &str = "***";

/// Whether logs may hold personal data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Masking {
    /// They may not.
    #[default]
    On,
    /// They may: the administrator said so.
    Off,
}

impl Masking {
    /// A detail without what it quotes, and without addresses.
    pub(crate) fn detail(self, text: &str) -> Cow<'_, str> {
        match self {
            Masking::On => Cow::Owned(without_addresses(&without_quoted(text))),
            Masking::Off => Cow::Borrowed(text),
        }
    }

    /// A query without the values of its parameters.
    pub(crate) fn query(self, query: &str) -> Cow<'_, str> {
        match self {
            Masking::On => {
                let named = |pair: &str| match pair.split_once('=') {
                    Some((name, _)) => format!("{name}={HIDDEN}"),
                    None => HIDDEN.to_owned(),
                };
                Cow::Owned(query.split('&').map(named).collect::<Vec<_>>().join("&"))
            }
            Masking::Off => Cow::Borrowed(query),
        }
    }

    /// A path in which only what the server itself named is left: words of the protocol and ids.
    pub(crate) fn path(self, path: &str) -> Cow<'_, str> {
        match self {
            Masking::On => {
                let segment =
                    |segment: &str| if is_plain(segment) { segment.to_owned() } else { HIDDEN.to_owned() };
                Cow::Owned(path.split('/').map(segment).collect::<Vec<_>>().join("/"))
            }
            Masking::Off => Cow::Borrowed(path),
        }
    }
}

/// An id, or a word that starts in the way of the protocol's own: `Users`, `.search`, `v2`. A client that puts a user
/// name in the place of an id writes something else, nearly always.
fn is_plain(segment: &str) -> bool {
    let is_id = segment.len() == 36 && segment.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let is_word = segment.len() <= 24
        && segment.strip_prefix('.').unwrap_or(segment).bytes().all(|byte| byte.is_ascii_alphabetic());
    is_id || is_word || matches!(segment, "v1" | "v2" | "v3") || segment.starts_with("urn:ietf:params:scim:")
}

fn without_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        out.push(letter);
        if letter != '"' {
            continue;
        }
        out.push_str(HIDDEN);
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => drop(letters.next()),
                '"' => {
                    out.push('"');
                    break;
                }
                _ => {}
            }
        }
    }
    out
}

fn without_addresses(text: &str) -> String {
    text.split(' ').map(|word| if word.contains('@') { HIDDEN } else { word }).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ON: Masking = Masking::On;

    #[test]
    fn what_a_detail_quotes_is_hidden_and_the_rest_is_left() {
        for (text, masked) in [
            (
                r#"userName "bjensen" is taken by the User with id 1"#,
                r#"userName "***" is taken by the User with id 1"#,
            ),
            (r#"filter: "a \" b" eq"#, r#"filter: "***" eq"#),
            (r#"an open "quote bjensen"#, r#"an open "***"#),
            ("manager bjensen@example.com is unknown", "manager *** is unknown"),
            ("nothing to hide", "nothing to hide"),
        ] {
            assert_eq!(ON.detail(text), masked);
        }
        assert_eq!(Masking::Off.detail(r#""bjensen""#), r#""bjensen""#);
    }

    #[test]
    fn a_query_keeps_its_names_only() {
        assert_eq!(ON.query("filter=userName+eq+%22b%22&count=1&flag"), "filter=***&count=***&***");
        assert_eq!(Masking::Off.query("filter=x"), "filter=x");
    }

    #[test]
    fn a_path_keeps_words_of_the_protocol_and_ids() {
        let id = "0190163d-8694-739b-aea5-966c26f8ad91";
        assert_eq!(ON.path(&format!("/scim/v2/Users/{id}")), format!("/scim/v2/Users/{id}"));
        assert_eq!(ON.path("/scim/v2/Users/bjensen@example.com"), "/scim/v2/Users/***");
        assert_eq!(ON.path("/scim/v2/Users/.search"), "/scim/v2/Users/.search");
    }

    proptest! {
        #[test]
        fn no_quoted_value_survives(before in "[a-z ]{0,10}", value in "[a-z0-9]{4,20}", after in "[a-z ]{0,10}") {
            let text = format!("{before}{value:?}{after}");
            prop_assume!(!before.contains(&value) && !after.contains(&value));
            prop_assert!(!ON.detail(&text).contains(&value));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}") {
            let _ = (ON.detail(&text), ON.query(&text), ON.path(&text));
        }
    }
}
