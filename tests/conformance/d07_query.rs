//! Numbers 114 to 125: reading and querying (RFC 7644 sections 3.4 and 3.9).
