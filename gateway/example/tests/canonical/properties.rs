//! Properties of the mapping that hold for every message of every proto.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use prost::Message as _;
use prost_reflect::DynamicMessage;

use crate::arbitrary::{self, Random};
use crate::differences::{self, Accepts, Occurrence};
use crate::harness::{Subject, comparable, spelled_out};
use crate::syntax::Node;

const CONTRACT: &[&str] = &[
    "order.v1",
    "sandbox.v1",
    "google.rpc",
    "google.type",
    "payment.v1",
];
const ZOO: &[&str] = &["zoo.v1", "google.protobuf"];
/// The nesting of random messages.
const DEPTH: u32 = 3;

fn each(
    subject: &Subject,
    packages: &[&str],
    seed: u64,
    check: impl Fn(&Subject, &DynamicMessage, &mut Random),
) {
    let mut random = Random(seed);
    for described in subject.messages(packages) {
        if subject.tables.message(described.full_name()).is_none() {
            // Messages of descriptor.proto have no table.
            continue;
        }
        let message = arbitrary::message(&subject.pool, &described, &mut random, DEPTH);
        check(subject, &message, &mut random);
    }
}

/// Both implementations write the same JSON, and the gateway reads both back to the same message.
fn check_round_trip(subject: &Subject, message: &DynamicMessage, _: &mut Random) {
    let described = prost_reflect::ReflectMessage::descriptor(message);
    let name = described.full_name();
    let wire = message.encode_to_vec();
    let theirs = Subject::their_json(message).expect("it has JSON");
    let ours = subject
        .our_json(name, &wire)
        .unwrap_or_else(|| panic!("{name} has no JSON: {}", String::from_utf8_lossy(&theirs)));
    assert_eq!(comparable(&ours), comparable(&theirs), "{name}");
    for json in [&ours, &theirs] {
        let back = subject.our_wire(name, json).expect("it is read back");
        let back =
            DynamicMessage::decode(described.clone(), back.as_slice()).expect("it is a message");
        // The comparison uses JSON because the order of a map in an Any's payload differs.
        let back = Subject::their_json(&back).expect("it has JSON");
        assert_eq!(comparable(&back), comparable(&theirs), "{name}");
    }
    let once = subject.our_wire(name, &ours).expect("it is read back");
    let again = subject.our_json(name, &once).expect("it has JSON");
    assert_eq!(subject.our_wire(name, &again), Ok(once), "{name}");
}

/// Two concatenated encodings are the merged message, including scattered records, repeated records and two members of
/// a oneof.
fn check_merging(subject: &Subject, message: &DynamicMessage, random: &mut Random) {
    let described = prost_reflect::ReflectMessage::descriptor(message);
    let name = described.full_name();
    let other = arbitrary::message(&subject.pool, &described, random, DEPTH);
    let mut wire = message.encode_to_vec();
    wire.extend(other.encode_to_vec());
    let merged =
        DynamicMessage::decode(described.clone(), wire.as_slice()).expect("it is a message");
    // Merged seconds and nanoseconds may have no JSON, and an Any may get the payload of another type.
    if let (Some(theirs), Some(ours)) =
        (Subject::their_json(&merged), subject.our_json(name, &wire))
        && !theirs.windows(5).any(|text| text == b"@type")
    {
        assert_eq!(comparable(&ours), comparable(&theirs), "{name}");
    }
}

/// Both implementations refuse damaged JSON or read it equally, except for known differences: then the text contains
/// one, and the gateway's refusal names its path.
fn check_damaged(subject: &Subject, message: &DynamicMessage, random: &mut Random) {
    let described = prost_reflect::ReflectMessage::descriptor(message);
    let name = described.full_name();
    let mut json = Subject::their_json(message).expect("it has JSON");
    for _ in 0..=random.below(2) {
        let at = random.below(json.len() as u64 + 1) as usize;
        let byte = b"{}[]\",:\\01-.eEntfzA\xff "[random.below(21) as usize];
        match random.below(3) {
            0 => json.insert(at, byte),
            1 if at < json.len() => json[at] = byte,
            _ => drop(json.drain(at..json.len().min(at + 1))),
        }
    }
    let shown = String::from_utf8_lossy(&json).into_owned();
    let occurrences = || {
        let node = Node::of(&json).unwrap_or_else(|| panic!("{name}: not JSON: {shown}"));
        differences::occurrences(&described, &node)
    };
    let theirs = Subject::their_message(&described, &json);
    match (subject.our_wire(name, &json), theirs) {
        (Err(_), Err(_)) => {}
        (Ok(ours), Ok(theirs)) => {
            let ours = DynamicMessage::decode(described.clone(), ours.as_slice());
            let [ours, theirs] = [ours.expect("it is a message"), theirs]
                .map(|message| Subject::their_json(&message).map(|json| comparable(&json)));
            assert_eq!(ours, theirs, "{name}: {shown}");
        }
        (Ok(ours), Err(error)) => {
            let known =
                |occurrence: &Occurrence| occurrence.difference.accepted_by() == Accepts::Ours;
            assert!(
                occurrences().iter().any(known),
                "only the gateway accepts {name}: {error}: {shown}"
            );
            let canonical = subject.our_json(name, &ours).expect("it has JSON");
            Subject::their_message(&described, &spelled_out(&canonical))
                .unwrap_or_else(|error| panic!("{name}: {error}: {shown}"));
        }
        (Err(refusal), Ok(_)) => {
            let known = |occurrence: &Occurrence| {
                occurrence.difference.accepted_by() == Accepts::Theirs
                    && occurrence.path == refusal.path
            };
            assert!(
                occurrences().iter().any(known),
                "only prost-reflect accepts {name}: {refusal}: {shown}: {:?}",
                occurrences()
            );
        }
    }
}

/// The number of seeds; each is tried with every message. `PROPTEST_CASES` overrides it.
fn cases() -> u32 {
    let asked = std::env::var("PROPTEST_CASES").ok();
    asked.and_then(|count| count.parse().ok()).unwrap_or(48)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn the_contract_survives_a_round_trip(seed: u64) {
        each(Subject::contract(), CONTRACT, seed, check_round_trip);
    }

    #[test]
    fn the_zoo_survives_a_round_trip(seed: u64) {
        each(Subject::zoo(), ZOO, seed, check_round_trip);
    }

    #[test]
    fn the_contract_is_merged_equally(seed: u64) {
        each(Subject::contract(), CONTRACT, seed, check_merging);
    }

    #[test]
    fn the_zoo_is_merged_equally(seed: u64) {
        each(Subject::zoo(), ZOO, seed, check_merging);
    }

    #[test]
    fn damaged_json_of_the_contract_is_judged_equally(seed: u64) {
        each(Subject::contract(), CONTRACT, seed, check_damaged);
    }

    #[test]
    fn damaged_json_of_the_zoo_is_judged_equally(seed: u64) {
        each(Subject::zoo(), ZOO, seed, check_damaged);
    }

    #[test]
    fn arbitrary_bytes_do_not_break_the_writer(wire: Vec<u8>) {
        let subject = Subject::zoo();
        if let Some(json) = subject.our_json("zoo.v1.Everything", &wire) {
            comparable(&json);
        }
    }
}
