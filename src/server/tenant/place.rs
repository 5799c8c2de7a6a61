//! Where a tenant is in a path. Pure.

use percent_encoding::percent_decode_str;

/// Takes `/t/{tenant}` off the front of a path: the tenant's name in lower case, and what follows. `None` where the
/// path does not begin so. Doubled slashes and case do not count: addresses are pasted in every form.
pub(crate) fn split(path: &str) -> Option<(String, &str)> {
    let (first, rest) = segment(path)?;
    if !first.eq_ignore_ascii_case("t") {
        return None;
    }
    let (name, rest) = segment(rest)?;
    let name = percent_decode_str(name).decode_utf8().ok()?.to_ascii_lowercase();
    Some((name, rest))
}

fn segment(path: &str) -> Option<(&str, &str)> {
    let path = path.trim_start_matches('/');
    (!path.is_empty()).then(|| path.split_at(path.find('/').unwrap_or(path.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenant_is_taken_off_the_front() {
        for path in ["/t/acme/scim/v2/Users", "//T//ACME/scim/v2/Users", "/t/%61cme/scim/v2/Users"] {
            assert_eq!(split(path), Some(("acme".to_owned(), "/scim/v2/Users")), "{path}");
        }
        assert_eq!(split("/t/acme"), Some(("acme".to_owned(), "")));
        assert_eq!(split("/t/a/t/b"), Some(("a".to_owned(), "/t/b")));
    }

    #[test]
    fn other_paths_name_no_tenant() {
        for path in ["/scim/v2/Users", "/t", "/t/", "/", "", "/tt/acme/scim", "/t/%ff/scim/v2"] {
            assert_eq!(split(path), None, "{path}");
        }
    }
}
