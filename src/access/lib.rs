//! Who may do what: service accounts, tokens, administrators, audit.
