//! Generates random messages that have JSON: times in range, finite Values, known types in Any. Compares nothing.

use prost::Message as _;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value,
};

/// A seeded pseudo-random generator (splitmix64).
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A number that is small, large or extreme with similar probability.
    fn number(&mut self) -> u64 {
        match self.below(5) {
            0 => self.below(3),
            1 => self.below(300),
            2 => u64::MAX - self.below(3),
            3 => 1 << self.below(64),
            _ => self.next(),
        }
    }

    fn double(&mut self) -> f64 {
        match self.below(6) {
            0 => 0.0,
            1 => -0.0,
            2 => self.below(1000) as f64 / 8.0,
            3 => f64::MAX,
            4 => 5e-324,
            _ => Some(f64::from_bits(self.next()))
                .filter(|value| value.is_finite())
                .unwrap_or(0.1),
        }
    }

    fn text(&mut self) -> String {
        const PIECES: [&str; 12] = [
            "",
            "a",
            "Zoë",
            "\"",
            "\\",
            "\n",
            "\u{1}",
            "😀",
            "/",
            "\u{2028}",
            "null",
            "long enough to need two length bytes when repeated ",
        ];
        (0..self.below(6))
            .map(|_| PIECES[self.below(PIECES.len() as u64) as usize])
            .collect()
    }

    fn bytes(&mut self) -> Vec<u8> {
        (0..self.below(9)).map(|_| self.next() as u8).collect()
    }
}

/// A random message of the type; `depth` bounds its nesting.
pub(crate) fn message(
    pool: &DescriptorPool,
    described: &MessageDescriptor,
    random: &mut Random,
    depth: u32,
) -> DynamicMessage {
    let mut message = DynamicMessage::new(described.clone());
    match described.full_name() {
        "google.protobuf.Timestamp" => {
            let secs = random.below(253_402_300_800 + 62_135_596_800) as i64 - 62_135_596_800;
            message.set_field_by_number(1, Value::I64(secs));
            message.set_field_by_number(2, Value::I32(nanos(random)));
        }
        "google.protobuf.Duration" => {
            let sign = if random.below(2) == 0 { 1 } else { -1 };
            let secs = random.number() as i64 % 315_576_000_000;
            message.set_field_by_number(1, Value::I64(sign * secs.abs()));
            message.set_field_by_number(2, Value::I32(sign as i32 * nanos(random)));
        }
        "google.protobuf.FieldMask" => {
            let paths = ["a", "foo_bar", "x.y_z", "deep.er.still"]
                .into_iter()
                .take(random.below(5) as usize)
                .map(|path| Value::String(path.to_owned()))
                .collect();
            message.set_field_by_number(1, Value::List(paths));
        }
        "google.protobuf.Any" => any(pool, &mut message, random, depth),
        "google.protobuf.Value" => {
            let number = if depth == 0 {
                1 + random.below(4)
            } else {
                1 + random.below(6)
            };
            let field = described.get_field(number as u32).expect("Value has six");
            let held = single(pool, &field, random, depth);
            message.set_field(&field, held);
        }
        _ => {
            for field in described.fields() {
                let sparse = described.fields().len() > 12;
                if random.below(if sparse { 6 } else { 2 }) == 0 {
                    let held = value(pool, &field, random, depth);
                    message.set_field(&field, held);
                }
            }
        }
    }
    message
}

fn nanos(random: &mut Random) -> i32 {
    let scale = [1, 1_000, 1_000_000, 1_000_000_000][random.below(4) as usize];
    (random.below(1_000_000_000) / scale * scale) as i32
}

fn any(pool: &DescriptorPool, message: &mut DynamicMessage, random: &mut Random, depth: u32) {
    const PAYLOADS: [&str; 7] = [
        "google.protobuf.Duration",
        "google.protobuf.Struct",
        "google.protobuf.Value",
        "google.protobuf.Empty",
        "google.protobuf.Int64Value",
        "google.api.HttpRule",
        "google.protobuf.Any",
    ];
    let payloads = if depth == 0 {
        &PAYLOADS[..6]
    } else {
        &PAYLOADS[..]
    };
    let name = payloads[random.below(payloads.len() as u64) as usize];
    // A descriptor set may lack some of the types.
    let (name, payload) = match pool.get_message_by_name(name) {
        Some(described) => {
            let inner = self::message(pool, &described, random, depth.saturating_sub(1));
            (name, inner.encode_to_vec())
        }
        None => ("google.protobuf.Duration", Vec::new()),
    };
    message.set_field_by_number(1, Value::String(format!("type.googleapis.com/{name}")));
    message.set_field_by_number(2, Value::Bytes(payload.into()));
}

fn value(pool: &DescriptorPool, field: &FieldDescriptor, random: &mut Random, depth: u32) -> Value {
    let nests = matches!(field.kind(), Kind::Message(_));
    let count = if depth == 0 && nests {
        0
    } else {
        random.below(4)
    };
    if field.is_list() {
        Value::List(
            (0..count)
                .map(|_| single(pool, field, random, depth))
                .collect(),
        )
    } else if field.is_map() {
        let Kind::Message(entry) = field.kind() else {
            panic!("a map has entries");
        };
        let key = entry.map_entry_key_field();
        let held = entry.map_entry_value_field();
        Value::Map(
            (0..count)
                .map(|_| {
                    let key = map_key(single(pool, &key, random, 0));
                    (key, single(pool, &held, random, depth))
                })
                .collect(),
        )
    } else {
        single(pool, field, random, depth)
    }
}

fn map_key(value: Value) -> MapKey {
    match value {
        Value::Bool(key) => MapKey::Bool(key),
        Value::I32(key) => MapKey::I32(key),
        Value::I64(key) => MapKey::I64(key),
        Value::U32(key) => MapKey::U32(key),
        Value::U64(key) => MapKey::U64(key),
        Value::String(key) => MapKey::String(key),
        Value::F32(_)
        | Value::F64(_)
        | Value::Bytes(_)
        | Value::EnumNumber(_)
        | Value::Message(_)
        | Value::List(_)
        | Value::Map(_) => panic!("{value:?} cannot be a key"),
    }
}

fn single(
    pool: &DescriptorPool,
    field: &FieldDescriptor,
    random: &mut Random,
    depth: u32,
) -> Value {
    match field.kind() {
        Kind::Double => Value::F64(random.double()),
        Kind::Float => Value::F32(match random.double() as f32 {
            value if value.abs() < 3e38 => value,
            _ => 1e38,
        }),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(random.number() as i32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(random.number() as i64),
        Kind::Uint32 | Kind::Fixed32 => Value::U32(random.number() as u32),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(random.number()),
        Kind::Bool => Value::Bool(random.below(2) == 1),
        Kind::String => Value::String(random.text()),
        Kind::Bytes => Value::Bytes(random.bytes().into()),
        Kind::Enum(described) if described.full_name() == "google.protobuf.NullValue" => {
            Value::EnumNumber(0)
        }
        Kind::Enum(described) => {
            let values: Vec<i32> = described.values().map(|value| value.number()).collect();
            Value::EnumNumber(match random.below(8) {
                0 => random.number() as i32,
                _ => values[random.below(values.len() as u64) as usize],
            })
        }
        Kind::Message(described) if depth == 0 && !is_flat(&described) => {
            Value::Message(DynamicMessage::new(described))
        }
        Kind::Message(described) => {
            Value::Message(message(pool, &described, random, depth.saturating_sub(1)))
        }
    }
}

/// Whether the message has JSON only when it is filled, and does not nest.
fn is_flat(described: &MessageDescriptor) -> bool {
    matches!(
        described.full_name(),
        "google.protobuf.Value"
            | "google.protobuf.Timestamp"
            | "google.protobuf.Duration"
            | "google.protobuf.Any"
    )
}
