//! Timestamps (RFC 3339) and durations (`1.5s`) as text, within the ranges that protobuf gives them. Knows no clock.

const SECS_PER_DAY: i64 = 86_400;
/// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
const TIMESTAMP_SECS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
/// About 10,000 years.
const DURATION_SECS_MAX: i64 = 315_576_000_000;

/// Seconds since 1970 and nanoseconds of a timestamp.
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

/// `.123` at the front of `text`, if there is one, in nanoseconds; and what follows.
fn fraction(text: &str) -> Option<(i32, &str)> {
    let Some(rest) = text.strip_prefix('.') else {
        return Some((0, text));
    };
    let count = rest.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=9).contains(&count) {
        return None;
    }
    let value: i32 = rest[..count].parse().ok()?;
    let scale = 10i32.pow(9 - u32::try_from(count).ok()?);
    Some((value * scale, &rest[count..]))
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

fn digits(text: &str) -> Option<i64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

/// Seconds and nanoseconds of a duration; both have its sign.
pub(crate) fn duration(text: &str) -> Option<(i64, i32)> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let rest = rest.strip_suffix('s')?;
    let (whole, after) = match rest.find('.') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    if whole.is_empty() || whole.len() > 12 {
        return None;
    }
    let secs = digits(whole)?;
    let (nanos, end) = fraction(after)?;
    let within = secs < DURATION_SECS_MAX || (secs == DURATION_SECS_MAX && nanos == 0);
    (end.is_empty() && within).then_some((sign * secs, sign as i32 * nanos))
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

/// Appends a duration; none when it is outside protobuf's range or its signs differ.
pub(crate) fn write_duration(out: &mut Vec<u8>, secs: i64, nanos: i32) -> Option<()> {
    let within = secs.unsigned_abs() <= DURATION_SECS_MAX.unsigned_abs()
        && nanos.unsigned_abs() < 1_000_000_000;
    if !within || (secs > 0 && nanos < 0) || (secs < 0 && nanos > 0) {
        return None;
    }
    if secs < 0 || nanos < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(itoa::Buffer::new().format(secs.unsigned_abs()).as_bytes());
    write_fraction(out, nanos.abs());
    out.push(b's');
    Some(())
}

/// Nothing, or 3, 6 or 9 digits: as few as are exact.
fn write_fraction(out: &mut Vec<u8>, nanos: i32) {
    let nanos = i64::from(nanos);
    if nanos == 0 {
        return;
    }
    out.push(b'.');
    if nanos % 1_000_000 == 0 {
        padded(out, nanos / 1_000_000, 3);
    } else if nanos % 1_000 == 0 {
        padded(out, nanos / 1_000, 6);
    } else {
        padded(out, nanos, 9);
    }
}

fn padded(out: &mut Vec<u8>, value: i64, width: usize) {
    let start = out.len();
    out.resize(start + width, b'0');
    let mut left = value;
    for at in (start..start + width).rev() {
        out[at] = b'0' + (left % 10) as u8;
        left /= 10;
    }
}

fn days_in(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01, counting years from March so that leap days come last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
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
    fn timestamps_go_both_ways() {
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
    fn what_is_no_timestamp_is_refused() {
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

    #[test]
    fn durations_go_both_ways() {
        for (text, secs, nanos) in [
            ("0s", 0, 0),
            ("1.500s", 1, 500_000_000),
            ("-0.000000001s", 0, -1),
            ("-3s", -3, 0),
            ("315576000000s", 315_576_000_000, 0),
        ] {
            assert_eq!(duration(text), Some((secs, nanos)), "{text}");
            let mut out = Vec::new();
            write_duration(&mut out, secs, nanos).expect("within range");
            assert_eq!(out, text.as_bytes());
        }
        for text in [
            "",
            "s",
            "1",
            ".5s",
            "1.s",
            "1m",
            "+1s",
            "315576000000.1s",
            "1.0000000001s",
            "--1s",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
