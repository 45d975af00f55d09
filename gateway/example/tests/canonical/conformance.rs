//! Cases of protobuf's conformance tests that the other tests lack. Compares with no other implementation.

use crate::exact::{becomes, through};

#[test]
fn input_that_every_implementation_must_accept_is_accepted() {
    for (json, expected) in [
        (
            r#"{"anInt32": -2.147483648e9}"#,
            r#"{"anInt32":-2147483648}"#,
        ),
        (r#"{"anInt32": "\u0031\u0032"}"#, r#"{"anInt32":12}"#),
        (r#"{"an\u0049nt32": 1}"#, r#"{"anInt32":1}"#),
        (
            r#"{"byInt32": {"\u0031": 0}}"#,
            r#"{"byInt32":{"1":"KIND_UNSPECIFIED"}}"#,
        ),
        (
            r#"{"byBool": {"tr\u0075e": 1}}"#,
            r#"{"byBool":{"true":"1"}}"#,
        ),
        (r#"{"aNull": "NULL_VALUE"}"#, "{}"),
        (
            r#"{"chosenInt32": 1, "chosenString": null}"#,
            r#"{"chosenInt32":1}"#,
        ),
        (
            r#"{"aTimestamp": "1969-12-31T16:00:00-08:00"}"#,
            r#"{"aTimestamp":"1970-01-01T00:00:00Z"}"#,
        ),
        (
            r#"{"aDuration": "315576000000.999999999s"}"#,
            r#"{"aDuration":"315576000000.999999999s"}"#,
        ),
        (
            r#"{"aDuration": "-315576000000.999999999s"}"#,
            r#"{"aDuration":"-315576000000.999999999s"}"#,
        ),
        (r#"{"aDuration": "-0.5s"}"#, r#"{"aDuration":"-0.500s"}"#),
        (r#"{"aFloat": 3.4028235e38}"#, r#"{"aFloat":3.4028235e38}"#),
        (r#"{"aFloat": 1e-46}"#, "{}"),
        (
            r#"{"aStruct": {"a": [], "b": {}}}"#,
            r#"{"aStruct":{"a":[],"b":{}}}"#,
        ),
        (r#"{"aMask": ""}"#, r#"{"aMask":""}"#),
        (
            r#"{"anAny": {"@type": "x/google.protobuf.Any", "value": {"@type": "x/google.protobuf.Int32Value", "value": 1}}}"#,
            r#"{"anAny":{"@type":"x/google.protobuf.Any","value":{"@type":"x/google.protobuf.Int32Value","value":1}}}"#,
        ),
        (
            r#"{"anAny": {"@type": "x/google.protobuf.Value", "value": null}}"#,
            r#"{"anAny":{"@type":"x/google.protobuf.Value","value":null}}"#,
        ),
        (
            r#"{"anAny": {"@type": "x/google.protobuf.Struct", "value": {"@type": 1}}}"#,
            r#"{"anAny":{"@type":"x/google.protobuf.Struct","value":{"@type":1}}}"#,
        ),
    ] {
        becomes(json, expected);
    }
}

#[test]
fn input_that_every_implementation_must_refuse_is_refused() {
    for json in [
        "null",
        r#"{"anInt32": 012}"#,
        r#"{"anInt32": -01}"#,
        r#"{"anInt32": +1}"#,
        r#"{"anInt32": NaN}"#,
        r#"{"aDouble": Infinity}"#,
        r#"{"aDouble": -1.89769e+308}"#,
        r#"{"aBool": "1"}"#,
        r#"{"aKind": KIND_CAT}"#,
        r#"{"aString": "\ude01\ud83d"}"#,
        r#"{"aString": "\u00g0"}"#,
        r#"{"byBool": {"True": 1}}"#,
        r#"{"byInt32": {" 1": 0}}"#,
        r#"{"int32s": [1, 2,]}"#,
        r#"{"strings": ["a" "b"]}"#,
        r#"{"aDuration": "315576000001s"}"#,
        r#"{"aTimestamp": "2015-05-19t23:59:59Z"}"#,
        r#"{"aTimestamp": "2015-05-19T23:59:59.1+25:00"}"#,
        r#"{"aMask": "foo,bar_bar"}"#,
        r#"{"anAny": {"@type": "", "value": ""}}"#,
        r#"{"anAny": {"@type": "zoo.v1.Animal"}}"#,
        r#"{"anAny": {"@type": 1}}"#,
        r#"{"someBytes": "-_+/"}"#,
        r#"{"someBytes": "AQ\n=="}"#,
    ] {
        assert!(through(json).is_err(), "{json}");
    }
}
