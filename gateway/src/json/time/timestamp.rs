//! Timestamps: RFC 3339 in years 1 to 9999, as protobuf bounds them. Knows no durations.

use super::calendar::{civil_from_days, days_from_civil, days_in};
use super::digits::{digits, fraction, padded, write_fraction};

const SECS_PER_DAY: i64 = 86_400;
/// From 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
const TIMESTAMP_SECS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// Parses a timestamp: seconds since 1970-01-01 UTC, and nanoseconds.
pub(crate) fn timestamp(text: &str) -> Option<(i64, i32)> {
    let bytes = text.as_bytes();
    if bytes.len() < 20 || !text.is_ascii() {
        return None;
    }
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if separators.iter().any(|(at, byte)| bytes[*at] != *byte) {
        return None;
    }
    let year = digits(&text[0..4])?;
    let month = digits(&text[5..7])?;
    let day = digits(&text[8..10])?;
    let (hour, minute, second) = (
        digits(&text[11..13])?,
        digits(&text[14..16])?,
        digits(&text[17..19])?,
    );
    if !(1..=9999).contains(&year)
        || !(1..=12).contains(&month)
        || !(1..=days_in(year, month)).contains(&day)
        || hour > 23
        || minute > 59
        || second > 59
    {
        return None;
    }
    let (nanos, zone) = fraction(&text[19..])?;
    let offset = offset_secs(zone)?;
    let secs =
        days_from_civil(year, month, day) * SECS_PER_DAY + hour * 3600 + minute * 60 + second
            - offset;
    TIMESTAMP_SECS.contains(&secs).then_some((secs, nanos))
}

fn offset_secs(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = zone[1..].split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes) = (digits(hours)?, digits(minutes)?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Appends a timestamp; none when it is outside protobuf's range.
pub(crate) fn write_timestamp(out: &mut Vec<u8>, secs: i64, nanos: i32) -> Option<()> {
    if !TIMESTAMP_SECS.contains(&secs) || !(0..1_000_000_000).contains(&nanos) {
        return None;
    }
    let (year, month, day) = civil_from_days(secs.div_euclid(SECS_PER_DAY));
    let second = secs.rem_euclid(SECS_PER_DAY);
    padded(out, year, 4);
    out.push(b'-');
    padded(out, month, 2);
    out.push(b'-');
    padded(out, day, 2);
    out.push(b'T');
    padded(out, second / 3600, 2);
    out.push(b':');
    padded(out, second / 60 % 60, 2);
    out.push(b':');
    padded(out, second % 60, 2);
    write_fraction(out, nanos);
    out.push(b'Z');
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(secs: i64, nanos: i32) -> Option<String> {
        let mut out = Vec::new();
        write_timestamp(&mut out, secs, nanos)?;
        String::from_utf8(out).ok()
    }

    #[test]
    fn timestamps_survive_a_round_trip() {
        for (text, secs, nanos) in [
            ("1970-01-01T00:00:00Z", 0, 0),
            ("0001-01-01T00:00:00Z", -62_135_596_800, 0),
            (
                "9999-12-31T23:59:59.999999999Z",
                253_402_300_799,
                999_999_999,
            ),
            ("2024-02-29T12:00:00.100Z", 1_709_208_000, 100_000_000),
            ("1969-12-31T23:59:59.000001Z", -1, 1_000),
        ] {
            assert_eq!(timestamp(text), Some((secs, nanos)), "{text}");
            assert_eq!(written(secs, nanos).as_deref(), Some(text));
        }
        assert_eq!(timestamp("1970-01-01T01:00:00+01:00"), Some((0, 0)));
        assert_eq!(
            timestamp("1969-12-31T18:30:00.5-05:30"),
            Some((0, 500_000_000))
        );
    }

    #[test]
    fn malformed_timestamps_are_refused() {
        for text in [
            "",
            "2024-02-30T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:00:60Z",
            "2024-01-01t00:00:00Z",
            "2024-01-01T00:00:00z",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00.1234567890Z",
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+00:01",
            "2024-01-01 00:00:00Z",
            "2024-01-01T00:00:00+1:00",
            "+024-01-01T00:00:00Z",
            "2024-01-01T00:00:00Z ",
        ] {
            assert_eq!(timestamp(text), None, "{text}");
        }
        assert_eq!(written(253_402_300_800, 0), None);
        assert_eq!(written(0, -1), None);
    }
}
