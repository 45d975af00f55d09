//! Decimal digits of times: plain, padded, and as a fraction of a second. Knows no ranges.

/// Splits an optional fraction such as `.123` off the front of `text`: nanoseconds, and the rest of the text.
pub(super) fn fraction(text: &str) -> Option<(i32, &str)> {
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

pub(super) fn digits(text: &str) -> Option<i64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

/// Appends no fraction, or one of 3, 6 or 9 digits: the shortest exact form.
pub(super) fn write_fraction(out: &mut Vec<u8>, nanos: i32) {
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

pub(super) fn padded(out: &mut Vec<u8>, value: i64, width: usize) {
    let start = out.len();
    out.resize(start + width, b'0');
    let mut left = value;
    for at in (start..start + width).rev() {
        out[at] = b'0' + (left % 10) as u8;
        left /= 10;
    }
}
