//! SCIM resources kept in a store; the only crate that knows both.
