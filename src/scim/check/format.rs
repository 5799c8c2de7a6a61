//! Texts with a form of their own: language tags, time zones, country codes and certificates (RFC 7643 section
//! 4.1). Pure, and without tables that go out of date: time zones are known by their form.

/// What form a text has to have, by the place of its attribute.
pub(super) fn fault(place: &str, text: &str) -> Option<&'static str> {
    let name = place.rsplit(':').next().unwrap_or(place);
    match name {
        "locale" => (!is_language_tag(text)).then_some("a language tag such as \"en-US\""),
        "preferredLanguage" => (!is_language_range(text))
            .then_some("a list of languages as in Accept-Language, such as \"de, en;q=0.5\""),
        "timezone" => (!is_time_zone(text)).then_some("a time zone such as \"America/Los_Angeles\""),
        "addresses.country" => {
            (!is_country(text)).then_some("a country code of two letters such as \"DE\" (ISO 3166-1)")
        }
        _ => None,
    }
}

/// RFC 5646 by its form; the underscore of POSIX locales is accepted.
fn is_language_tag(text: &str) -> bool {
    let mut parts = text.split(['-', '_']);
    let primary = parts
        .next()
        .is_some_and(|p| (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphabetic()));
    primary && parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// RFC 7231 section 5.3.5.
fn is_language_range(text: &str) -> bool {
    text.split(',').all(|range| {
        let (tag, weight) = range.split_once(';').map_or((range, None), |(tag, weight)| (tag, Some(weight)));
        let weighed = |weight: &str| {
            let number = weight.trim().strip_prefix("q=").and_then(|number| number.parse::<f32>().ok());
            number.is_some_and(|number| (0.0..=1.0).contains(&number))
        };
        (tag.trim() == "*" || is_language_tag(tag.trim())) && weight.is_none_or(weighed)
    })
}

/// A name of the Olson database, by its form: an area and a place, or one of the few names without an area.
fn is_time_zone(text: &str) -> bool {
    const ALONE: [&str; 8] = ["UTC", "GMT", "UCT", "Zulu", "Universal", "EST", "MST", "HST"];
    let part = |p: &str| {
        !p.is_empty() && p.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+'))
    };
    ALONE.contains(&text) || text.contains('/') && text.split('/').all(part)
}

/// ISO 3166-1 alpha-2, officially assigned codes.
fn is_country(text: &str) -> bool {
    const CODES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW \
        BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM \
        FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE \
        JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP \
        MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA \
        RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR \
        TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";
    text.len() == 2 && CODES.split_ascii_whitespace().any(|code| code.eq_ignore_ascii_case(text))
}

/// RFC 7643 section 2.3.6: base64, padding optional; both alphabets of RFC 4648.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let body = text.trim_end_matches('=');
    let is_line_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let padding = text.len() - body.len();
    // padding, where there is any, completes the last four signs (RFC 4648 section 4)
    if padding > 2 || padding > 0 && text.bytes().filter(|byte| !is_line_end(byte)).count() % 4 != 0 {
        return None;
    }
    let (mut bytes, mut bits, mut held) = (Vec::with_capacity(body.len() / 4 * 3 + 2), 0u32, 0u8);
    for byte in body.bytes().filter(|byte| !is_line_end(byte)) {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).expect("eight bits"));
        }
    }
    // Six bits alone are no byte.
    (held < 6).then_some(bytes)
}

/// Whether bytes are one DER certificate by their outer shape (RFC 5280 section 4.1): a sequence of the certificate's
/// body, the algorithm and the signature, and nothing behind it.
pub(super) fn is_certificate(bytes: &[u8]) -> bool {
    const SEQUENCE: u8 = 0x30;
    const BITS: u8 = 0x03;
    let Some((SEQUENCE, content, [])) = element(bytes) else { return false };
    let Some((SEQUENCE, _, rest)) = element(content) else { return false };
    let Some((SEQUENCE, _, rest)) = element(rest) else { return false };
    matches!(element(rest), Some((BITS, _, [])))
}

/// The first DER element: its tag, its content, and what comes after it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn d9_padding_may_be_left_out_and_is_right_where_it_is_there() {
        for good in ["", "AAEC", "AAE=", "AAE", "AA==", "AA", "AA\r\n=="] {
            assert!(base64(good).is_some(), "{good}");
        }
        for bad in ["AAEC=", "AAEC==", "AAE==", "AA=", "A", "=", "===="] {
            assert_eq!(base64(bad), None, "{bad}");
        }
    }

    #[test]
    fn d53_language_tags_and_ranges() {
        for good in ["en", "en-US", "de_AT", "zh-Hant-TW"] {
            assert!(is_language_tag(good), "{good}");
        }
        for bad in ["", "e", "en US", "english!", "-", "NNRDFX OLPZ"] {
            assert!(!is_language_tag(bad), "{bad}");
        }
        for good in ["da, en-gb;q=0.8, en;q=0.7", "*", "en-us"] {
            assert!(is_language_range(good), "{good}");
        }
        for bad in ["", "en;q=2", "en,,de", "en;x"] {
            assert!(!is_language_range(bad), "{bad}");
        }
    }

    #[test]
    fn d53_d57_time_zones_and_countries() {
        assert!(
            ["Europe/Vienna", "America/Argentina/Ushuaia", "UTC", "Etc/GMT+5"].into_iter().all(is_time_zone)
        );
        assert!(!["", "CET noon", "Vienna", "Europe/", "/"].into_iter().any(is_time_zone));
        assert!(["DE", "us", "ZW"].into_iter().all(is_country));
        assert!(!["", "XX", "Germany", "D", "A "].into_iter().any(is_country));
    }

    #[test]
    fn d9_base64_is_decoded_in_both_alphabets() {
        assert_eq!(base64("AAEC"), Some(vec![0, 1, 2]));
        assert_eq!(base64("-_8="), base64("+/8"));
        assert_eq!(base64(""), Some(vec![]));
        assert!(["A", "AAAAA", "AA===", "a b"].into_iter().all(|text| base64(text).is_none()));
    }

    #[test]
    fn d61_a_certificate_is_known_by_its_shape() {
        let certificate = [0x30, 0x09, 0x30, 0x02, 0x02, 0x00, 0x30, 0x00, 0x03, 0x01, 0x00];
        assert!(is_certificate(&certificate));
        assert!(!is_certificate(&[&certificate[..], &[0]].concat()), "nothing stands behind it");
        assert!(!is_certificate(&certificate[..10]));
        assert!(!is_certificate(b"no certificate"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64), text in ".{0,64}") {
            let _ = is_certificate(&bytes);
            let _ = base64(&text);
        }
    }
}
