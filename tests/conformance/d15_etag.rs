//! Numbers 223 to 227: versions and preconditions (RFC 7644 section 3.14).
