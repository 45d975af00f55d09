//! What the vault promises: what is sealed comes back, only for whom it was sealed, through every change of keys.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn vault() -> Vault {
    Vault::new(&Vault::generate()).expect("a generated key is valid")
}

fn order(number: u128) -> OrderId {
    Uuid::from_u128(number).into()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_sealed_comes_back(text in ".{0,200}", id: u128) {
        let vault = vault();
        let sealed = vault.seal(order(id), &Secret::new(text.clone()));
        prop_assert_eq!(vault.open(order(id), &sealed), Ok(Secret::new(text)));
    }

    #[test]
    fn one_changed_bit_closes_it(bit in 0usize..8, at in 0usize..1000, text in ".{0,40}") {
        let vault = vault();
        let sealed = vault.seal(order(1), &Secret::new(text));
        let mut bytes = URL_SAFE_NO_PAD.decode(&sealed).expect("it is base64");
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        prop_assert_eq!(
            vault.open(order(1), &URL_SAFE_NO_PAD.encode(&bytes)),
            Err(Error::Closed)
        );
    }

    #[test]
    fn a_cut_text_stays_closed(cut in 0usize..1000) {
        let vault = vault();
        let sealed = vault.seal(order(1), &Secret::new("tok_ok".into()));
        let cut = cut % sealed.len();
        prop_assert_eq!(vault.open(order(1), &sealed[..cut]), Err(Error::Closed));
    }

    #[test]
    fn any_text_that_was_not_sealed_stays_closed(text in ".{0,200}") {
        prop_assert_eq!(vault().open(order(1), &text), Err(Error::Closed));
        prop_assert_eq!(vault().open_token("orders", &text), None);
    }

    #[test]
    fn a_page_token_comes_back_for_its_purpose_only(bytes: Vec<u8>) {
        let vault = vault();
        let token = vault.seal_token("orders of a", &bytes);
        prop_assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        prop_assert_eq!(vault.open_token("orders of b", &token), None);
        prop_assert_eq!(vault.open_token("orders of a", &token), Some(bytes));
    }

    #[test]
    fn parts_are_separated_by_their_lengths(text in "[a-z]{2,40}", one in 0usize..40, other in 0usize..40) {
        let (one, other) = (one % text.len(), other % text.len());
        prop_assume!(one != other);
        let vault = vault();
        let split = |at: usize| [&text.as_bytes()[..at], &text.as_bytes()[at..]];
        prop_assert_ne!(vault.fingerprint(&split(one)), vault.fingerprint(&split(other)));
        prop_assert_eq!(vault.fingerprint(&split(one)), vault.fingerprint(&split(one)));
    }
}

#[test]
fn a_token_of_another_order_stays_closed() {
    let vault = vault();
    let sealed = vault.seal(order(1), &Secret::new("tok_ok".into()));
    assert_eq!(vault.open(order(2), &sealed), Err(Error::Closed));
}

#[test]
fn a_value_sealed_for_one_use_does_not_open_for_another() {
    let vault = vault();
    let token = vault.seal_token("place", b"bytes");
    let bytes = URL_SAFE_NO_PAD.decode(&token).expect("it is base64");
    assert_eq!(vault.open_reply(b"place", &bytes), None);
    let reply = vault.seal_reply(b"place", b"bytes");
    assert_eq!(
        vault.open_reply(b"place", &reply).as_deref(),
        Some(&b"bytes"[..])
    );
    assert_eq!(vault.open_reply(b"elsewhere", &reply), None);
}

#[test]
fn sealing_twice_gives_two_texts() {
    let vault = vault();
    let secret = Secret::new("tok_ok".into());
    assert_ne!(vault.seal(order(1), &secret), vault.seal(order(1), &secret));
}

#[test]
fn keys_change_in_three_moves_and_nothing_is_lost() {
    let (old, new) = (Vault::generate(), Vault::generate());
    let vault_of = |list: String| Vault::new(&list).expect("the list is valid");
    let moves = [
        vault_of(old.clone()),
        vault_of(format!("{old},{new}")),
        vault_of(format!("{new}, {old}")),
        vault_of(new),
    ];
    let agree = |writer: &Vault, reader: &Vault| {
        let sealed = writer.seal(order(1), &Secret::new("tok_ok".into()));
        let stored = writer.fingerprint(&[b"request"]);
        reader.open(order(1), &sealed).is_ok()
            && reader.fingerprints(&[b"request"]).contains(&stored)
    };
    let [before, added, turned, after] = &moves;
    for (one, other) in [(before, added), (added, turned)] {
        assert!(agree(one, other) && agree(other, one));
    }
    // The old key goes last, when nothing is left that it wrote.
    assert!(agree(turned, after) && agree(after, turned));
    assert!(agree(before, turned) && !agree(before, after));
}

#[test]
fn a_key_that_is_gone_opens_nothing() {
    let sealed = vault().seal(order(1), &Secret::new("tok_ok".into()));
    assert_eq!(vault().open(order(1), &sealed), Err(Error::Closed));
}

#[test]
fn a_malformed_key_is_named_by_its_place_and_never_shown() {
    let good = Vault::generate();
    for (list, position) in [
        (String::new(), 1),
        ("c2hvcnQ=".into(), 1),
        (format!("{good},"), 2),
        (format!("{good},not base64!"), 2),
        (format!("{good}{good}"), 1),
    ] {
        let error = Vault::new(&list).expect_err("the list is malformed");
        assert_eq!(error, Error::InvalidKey { position });
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(&good) && !shown.contains("not base64!"));
    }
}

#[test]
fn padding_and_spaces_do_not_matter() {
    let key = Vault::generate();
    let bare = key.trim_end_matches('=');
    let one = Vault::new(&key).expect("padded");
    let other = Vault::new(&format!(" {bare} ")).expect("bare");
    assert_eq!(one.fingerprint(&[b"r"]), other.fingerprint(&[b"r"]));
}

#[test]
fn debug_shows_nothing() {
    assert_eq!(format!("{:?}", vault()), "[vault]");
}
