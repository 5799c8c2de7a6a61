//! Numbers 208 to 210: DELETE and the recycle bin (RFC 7644 section 3.6).
