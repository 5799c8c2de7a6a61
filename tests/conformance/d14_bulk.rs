//! Numbers 211 to 222: Bulk (RFC 7644 section 3.7).
