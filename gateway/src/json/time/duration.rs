//! Durations: decimal seconds with an `s`, as protobuf bounds them. Knows no timestamps.

use super::digits::{digits, fraction, write_fraction};

/// About 10,000 years, either sign; nanoseconds may follow the last second.
const DURATION_SECS_MAX: i64 = 315_576_000_000;

/// Parses a duration: seconds and nanoseconds, both with its sign.
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
    let within = secs <= DURATION_SECS_MAX;
    (end.is_empty() && within).then_some((sign * secs, sign as i32 * nanos))
}

/// Appends a duration; none when it is outside protobuf's range or its two signs differ.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_survive_a_round_trip() {
        for (text, secs, nanos) in [
            ("0s", 0, 0),
            ("1.500s", 1, 500_000_000),
            ("-0.000000001s", 0, -1),
            ("-3s", -3, 0),
            ("315576000000s", 315_576_000_000, 0),
            ("315576000000.999999999s", 315_576_000_000, 999_999_999),
            ("-315576000000.999999999s", -315_576_000_000, -999_999_999),
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
            "315576000001s",
            "1.0000000001s",
            "--1s",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
