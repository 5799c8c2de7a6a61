//! Numbers 104 to 113: POST (RFC 7644 section 3.3).
