//! JSON numbers: their grammar, and exact whole numbers of up to 64 bits. Knows no fields.

/// A whole number: its sign and its absolute value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whole {
    pub(crate) negative: bool,
    pub(crate) size: u64,
}

impl Whole {
    pub(crate) fn as_i64(self) -> Option<i64> {
        if self.negative {
            0i64.checked_sub_unsigned(self.size)
        } else {
            i64::try_from(self.size).ok()
        }
    }

    pub(crate) fn as_u64(self) -> Option<u64> {
        (!self.negative || self.size == 0).then_some(self.size)
    }
}

/// Whether `text` is a number by RFC 8259.
pub(crate) fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole.len() == 1 || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|text| digits(text.strip_prefix(['+', '-']).unwrap_or(text)))
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The exact value of the JSON number `text`, when it is whole (`1e2` and `1.0` are, `1.5` is not) and its absolute
/// value fits 64 bits.
pub(crate) fn whole(text: &str) -> Option<Whole> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let size = if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        unsigned.parse().ok()?
    } else {
        scaled(unsigned)?
    };
    Some(Whole { negative, size })
}

fn scaled(text: &str) -> Option<u64> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, "0"),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let exponent: i64 = exponent.parse().ok()?;
    let dropped = i64::try_from(digits.len() - significant.len()).ok()?;
    let zeros = exponent
        .checked_sub(i64::try_from(fraction.len()).ok()?)?
        .checked_add(dropped)?;
    let zeros = u32::try_from(zeros).ok().filter(|zeros| *zeros < 20)?;
    significant
        .parse::<u64>()
        .ok()?
        .checked_mul(10u64.pow(zeros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_exact() {
        for (text, negative, size) in [
            ("0", false, 0),
            ("-0", true, 0),
            ("18446744073709551615", false, u64::MAX),
            ("-9223372036854775808", true, 1 << 63),
            ("1e2", false, 100),
            ("1.50e2", false, 150),
            ("1200e-2", false, 12),
            ("0.0e999999999999", false, 0),
            ("1.0", false, 1),
        ] {
            assert_eq!(whole(text), Some(Whole { negative, size }), "{text}");
        }
        for text in [
            "1.5",
            "1e-1",
            "18446744073709551616",
            "1e20",
            "1e99999999999999999999",
        ] {
            assert_eq!(whole(text), None, "{text}");
        }
    }

    #[test]
    fn only_numbers_by_rfc_8259_are_numbers() {
        for text in ["0", "-0", "10", "1.5", "1e5", "1E+5", "-1.25e-7"] {
            assert!(is_number(text), "{text}");
        }
        for text in [
            "", "-", "+1", "01", ".5", "1.", "1e", "1e+", "0x1", "1_0", " 1", "NaN", "--1",
        ] {
            assert!(!is_number(text), "{text}");
        }
    }
}
