//! Numbers 48 to 69: users, groups and the enterprise extension (RFC 7643 section 4).
