//! Numbers 156 to 174: pages by index and by cursor (RFC 7644 section 3.4.2.4, RFC 9865).
