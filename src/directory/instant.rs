//! Instants as the store keeps them: in whole milliseconds, and as bytes that sort as they do.

use jiff::Timestamp;

/// The same instant in whole milliseconds, the precision that is stored and shown.
pub(crate) fn millis(instant: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(instant.as_millisecond()).expect("an instant's milliseconds are in range")
}

/// The bytes of an instant in an index row; see `scim::value::Key::to_bytes`.
pub(crate) fn to_bytes(instant: Timestamp) -> Vec<u8> {
    scim::value::Key::Instant(instant).to_bytes()
}

/// The instant of such bytes.
pub(crate) fn of_bytes(bytes: &[u8]) -> Option<Timestamp> {
    let number = u128::from_be_bytes(bytes.try_into().ok()?) ^ (1 << 127);
    Timestamp::from_nanosecond(number.cast_signed()).ok()
}
