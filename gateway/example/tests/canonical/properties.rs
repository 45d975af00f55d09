//! What must hold of any message of any proto.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use prost::Message as _;
use prost_reflect::DynamicMessage;

use crate::arbitrary::{self, Dice};
use crate::differences::{self, Spot, Taker};
use crate::harness::{Subject, comparable};
use crate::syntax::Node;

const CONTRACT: &[&str] = &[
    "order.v1",
    "sandbox.v1",
    "google.rpc",
    "google.type",
    "payment.v1",
];
const ZOO: &[&str] = &["zoo.v1", "google.protobuf"];
/// Recursion in the random messages.
const DEPTH: u32 = 3;

fn each(
    subject: &Subject,
    packages: &[&str],
    seed: u64,
    check: impl Fn(&Subject, &DynamicMessage, &mut Dice),
) {
    let mut dice = Dice(seed);
    for described in subject.messages(packages) {
        if subject.tables.message(described.full_name()).is_none() {
            // Descriptors of descriptors have no table.
            continue;
        }
        let message = arbitrary::message(&subject.pool, &described, &mut dice, DEPTH);
        check(subject, &message, &mut dice);
    }
}

/// Both mappings write the same JSON, and ours reads both back to the same message.
fn same_both_ways(subject: &Subject, message: &DynamicMessage, _: &mut Dice) {
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
        // Compared as JSON: an Any's payload may hold a map, whose order differs.
        let back = Subject::their_json(&back).expect("it has JSON");
        assert_eq!(comparable(&back), comparable(&theirs), "{name}");
    }
    let once = subject.our_wire(name, &ours).expect("it is read back");
    let again = subject.our_json(name, &once).expect("it has JSON");
    assert_eq!(subject.our_wire(name, &again), Ok(once), "{name}");
}

/// Two encodings in a row are both messages merged, whatever lies apart, twice or in two members of a oneof.
fn merged_alike(subject: &Subject, message: &DynamicMessage, dice: &mut Dice) {
    let described = prost_reflect::ReflectMessage::descriptor(message);
    let name = described.full_name();
    let other = arbitrary::message(&subject.pool, &described, dice, DEPTH);
    let mut wire = message.encode_to_vec();
    wire.extend(other.encode_to_vec());
    let merged =
        DynamicMessage::decode(described.clone(), wire.as_slice()).expect("it is a message");
    // Merged seconds and nanoseconds may have no JSON; the payload of one Any under the type of another is no message.
    if let (Some(theirs), Some(ours)) =
        (Subject::their_json(&merged), subject.our_json(name, &wire))
        && !theirs.windows(5).any(|text| text == b"@type")
    {
        assert_eq!(comparable(&ours), comparable(&theirs), "{name}");
    }
}

/// Damaged JSON is refused by both or read alike, but for the differences that are known: then the text holds one, and
/// where we refuse, right there.
fn damage_is_seen_alike(subject: &Subject, message: &DynamicMessage, dice: &mut Dice) {
    let described = prost_reflect::ReflectMessage::descriptor(message);
    let name = described.full_name();
    let mut json = Subject::their_json(message).expect("it has JSON");
    for _ in 0..=dice.below(2) {
        let at = dice.below(json.len() as u64 + 1) as usize;
        let byte = b"{}[]\",:\\01-.eEntfzA\xff "[dice.below(21) as usize];
        match dice.below(3) {
            0 => json.insert(at, byte),
            1 if at < json.len() => json[at] = byte,
            _ => drop(json.drain(at..json.len().min(at + 1))),
        }
    }
    let shown = String::from_utf8_lossy(&json).into_owned();
    let spots = || {
        let node = Node::of(&json).unwrap_or_else(|| panic!("{name}: no JSON: {shown}"));
        differences::spots(&described, &node)
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
        (Ok(ours), Err(why)) => {
            let known = |spot: &Spot| spot.difference.taker() == Taker::Ours;
            assert!(
                spots().iter().any(known),
                "only ours takes {name}: {why}: {shown}"
            );
            let canonical = subject.our_json(name, &ours).expect("it has JSON");
            Subject::their_message(&described, &canonical)
                .unwrap_or_else(|why| panic!("{name}: {why}: {shown}"));
        }
        (Err(refusal), Ok(_)) => {
            let known =
                |spot: &Spot| spot.difference.taker() == Taker::Theirs && spot.path == refusal.path;
            assert!(
                spots().iter().any(known),
                "only theirs takes {name}: {refusal}: {shown}: {:?}",
                spots()
            );
        }
    }
}

/// Few, for each is tried with every message; `PROPTEST_CASES` asks for more.
fn cases() -> u32 {
    let asked = std::env::var("PROPTEST_CASES").ok();
    asked.and_then(|count| count.parse().ok()).unwrap_or(48)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn the_contract_goes_both_ways(seed: u64) {
        each(Subject::contract(), CONTRACT, seed, same_both_ways);
    }

    #[test]
    fn the_zoo_goes_both_ways(seed: u64) {
        each(Subject::zoo(), ZOO, seed, same_both_ways);
    }

    #[test]
    fn the_contract_merges_alike(seed: u64) {
        each(Subject::contract(), CONTRACT, seed, merged_alike);
    }

    #[test]
    fn the_zoo_merges_alike(seed: u64) {
        each(Subject::zoo(), ZOO, seed, merged_alike);
    }

    #[test]
    fn damaged_json_of_the_contract_is_seen_alike(seed: u64) {
        each(Subject::contract(), CONTRACT, seed, damage_is_seen_alike);
    }

    #[test]
    fn damaged_json_of_the_zoo_is_seen_alike(seed: u64) {
        each(Subject::zoo(), ZOO, seed, damage_is_seen_alike);
    }

    #[test]
    fn no_bytes_break_the_writer(wire: Vec<u8>) {
        let subject = Subject::zoo();
        if let Some(json) = subject.our_json("zoo.v1.Everything", &wire) {
            comparable(&json);
        }
    }
}
