//! Numbers 150 to 155: sorting (RFC 7644 section 3.4.2.3).
