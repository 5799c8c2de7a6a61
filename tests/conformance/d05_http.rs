//! Numbers 86 to 103: HTTP, media types and authentication (RFC 7644 sections 2, 3.8, 3.12 and 7).
