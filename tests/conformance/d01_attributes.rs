//! Numbers 1 to 31: attributes, their types and characteristics (RFC 7643 sections 2 and 7).
