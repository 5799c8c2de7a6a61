//! Numbers 245 to 260: the interoperability profile that an `interop` account is held to.
