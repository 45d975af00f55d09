//! Edge cases that random messages do not reach: accepted spellings, refusals and their paths, omitted defaults.

use prost_reflect::DynamicMessage;

use crate::harness::{Subject, comparable};

const EVERYTHING: &str = "zoo.v1.Everything";

/// The canonical JSON of `json`, read as the zoo's Everything.
pub(crate) fn through(json: &str) -> Result<String, String> {
    let subject = Subject::zoo();
    let wire = subject
        .our_wire(EVERYTHING, json.as_bytes())
        .map_err(|error| error.to_string())?;
    let json = subject.our_json(EVERYTHING, &wire).expect("it has JSON");
    Ok(String::from_utf8(json).expect("UTF-8"))
}

#[track_caller]
pub(crate) fn becomes(json: &str, expected: &str) {
    assert_eq!(through(json).as_deref(), Ok(expected), "{json}");
}

#[test]
fn every_spelling_of_the_mapping_is_accepted() {
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
        (
            r#"{"call me \"x\"\u0009": "y"}"#,
            r#"{"call me \"x\"\t":"y"}"#,
        ),
        (r#"{"renamed": "y"}"#, r#"{"call me \"x\"\t":"y"}"#),
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
            r#"{"anAny":{"@type":"x/google.protobuf.Empty"}}"#,
        ),
        (
            r#"{"anAny": {"@type": "x/google.protobuf.Empty", "value": {}}}"#,
            r#"{"anAny":{"@type":"x/google.protobuf.Empty"}}"#,
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
fn null_means_no_value_except_where_it_is_a_value() {
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
fn defaults_are_omitted_unless_the_field_has_presence() {
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
fn a_refusal_names_the_path() {
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
fn nesting_is_bounded_in_both_directions() {
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
fn written_json_of_any_depth_can_be_read() {
    let subject = Subject::zoo();
    // Lists count as levels; a Value adds no level of its own.
    for (deepest, too_deep) in [
        (
            "[".repeat(100) + &"]".repeat(100),
            "[".repeat(101) + &"]".repeat(101),
        ),
        (
            r#"{"a":"#.repeat(99) + "{}" + &"}".repeat(99),
            r#"{"a":"#.repeat(100) + "{}" + &"}".repeat(100),
        ),
    ] {
        let value = "google.protobuf.Value";
        let wire = subject.our_wire(value, deepest.as_bytes());
        let json = subject.our_json(value, &wire.expect("it is read"));
        assert_eq!(json.as_deref(), Some(deepest.as_bytes()));
        assert!(subject.our_wire(value, too_deep.as_bytes()).is_err());
    }
    let mut wire = Vec::new();
    for levels in 1..100 {
        // Field children (2) of Animal: an object in a list.
        let mut outer = vec![0x12];
        prost::encoding::encode_varint(wire.len() as u64, &mut outer);
        outer.extend(wire);
        wire = outer;
        match subject.our_json("zoo.v1.Animal", &wire) {
            Some(json) => assert!(subject.our_wire("zoo.v1.Animal", &json).is_ok(), "{levels}"),
            None => assert!(2 * levels + 1 > 100, "{levels}"),
        }
    }
}

#[test]
fn equal_keys_with_different_encodings_are_written_once() {
    // by_bool (59): true as 1 and as 2; by_int32 (52): 1, and 1 with a bit that an int32 does not have.
    let wire = [
        0xda, 0x03, 4, 8, 1, 16, 5, 0xda, 0x03, 4, 8, 2, 16, 6, //
        0xa2, 0x03, 4, 8, 1, 16, 1, //
        0xa2, 0x03, 8, 8, 0x81, 0x80, 0x80, 0x80, 0x10, 16, 0,
    ];
    let json = Subject::zoo()
        .our_json(EVERYTHING, &wire)
        .expect("it has JSON");
    let expected = br#"{"byBool":{"true":"6"},"byInt32":{"1":"KIND_UNSPECIFIED"}}"#;
    assert_eq!(
        String::from_utf8_lossy(&json),
        String::from_utf8_lossy(expected)
    );
}

#[test]
fn values_that_would_change_on_a_round_trip_have_no_json() {
    for (message, wire) in [
        // A mask with an empty path, and one with a comma in a path.
        ("google.protobuf.FieldMask", &[0x0a, 0][..]),
        ("google.protobuf.FieldMask", &[0x0a, 3, b'a', b',', b'b']),
        // A type URL without a slash.
        ("google.protobuf.Any", b"\x0a\x15google.protobuf.Empty"),
    ] {
        assert_eq!(Subject::zoo().our_json(message, wire), None, "{wire:?}");
    }
}

#[test]
fn a_message_with_scattered_records_at_every_level_is_written_in_time() {
    // an_int32 (3) before and after chosen_everything (113), 90 levels deep.
    let mut wire = Vec::new();
    for _ in 0..90 {
        let mut outer = vec![0x18, 1, 0x8a, 0x07];
        prost::encoding::encode_varint(wire.len() as u64, &mut outer);
        outer.extend(wire);
        outer.extend([0x18, 2]);
        wire = outer;
    }
    let json = Subject::zoo()
        .our_json(EVERYTHING, &wire)
        .expect("it has JSON");
    let level = br#""anInt32":2"#;
    let levels = json.windows(level.len()).filter(|text| text == level);
    assert_eq!(levels.count(), 90);
}

#[test]
fn a_string_on_the_wire_that_is_not_utf_8_has_no_json() {
    assert_eq!(Subject::zoo().our_json(EVERYTHING, &[0x72, 1, 0xff]), None);
}

#[test]
fn missing_keys_and_values_are_defaults_and_the_last_entry_of_a_key_wins() {
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
fn repeated_messages_in_a_map_entry_are_merged() {
    // by_int64 (53), by_fixed32 (57), by_string (51): key 1, and the value in several records; only messages are
    // merged.
    let wire = [
        0xaa, 0x03, 15, 8, 1, 0x12, 3, 0x0a, 1, b'a', 0x12, 2, 0x18, 1, 0x12, 2, 0x22, 0, //
        0xca, 0x03, 13, 0x0d, 1, 0, 0, 0, 0x12, 2, 8, 3, 0x12, 2, 0x10, 5, //
        0x9a, 0x03, 9, 0x0a, 1, b'k', 0x12, 1, b'1', 0x12, 1, b'2',
    ];
    let subject = Subject::zoo();
    let json = subject.our_json(EVERYTHING, &wire).expect("it has JSON");
    let expected = r#"{"byInt64":{"1":{"name":"a","kind":"KIND_CAT","eating":""}},"byFixed32":{"1":"3.000000005s"},"byString":{"k":"2"}}"#;
    assert_eq!(String::from_utf8_lossy(&json), expected);
    let theirs = DynamicMessage::decode(subject.described(EVERYTHING), &wire[..]);
    let theirs = Subject::their_json(&theirs.expect("it is a message")).expect("it has JSON");
    assert_eq!(comparable(&json), comparable(&theirs));
}

#[test]
fn packed_and_single_elements_are_one_list_and_unknown_fields_are_skipped() {
    // int32s (33): 1 alone, then 2 and 3 packed; field 1000 is unknown; an_int32 (3) with a string's wire type too.
    let wire = [
        0x88, 0x02, 1, 0x8a, 0x02, 2, 2, 3, 0xc0, 0x3e, 7, 0x1a, 1, b'x',
    ];
    let json = Subject::zoo()
        .our_json(EVERYTHING, &wire)
        .expect("it has JSON");
    assert_eq!(json, br#"{"int32s":[1,2,3]}"#);
}
