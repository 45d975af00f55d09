//! Corners that random messages do not reach: what is accepted, what is refused and where, what is left out.

use crate::harness::Subject;

const EVERYTHING: &str = "zoo.v1.Everything";

/// What the zoo's Everything is written as after it was read.
fn through(json: &str) -> Result<String, String> {
    let subject = Subject::zoo();
    let wire = subject.our_wire(EVERYTHING, json.as_bytes())?;
    let json = subject.our_json(EVERYTHING, &wire).expect("it has JSON");
    Ok(String::from_utf8(json).expect("UTF-8"))
}

#[track_caller]
fn becomes(json: &str, expected: &str) {
    assert_eq!(through(json).as_deref(), Ok(expected), "{json}");
}

#[test]
fn input_may_be_written_in_many_ways() {
    for (json, expected) in [
        (
            r#"{"an_int64": 9007199254740993}"#,
            r#"{"anInt64":"9007199254740993"}"#,
        ),
        (
            r#"{"anInt64": "-9223372036854775808"}"#,
            r#"{"anInt64":"-9223372036854775808"}"#,
        ),
        (
            r#"{"aUint64": 18446744073709551615}"#,
            r#"{"aUint64":"18446744073709551615"}"#,
        ),
        (r#"{"anInt32": 1e2}"#, r#"{"anInt32":100}"#),
        (r#"{"anInt32": "1.0"}"#, r#"{"anInt32":1}"#),
        (r#"{"aDouble": "NaN"}"#, r#"{"aDouble":"NaN"}"#),
        (r#"{"aFloat": "-Infinity"}"#, r#"{"aFloat":"-Infinity"}"#),
        (r#"{"aDouble": "1.5"}"#, r#"{"aDouble":1.5}"#),
        (r#"{"someBytes": "_-8"}"#, r#"{"someBytes":"/+8="}"#),
        (r#"{"someBytes": "/+8="}"#, r#"{"someBytes":"/+8="}"#),
        (r#"{"aKind": "KIND_FELINE"}"#, r#"{"aKind":"KIND_CAT"}"#),
        (r#"{"aKind": -1}"#, r#"{"aKind":"KIND_NEGATIVE"}"#),
        (r#"{"aKind": 77}"#, r#"{"aKind":77}"#),
        (
            r#"{"aString": "\ud83d\ude00\u0041"}"#,
            r#"{"aString":"😀A"}"#,
        ),
        (r#"{"call me \"x\"": "y"}"#, r#"{"call me \"x\"":"y"}"#),
        (r#"{"renamed": "y"}"#, r#"{"call me \"x\"":"y"}"#),
        (
            r#"{"anAny": {"value": "3s", "@type": "x/google.protobuf.Duration"}}"#,
            r#"{"anAny":{"@type":"x/google.protobuf.Duration","value":"3s"}}"#,
        ),
        (
            r#"{"anAny": {"name": "Leo", "@type": "x/zoo.v1.Animal"}}"#,
            r#"{"anAny":{"@type":"x/zoo.v1.Animal","name":"Leo"}}"#,
        ),
        (
            r#"{"anAny": {"@type": "x/google.protobuf.Empty"}}"#,
            r#"{"anAny":{"@type":"x/google.protobuf.Empty","value":{}}}"#,
        ),
        (r#"{"aMask": "fooBar,a.bC"}"#, r#"{"aMask":"fooBar,a.bC"}"#),
        (
            r#"{"byBool": {"true": "1"}, "byInt32": {"-5": "KIND_CAT"}}"#,
            r#"{"byBool":{"true":"1"},"byInt32":{"-5":"KIND_CAT"}}"#,
        ),
    ] {
        becomes(json, expected);
    }
}

#[test]
fn null_is_nothing_except_where_it_is_a_value() {
    becomes(
        r#"{"anInt32": null, "anAnimal": null, "strings": null, "byString": null, "boxedString": null, "aTimestamp": null}"#,
        "{}",
    );
    becomes(r#"{"aValue": null}"#, r#"{"aValue":null}"#);
    becomes(r#"{"values": [null, 1]}"#, r#"{"values":[null,1]}"#);
    becomes(r#"{"chosenValue": null}"#, r#"{"chosenValue":null}"#);
    becomes(
        r#"{"chosenInt32": null, "chosenString": "x"}"#,
        r#"{"chosenString":"x"}"#,
    );
    becomes(
        r#"{"bySfixed64": {"1": null}}"#,
        r#"{"bySfixed64":{"1":null}}"#,
    );
}

#[test]
fn defaults_are_left_out_unless_presence_tells_them_apart() {
    becomes(
        r#"{"anInt32": 0, "aString": "", "aBool": false, "aKind": 0, "aDouble": 0, "someBytes": "", "strings": [], "byString": {}}"#,
        "{}",
    );
    becomes(
        r#"{"maybeInt32": 0, "maybeString": "", "maybeKind": 0, "anAnimal": {}, "boxedBool": false, "chosenInt32": 0}"#,
        r#"{"maybeInt32":0,"maybeString":"","maybeKind":"KIND_UNSPECIFIED","anAnimal":{},"boxedBool":false,"chosenInt32":0}"#,
    );
    becomes(r#"{"aDouble": -0.0}"#, r#"{"aDouble":-0}"#);
}

#[test]
fn what_is_refused_names_the_place() {
    for (json, place) in [
        (r#"{"nothing": 1}"#, "nothing"),
        (r#"{"anInt32": 1, "an_int32": 1}"#, "anInt32"),
        (r#"{"anInt32": 1.5}"#, "anInt32"),
        (r#"{"anInt32": 2147483648}"#, "anInt32"),
        (r#"{"anInt32": " 1"}"#, "anInt32"),
        (r#"{"aUint32": -1}"#, "aUint32"),
        (r#"{"aFloat": 1e39}"#, "aFloat"),
        (r#"{"aDouble": 1e309}"#, "aDouble"),
        (r#"{"aDouble": "inf"}"#, "aDouble"),
        (r#"{"aBool": "true"}"#, "aBool"),
        (r#"{"aBool": 1}"#, "aBool"),
        (r#"{"aKind": "CAT"}"#, "aKind"),
        (r#"{"someBytes": "a"}"#, "someBytes"),
        (r#"{"aString": "\udc00"}"#, "aString"),
        (r#"{"aString": "\ud800\u0041"}"#, "aString"),
        (r#"{"strings": ["a", null]}"#, "strings[1]"),
        (r#"{"strings": "a"}"#, "strings"),
        (
            r#"{"animals": [{}, {"children": [{"kind": []}]}]}"#,
            "animals[1].children[0].kind",
        ),
        (r#"{"byString": {"a": "1", "a": "2"}}"#, "byString[\"a\"]"),
        (r#"{"byString": {"a": null}}"#, "byString[\"a\"]"),
        (r#"{"byInt32": {"01": 1}}"#, "byInt32[\"01\"]"),
        (r#"{"chosenInt32": 1, "chosenString": "x"}"#, "chosenString"),
        (r#"{"aTimestamp": "2024-01-01"}"#, "aTimestamp"),
        (r#"{"aDuration": "1"}"#, "aDuration"),
        (r#"{"aMask": "foo_bar"}"#, "aMask"),
        (r#"{"aStruct": {"a": 1, "a": 2}}"#, "aStruct[\"a\"]"),
        (r#"{"aStruct": []}"#, "aStruct"),
        (r#"{"anAny": {"value": 1}}"#, "anAny.@type"),
        (r#"{"anAny": {"@type": "x/no.Such"}}"#, "anAny.@type"),
        (
            r#"{"anAny": {"@type": "x/zoo.v1.Animal", "value": 1}}"#,
            "anAny.value",
        ),
        (
            r#"{"anAny": {"@type": "x/google.protobuf.Duration"}}"#,
            "anAny.value",
        ),
        (
            r#"{"anAny": {"@type": "x/zoo.v1.Animal", "@type": "x/zoo.v1.Animal"}}"#,
            "anAny.@type",
        ),
        (r#"{"boxedStrings": [null]}"#, "boxedStrings[0]"),
    ] {
        let refused = through(json).expect_err(json);
        assert!(
            refused.starts_with(&format!("{place}: ")),
            "{json}: {refused}"
        );
    }
}

#[test]
fn nesting_is_bounded_both_ways() {
    let nested = |levels: usize| {
        format!(
            "{}{}",
            r#"{"chosenEverything":"#.repeat(levels - 1) + "{}",
            "}".repeat(levels - 1)
        )
    };
    assert!(through(&nested(100)).is_ok());
    assert!(through(&nested(101)).is_err());
    let mut wire = Vec::new();
    for _ in 0..100 {
        let mut outer = vec![0x8a, 0x07];
        prost::encoding::encode_varint(wire.len() as u64, &mut outer);
        outer.extend(wire);
        wire = outer;
    }
    assert_eq!(Subject::zoo().our_json(EVERYTHING, &wire), None);
}

#[test]
fn a_string_on_the_wire_that_is_not_utf_8_has_no_json() {
    assert_eq!(Subject::zoo().our_json(EVERYTHING, &[0x72, 1, 0xff]), None);
}

#[test]
fn map_entries_without_key_or_value_are_defaults_and_the_last_of_a_key_stands() {
    // by_string (51): an empty entry; then "a" twice.
    let wire = [
        0x9a, 0x03, 0, //
        0x9a, 0x03, 6, 0x0a, 1, b'a', 0x12, 1, b'1', //
        0x9a, 0x03, 6, 0x0a, 1, b'a', 0x12, 1, b'2',
    ];
    let json = Subject::zoo()
        .our_json(EVERYTHING, &wire)
        .expect("it has JSON");
    assert_eq!(json, br#"{"byString":{"":"","a":"2"}}"#);
}

#[test]
fn packed_and_single_elements_are_one_list_and_unknown_fields_are_stepped_over() {
    // int32s (33): 1 alone, then 2 and 3 packed; field 1000 is unknown; an_int32 (3) with a string's wire type too.
    let wire = [
        0x88, 0x02, 1, 0x8a, 0x02, 2, 2, 3, 0xc0, 0x3e, 7, 0x1a, 1, b'x',
    ];
    let json = Subject::zoo()
        .our_json(EVERYTHING, &wire)
        .expect("it has JSON");
    assert_eq!(json, br#"{"int32s":[1,2,3]}"#);
}
