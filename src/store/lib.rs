//! An ordered, transactional key-value store; knows bytes, not SCIM.
