//! One example of each difference, accepted by exactly one implementation.

use super::*;
use crate::harness::Subject;

#[test]
fn each_difference_exists_and_has_its_accepting_implementation() {
    let subject = Subject::zoo();
    let everything = "zoo.v1.Everything";
    for (difference, json) in [
        (D::DuplicateKey, r#"{"anInt32": 1, "anInt32": 1}"#),
        (D::DuplicateKey, r#"{"anInt32": 1, "an_int32": 1}"#),
        (D::DuplicateKey, r#"{"byString": {"a": "1", "a": "2"}}"#),
        (D::DuplicateKey, r#"{"aStruct": {"a": {"b": 1, "b": 2}}}"#),
        (
            D::DuplicateKey,
            r#"{"anAny": {"name": "a", "name": "b", "@type": "x/zoo.v1.Animal"}}"#,
        ),
        (D::KeySpelling, r#"{"byInt32": {"01": 1}}"#),
        (D::KeySpelling, r#"{"byUint64": {"+1": ""}}"#),
        (D::EmptyPath, r#"{"aMask": "a,"}"#),
        (
            D::SubNanosecond,
            r#"{"aTimestamp": "2024-01-01T00:00:00.1234567890Z"}"#,
        ),
        (D::SubNanosecond, r#"{"aDuration": "1.1234567890s"}"#),
        (D::LooseTime, r#"{"aTimestamp": "2016-12-31T23:59:60Z"}"#),
        (D::LooseTime, r#"{"aDuration": "0000000000001s"}"#),
        (D::LooseNumber, r#"{"anInt32": "+1"}"#),
        (D::LooseNumber, r#"{"anInt64": "01"}"#),
        (D::LooseNumber, r#"{"aDouble": ".5"}"#),
        (D::LooseNumber, r#"{"aDouble": "1."}"#),
        (D::LooseNumber, r#"{"aFloat": "inf"}"#),
        (D::LooseNumber, r#"{"boxedDouble": "infinity"}"#),
        (D::Overflow, r#"{"aDouble": "1e999"}"#),
        (D::Overflow, r#"{"aFloat": "1e39"}"#),
        (D::QuotedExponent, r#"{"anInt32": "1e2"}"#),
        (D::QuotedExponent, r#"{"boxedInt64": "1.0"}"#),
        (D::QuotedExponent, r#"{"aUint32": "-0"}"#),
        (D::EnumExponent, r#"{"aKind": 1.0}"#),
        (D::EmptyAny, r#"{"anAny": {}}"#),
        (
            D::EmptyInAny,
            r#"{"anAny": {"@type": "x/google.protobuf.Empty"}}"#,
        ),
    ] {
        let described = subject.described(everything);
        let taken = [
            subject.our_wire(everything, json.as_bytes()).is_ok(),
            Subject::their_message(&described, json.as_bytes()).is_ok(),
        ];
        let expected =
            [Accepts::Ours, Accepts::Theirs].map(|accepts| accepts == difference.accepted_by());
        assert_eq!(taken, expected, "{difference:?}: {json}");
        let node = Node::of(json.as_bytes()).expect("it is JSON");
        let found = occurrences(&described, &node);
        assert!(
            found
                .iter()
                .any(|occurrence| occurrence.difference == difference),
            "{difference:?}: {json}: {found:?}"
        );
    }
}
