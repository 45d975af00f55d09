//! Compares the table with the crate `iso_currency`, code by code.

use std::collections::BTreeSet;

use iso_currency::Currency;

use super::{CURRENCIES, find};

/// ISO 4217 codes that are not accepted, and why.
const EXCLUDED: &[(&[&str], &str)] = &[
    (
        &[
            "BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYW", "XAD", "XDR", "XSU", "XUA",
        ],
        "fund codes and units of account: no card is charged in them",
    ),
    (
        &["XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XPD", "XPT"],
        "precious metals and bond market units: they have no minor unit",
    ),
    (&["XTS", "XXX"], "reserved for testing, and for no currency"),
    (
        &["CUC", "HRK", "SLL", "ZWL"],
        "withdrawn; the successors CUP, EUR, SLE and ZWG are accepted",
    ),
    (
        &["VED"],
        "the same money as VES, which is the code used outside Venezuela",
    ),
];

/// Every code that `iso_currency` knows.
fn iso() -> Vec<Currency> {
    let letters = || 'A'..='Z';
    letters()
        .flat_map(|first| letters().map(move |second| (first, second)))
        .flat_map(|(first, second)| letters().map(move |third| format!("{first}{second}{third}")))
        .filter_map(|code| Currency::from_code(&code))
        .collect()
}

#[test]
fn every_iso_4217_currency_is_accepted_with_its_minor_digits_or_excluded_with_a_reason() {
    let excluded: BTreeSet<&str> = EXCLUDED
        .iter()
        .flat_map(|(codes, _)| codes.iter().copied())
        .collect();
    let all = iso();
    assert!(
        all.len() > 150,
        "only {} codes: the comparison is empty",
        all.len()
    );
    for currency in all {
        let code = currency.code();
        match find(code) {
            Some((_, digits)) => {
                assert_eq!(currency.exponent(), Some(u16::from(digits)), "{code}");
                assert!(!excluded.contains(code), "{code} is accepted and excluded");
            }
            None => assert!(
                excluded.contains(code),
                "{code} is neither accepted nor excluded"
            ),
        }
    }
}

#[test]
fn every_accepted_and_every_excluded_code_is_an_iso_4217_code() {
    let excluded = EXCLUDED.iter().flat_map(|(codes, _)| codes.iter().copied());
    for code in CURRENCIES.iter().map(|(code, _)| *code).chain(excluded) {
        assert!(Currency::from_code(code).is_some(), "{code}");
    }
}

#[test]
fn the_table_is_sorted_without_duplicates_so_that_every_code_is_found() {
    assert!(CURRENCIES.is_sorted_by(|(one, _), (next, _)| one < next));
    for (code, digits) in CURRENCIES {
        assert_eq!(find(code), Some((*code, *digits)));
    }
}

#[test]
fn an_unknown_or_malformed_code_is_not_found() {
    for code in ["", "usd", "US", "USDX", "XXX", "ANG", "VED"] {
        assert_eq!(find(code), None, "{code}");
    }
}
