//! Numbers 228 to 233: /Me, tenants and security (RFC 7644 sections 3.11, 6 and 7).
