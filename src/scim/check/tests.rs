//! Rules of checking, one test each.
