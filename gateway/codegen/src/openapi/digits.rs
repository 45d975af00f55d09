//! Regular expressions for whole numbers up to a bound: JSON Schema compares no numbers inside strings.

/// Matches every decimal number from 0 to `max` without leading zeros, and nothing else.
pub(crate) fn up_to(max: u64) -> String {
    let digits: Vec<u8> = max.to_string().bytes().map(|digit| digit - b'0').collect();
    let mut choices = Vec::new();
    // Fewer digits than `max` has.
    if digits.len() > 1 {
        choices.push("[0-9]".to_owned());
    }
    match digits.len() {
        0..=2 => {}
        3 => choices.push("[1-9][0-9]".to_owned()),
        length => choices.push(format!("[1-9][0-9]{{1,{}}}", length - 2)),
    }
    // As many digits: the same up to one place, smaller there, anything after it.
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
    fn the_largest_numbers_have_their_bound_too() {
        let pattern = Regex::new(&format!("^{}$", up_to(u64::MAX))).expect("it is a pattern");
        assert!(pattern.is_match("18446744073709551615"));
        assert!(pattern.is_match("9223372036854775808"));
        assert!(!pattern.is_match("18446744073709551616"));
        assert!(!pattern.is_match("28446744073709551615"));
    }
}
