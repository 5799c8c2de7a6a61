//! `dateTime` values: the form of xsd:dateTime, with date and time both there (RFC 7643 section 2.3.5).

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// Reads the instant of a `dateTime`; a text without offset is taken as UTC. Of a fraction, nine digits count.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_once(['T', 't'])?;
    let time = rest.get(..8)?;
    if !has_form(date, "0000-00-00") || !has_form(time, "00:00:00") {
        return None;
    }
    let (fraction, zone) = fraction(rest.get(8..)?)?;
    if !is_zone(zone) {
        return None;
    }
    // the end of a day is the start of the next (XML Schema part 2, section 3.3.7)
    let ends = time == "24:00:00" && fraction.bytes().all(|digit| digit == b'0');
    let (date, time) = if ends { (tomorrow(date)?, "00:00:00") } else { (date.to_owned(), time) };
    // no second of the type is a leap second
    if time.ends_with(":60") {
        return None;
    }
    let dot = if fraction.is_empty() { "" } else { "." };
    let plain = format!("{date}T{time}{dot}{fraction}");
    if zone.is_empty() {
        let civil: jiff::civil::DateTime = plain.parse().ok()?;
        return TimeZone::UTC.to_timestamp(civil).ok();
    }
    format!("{plain}{zone}").parse().ok()
}

/// Whether a text has a digit where the form has one, and else the same character.
fn has_form(text: &str, form: &str) -> bool {
    let fits =
        |(given, wanted): (u8, u8)| if wanted == b'0' { given.is_ascii_digit() } else { given == wanted };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(fits)
}

/// The digits of a fraction of a second, as many as count, and what follows them.
fn fraction(text: &str) -> Option<(&str, &str)> {
    let Some(rest) = text.strip_prefix('.') else { return Some(("", text)) };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    (end > 0).then(|| (&rest[..end.min(9)], &rest[end..]))
}

/// Nothing, `Z`, or an offset of at most 14 hours.
fn is_zone(text: &str) -> bool {
    let Some(offset) = text.strip_prefix(['+', '-']) else { return matches!(text, "" | "Z" | "z") };
    has_form(offset, "00:00") && (offset == "14:00" || &offset[..2] < "14" && &offset[3..] < "60")
}

fn tomorrow(date: &str) -> Option<String> {
    let date: Date = date.parse().ok()?;
    Some(date.checked_add(Span::new().days(1)).ok()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d7_what_xml_schema_calls_a_date_and_time_is_read() {
        let noon = instant("2011-05-13T12:00:00Z").unwrap();
        for same in [
            "2011-05-13T12:00:00",
            "2011-05-13T12:00:00.000",
            "2011-05-13T14:00:00+02:00",
            "2011-05-12T22:00:00-14:00",
            "2011-05-13t12:00:00z",
            "2011-05-13T12:00:00.000000000000Z",
        ] {
            assert_eq!(instant(same), Some(noon), "{same}");
        }
        assert_eq!(instant("2020-12-31T24:00:00Z"), instant("2021-01-01T00:00:00Z"));
        assert_eq!(instant("2020-01-01T00:00:00.1234567891Z"), instant("2020-01-01T00:00:00.123456789Z"));
    }

    #[test]
    fn d7_what_only_looks_like_one_is_not() {
        for other in [
            "2020-01-01",
            "2020-01-01T00",
            "2020-01-01T00:00Z",
            "20200101T000000Z",
            "2020-01-01T00:00:00+02",
            "2020-01-01T00:00:00Z[Europe/Vienna]",
            "2020-01-01 00:00:00Z",
            "2020-01-01 00:00:00Z[Etc/UTC]",
            "2020-01-01T00:00:00,5Z",
            "2020-01-01T00:00:00.Z",
            "2020-01-01T00:00:60Z",
            "+002020-01-01T00:00:00Z",
            "2020-01-01T00:00:00+25:00",
            "2020-01-01T00:00:00+14:01",
            "2020-01-01T00:00:00+02:00:30",
            "2020-01-01T24:00:01Z",
            "2020-02-30T00:00:00Z",
            "2020-01-01T00:00:00ä",
            "T",
            "",
        ] {
            assert_eq!(instant(other), None, "{other}");
        }
    }
}
