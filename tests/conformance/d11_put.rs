//! Numbers 175 to 181: PUT (RFC 7644 section 3.5.1).
