//! Compiles the contract: generates messages, clients, servers, validation, descriptors and the list of guarded rpcs.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use prost_reflect::{
    Cardinality, DescriptorPool, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage as _,
};
use prost_types::method_options::IdempotencyLevel;
use prost_types::{DescriptorProto, FileDescriptorProto, FileDescriptorSet};

/// Packages that are compiled to Rust; other packages are in the descriptors only.
const COMPILED: &[&str] = &[
    "google.api",
    "google.protobuf",
    "google.type",
    "inventory.v1",
    "notification.v1",
    "order.v1",
    "payment.v1",
    "sandbox.v1",
    "subscription.v1",
];

/// The package whose rpcs accept idempotency keys.
const GUARDED: &str = "order.v1";

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed=proto");

    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(proto_files(Path::new("proto"))?)?;
    // Written as encoded bytes, because prost-types drops unknown fields and with them the annotations.
    let descriptors = compiler.encode_file_descriptor_set();
    let descriptors_path = out.join("descriptors.bin");
    fs::write(&descriptors_path, &descriptors)?;
    println!("cargo::metadata=descriptors={}", descriptors_path.display());

    let mut set = compiler.file_descriptor_set();
    fs::write(out.join("guarded.rs"), guarded_rs(&set)?)?;
    let pool = DescriptorPool::decode(descriptors.as_slice())?;
    let requests = requests(&pool);
    fs::write(out.join("lists.rs"), lists_rs(&pool, &requests)?)?;
    fs::write(out.join("enums.rs"), enums_rs(&requests)?)?;
    set.file.retain(|file| COMPILED.contains(&file.package()));
    let mut config = prost_build::Config::new();
    config.btree_map(["."]);
    config.disable_comments([".google"]);
    tonic_prost_build::configure()
        .compile_well_known_types(false)
        .compile_fds_with_config(set, config)?;

    prost_protovalidate_build::Builder::new()
        .file_descriptor_set_bytes(descriptors)
        .fail_on_runtime_only(true)
        .compile()?;
    Ok(())
}

/// The path of every `.proto` file below `root`, relative to `root`.
fn proto_files(root: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "proto") {
                files.push(path.strip_prefix(root)?.to_string_lossy().into_owned());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The source of the table behind `guard::guarded`: each unary rpc of the guarded package that is neither IDEMPOTENT
/// nor NO_SIDE_EFFECTS.
fn guarded_rs(set: &FileDescriptorSet) -> Result<String, Box<dyn Error>> {
    let mut rust = String::from("pub(super) static GUARDED: &[Guarded] = &[\n");
    for file in set.file.iter().filter(|file| file.package() == GUARDED) {
        for service in &file.service {
            for method in &service.method {
                let level = method
                    .options
                    .as_ref()
                    .map_or(IdempotencyLevel::IdempotencyUnknown, |o| {
                        o.idempotency_level()
                    });
                let streams = method.client_streaming() || method.server_streaming();
                if streams || level != IdempotencyLevel::IdempotencyUnknown {
                    continue;
                }
                let input = method.input_type().trim_start_matches('.');
                let message =
                    message_named(set, input).ok_or_else(|| format!("{input} is not described"))?;
                writeln!(
                    rust,
                    "    Guarded {{ path: \"/{package}.{service}/{method}\", read: |bytes| {{",
                    package = file.package(),
                    service = service.name(),
                    method = method.name(),
                )?;
                rust.push_str(&reader_rs(input, message)?);
                rust.push_str("    } },\n");
            }
        }
    }
    rust.push_str("];\n");
    Ok(rust)
}

/// The source of the body of one `Guarded::read`.
fn reader_rs(input: &str, message: &DescriptorProto) -> Result<String, Box<dyn Error>> {
    let has = |name: &str| message.field.iter().any(|field| field.name() == name);
    let rust_type = input.replacen('.', "::", 2);
    let mut rust = String::new();
    let mutable = if has("wait") { "mut " } else { "" };
    writeln!(
        rust,
        "        let {mutable}message = crate::{rust_type}::decode(bytes)?;"
    )?;
    if has("wait") {
        writeln!(rust, "        message.wait = None;")?;
    }
    writeln!(rust, "        Ok(Subject {{")?;
    writeln!(rust, "            canonical: message.encode_to_vec(),")?;
    for field in [
        "organization_id",
        "user_id",
        "order_id",
        "saga_id",
        "delivery_id",
    ] {
        if has(field) {
            writeln!(rust, "            {field}: Some(message.{field}),")?;
        } else {
            writeln!(rust, "            {field}: None,")?;
        }
    }
    writeln!(rust, "        }})")?;
    Ok(rust)
}

/// Every request of the guarded package, sorted by name.
fn requests(pool: &DescriptorPool) -> Vec<MessageDescriptor> {
    let methods = pool
        .services()
        .filter(|service| service.package_name() == GUARDED)
        .flat_map(|service| service.methods().collect::<Vec<_>>());
    let mut requests: Vec<MessageDescriptor> = methods
        .map(|method| method.input())
        .filter(|input| input.package_name() == GUARDED)
        .collect();
    requests.sort_by(|a, b| a.full_name().cmp(b.full_name()));
    requests.dedup();
    requests
}

/// The source of `Enums` for every request: the values of each of its enum fields, without the unspecified one.
fn enums_rs(requests: &[MessageDescriptor]) -> Result<String, Box<dyn Error>> {
    let mut rust = String::new();
    for request in requests {
        let mut fields = String::new();
        for field in request.fields() {
            let Kind::Enum(values) = field.kind() else {
                continue;
            };
            let values = values.values().filter(|value| value.number() != 0);
            let values: Vec<String> = values
                .map(|value| format!("({}, \"{}\")", value.number(), value.name()))
                .collect();
            let (name, values) = (field.name(), values.join(", "));
            writeln!(fields, "            \"{name}\" => &[{values}],")?;
        }
        let rust_type = request.full_name().replacen('.', "::", 2);
        writeln!(rust, "impl Enums for crate::{rust_type} {{")?;
        if !fields.is_empty() {
            writeln!(
                rust,
                "    fn values(field: &str) -> &'static [(i32, &'static str)] {{\n        match field {{\n{fields}            _ => &[],\n        }}\n    }}"
            )?;
        }
        writeln!(rust, "}}")?;
    }
    Ok(rust)
}

/// The source of `Lists` for every request: each list and map with its `buf.validate` bound.
fn lists_rs(
    pool: &DescriptorPool,
    requests: &[MessageDescriptor],
) -> Result<String, Box<dyn Error>> {
    let mut rust = String::new();
    for request in requests {
        let (mut overlong, mut shorten) = (String::new(), String::new());
        for field in request.fields() {
            if let Kind::Message(inner) = field.kind()
                && !field.is_map()
                && inner.package_name() == GUARDED
                && inner
                    .fields()
                    .any(|field| field.cardinality() == Cardinality::Repeated)
            {
                return Err(format!(
                    "{}: a list inside a list has no bound here",
                    field.full_name()
                )
                .into());
            }
            if !field.is_list() && !field.is_map() {
                continue;
            }
            let name = field.name();
            let max = items_max(pool, &field).ok_or_else(|| {
                format!("{}: a list of a request needs a bound", field.full_name())
            })?;
            writeln!(
                overlong,
                "        if self.{name}.len() > {max} {{ found.push(\"{name}\"); }}"
            )?;
            if field.is_map() {
                writeln!(
                    shorten,
                    "        while self.{name}.len() > {max} + 1 {{ self.{name}.pop_last(); }}"
                )?;
            } else {
                writeln!(shorten, "        self.{name}.truncate({max} + 1);")?;
            }
        }
        let rust_type = request.full_name().replacen('.', "::", 2);
        writeln!(rust, "impl Lists for crate::{rust_type} {{")?;
        if !overlong.is_empty() {
            writeln!(
                rust,
                "    fn overlong(&self) -> Vec<&'static str> {{\n        let mut found = Vec::new();\n{overlong}        found\n    }}"
            )?;
            writeln!(rust, "    fn shorten(&mut self) {{\n{shorten}    }}")?;
        }
        writeln!(rust, "}}")?;
    }
    Ok(rust)
}

/// `buf.validate`'s `repeated.max_items` or `map.max_pairs` of a field.
fn items_max(pool: &DescriptorPool, field: &FieldDescriptor) -> Option<u64> {
    let (rules, bound) = if field.is_map() {
        ("map", "max_pairs")
    } else {
        ("repeated", "max_items")
    };
    let extension = pool.get_extension_by_name("buf.validate.field")?;
    let options = field.options();
    let all = options.get_extension(&extension);
    let rules = all.as_message()?.get_field_by_name(rules)?;
    let rules = rules.as_message()?;
    let bound = rules.descriptor().get_field_by_name(bound)?;
    rules
        .has_field(&bound)
        .then(|| rules.get_field(&bound).as_u64())?
}

fn message_named<'a>(set: &'a FileDescriptorSet, name: &str) -> Option<&'a DescriptorProto> {
    let (package, short) = name.rsplit_once('.')?;
    set.file
        .iter()
        .filter(|file: &&FileDescriptorProto| file.package() == package)
        .flat_map(|file| &file.message_type)
        .find(|message| message.name() == short)
}
