//! Regular expressions for whole numbers up to a bound, because JSON Schema cannot compare numbers in strings. Knows no
//! fields.

/// A pattern, without anchors, for the decimal numbers from 0 to `max` without leading zeros.
pub(crate) fn up_to(max: u64) -> String {
    let digits: Vec<u8> = max.to_string().bytes().map(|digit| digit - b'0').collect();
    let mut choices = Vec::new();
    // Numbers with fewer digits than `max`.
    if digits.len() > 1 {
        choices.push("[0-9]".to_owned());
    }
    match digits.len() {
        0..=2 => {}
        3 => choices.push("[1-9][0-9]".to_owned()),
        length => choices.push(format!("[1-9][0-9]{{1,{}}}", length - 2)),
    }
    // Numbers with as many digits: equal up to one digit, smaller at it, any digits after it.
    for (at, digit) in digits.iter().enumerate() {
        let lowest = u8::from(at == 0 && digits.len() > 1);
        if *digit > lowest {
            let same: String = digits[..at].iter().map(u8::to_string).collect();
            let smaller = class(lowest, digit - 1);
            choices.push(format!("{same}{smaller}{}", any(digits.len() - at - 1)));
        }
    }
    choices.push(max.to_string());
    format!("(?:{})", choices.join("|"))
}

fn class(first: u8, last: u8) -> String {
    if first == last {
        first.to_string()
    } else {
        format!("[{first}-{last}]")
    }
}

fn any(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "[0-9]".to_owned(),
        count => format!("[0-9]{{{count}}}"),
    }
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn exactly_the_numbers_up_to_the_bound_match() {
        for max in [0, 1, 9, 10, 19, 99, 100, 299, 300, 1000, 1234] {
            let pattern = Regex::new(&format!("^{}$", up_to(max))).expect("it is a pattern");
            for number in 0..=2000_u64 {
                let text = number.to_string();
                assert_eq!(pattern.is_match(&text), number <= max, "{max}: {number}");
            }
            for text in ["", "00", "01", "-1", "1.0"] {
                assert!(!pattern.is_match(text), "{max}: {text}");
            }
        }
    }

    #[test]
    fn the_largest_64_bit_number_is_a_bound() {
        let pattern = Regex::new(&format!("^{}$", up_to(u64::MAX))).expect("it is a pattern");
        assert!(pattern.is_match("18446744073709551615"));
        assert!(pattern.is_match("9223372036854775808"));
        assert!(!pattern.is_match("18446744073709551616"));
        assert!(!pattern.is_match("28446744073709551615"));
    }
}
