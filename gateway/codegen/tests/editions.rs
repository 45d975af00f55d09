//! Files of editions become the tables that the same declarations in proto2 or proto3 do. The descriptor sets beside the
//! protos are protoc's: `protoc --include_imports --descriptor_set_out=shop_2023.binpb shop_2023.proto`.

const SETS: [(&str, &[u8]); 2] = [
    ("2023", include_bytes!("editions/shop_2023.binpb")),
    ("2024", include_bytes!("editions/shop_2024.binpb")),
];

/// What the table of a message says of a field.
fn label_and_kind(tables: &str, message: &str, field: &str) -> (String, String) {
    let end = tables
        .find(&format!("name: \"shop.v1.{message}\", shape"))
        .expect("a table");
    let start = tables[..end].rfind("static F").expect("the fields");
    let mut lines = tables[start..end].lines();
    let line = lines.find(|line| line.contains(&format!("name: \"{field}\", json")));
    let line = line.unwrap_or_else(|| panic!("there is no field {field}"));
    let part = |start: &str, end: &str| {
        let rest = line.split_once(start).expect("the table has it").1;
        rest.split_once(end).expect("the table has it").0.to_owned()
    };
    (
        part("label: t::Label::", ", oneof"),
        part("kind: t::Kind::", ", label"),
    )
}

#[test]
fn every_feature_of_an_edition_reaches_the_tables() {
    for (edition, set) in SETS {
        let tables = order_gateway_codegen::generate(set).expect(edition);
        for (message, field, label, kind) in [
            ("Book", "name", "Explicit", "String"),
            ("Book", "pages", "Repeated { packed: true }", "Int32"),
            ("Book", "loose", "Repeated { packed: false }", "Int32"),
            ("Review", "stars", "Repeated { packed: false }", "Int32"),
            ("Book", "cover", "Explicit", "Group"),
            ("Book", "paper", "Explicit", "String"),
            ("Book", "genre", "Explicit", "Enum"),
            ("Book", "counts", "Map", "Message"),
            ("Book", "copies", "Explicit", "Int32"),
        ] {
            let found = label_and_kind(&tables, message, field);
            assert_eq!(found.0, label, "{edition}: {field}");
            assert!(found.1.starts_with(kind), "{edition}: {field}: {}", found.1);
        }
        assert!(tables.contains("/shop.v1.Shop/Put"), "{edition}");
    }
}

#[test]
fn implicit_presence_survives_in_a_file_of_open_enums() {
    for (edition, set) in SETS {
        let tables = order_gateway_codegen::generate(set).expect(edition);
        assert_eq!(
            label_and_kind(&tables, "Review", "summary").0,
            "Implicit",
            "{edition}"
        );
        assert_eq!(
            label_and_kind(&tables, "Review", "author").0,
            "Explicit",
            "{edition}"
        );
    }
}
