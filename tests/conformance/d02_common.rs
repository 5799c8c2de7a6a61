//! Numbers 32 to 47: the attributes all resources have (RFC 7643 section 3).
