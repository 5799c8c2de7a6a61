//! Numbers 126 to 149: filters (RFC 7644 section 3.4.2.2).
