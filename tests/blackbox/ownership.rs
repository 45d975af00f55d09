//! One process owns a `DATA_DIR` or a state file; a second one refuses to start, and names it (rule 36).

use std::path::Path;
use std::time::Duration;

use order_tests::Api;
use order_tests::binary::{self, Finished};
use order_tests::port::Port;
use order_tests::process::Process;
use order_tests::settings::{self, Settings, set};
use order_tests::stack::serving;
use order_tests::wait::{SOON, until};
use tempfile::TempDir;
use tonic::transport::Endpoint;

const BOUND: Duration = Duration::from_secs(45);

/// Settings of `dev` on free ports, and the ports, reserved until they are dropped.
fn dev(data: &Path) -> (Settings, [Port; 3]) {
    let ports = [Port::free(), Port::free(), Port::free()];
    let mut settings = Settings::new();
    set(&mut settings, "DATA_DIR", data.display());
    for (name, port) in ["HTTP_PORT", "GRPC_PORT", "SANDBOX_PORT"]
        .iter()
        .zip(&ports)
    {
        set(&mut settings, name, port.number());
    }
    (settings, ports)
}

/// Settings of `serve` on SQLite, and its port.
fn serve(data: &Path) -> (Settings, Port) {
    let port = Port::free();
    let mut settings = settings::participants_at("http://127.0.0.1:9");
    set(&mut settings, "DATA_DIR", data.display());
    set(&mut settings, "DATA_KEY", settings::data_key());
    set(&mut settings, "GRPC_PORT", port.number());
    (settings, port)
}

fn start(name: &str, args: &[&str], settings: &Settings, folder: &TempDir) -> Process {
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    let program = binary::path(binary::SERVICE);
    Process::start(name, &program, &args, settings, folder.path())
}

async fn dev_is_ready(process: &mut Process, http: &Port) {
    let api = Api::new(&http.url());
    until("`dev` to be ready", SOON, async || {
        process.expect_running();
        api.answers("/readyz", 200).await.then_some(())
    })
    .await;
}

async fn run(args: &[&str], settings: &Settings) -> Finished {
    binary::run(binary::SERVICE, args, settings, BOUND).await
}

/// Runs a command that must refuse because another process owns `owned`.
async fn is_refused(args: &[&str], settings: &Settings, owned: &Path) {
    let done = run(args, settings).await;
    assert!(!done.status.success(), "{args:?}: {done:?}");
    let named = format!("{} is in use by another process", owned.display());
    let lines: Vec<&str> = done.stderr.lines().collect();
    assert!(
        lines.len() == 1 && lines[0].starts_with("error: ") && lines[0].contains(&named),
        "{args:?}: {done:?}"
    );
}

#[tokio::test]
async fn a_second_dev_on_one_folder_refuses_until_the_first_has_ended() {
    let folder = TempDir::new().expect("a temporary folder can be created");
    let data = folder.path().join("data");
    let (settings, ports) = dev(&data);
    let mut first = start("first", &["dev"], &settings, &folder);
    dev_is_ready(&mut first, &ports[0]).await;

    let (other, others) = dev(&data);
    is_refused(&["dev"], &other, &data).await;
    let (alone, _port) = serve(&data);
    is_refused(&["serve"], &alone, &data).await;
    is_refused(&["migrate", "up"], &other, &data).await;
    let state = data.join("sandbox.json");
    let sandbox = ["sandbox", "--port", "0", "--state-file"];
    let sandbox = [&sandbox[..], &[state.to_str().expect("UTF-8")]].concat();
    is_refused(&sandbox, &Settings::new(), &state).await;

    let status = run(&["migrate", "status"], &other).await;
    assert!(status.status.success(), "reading is allowed: {status:?}");
    let audit = run(&["audit"], &settings).await;
    assert!(audit.status.success(), "reading is allowed: {audit:?}");
    first.expect_running();

    first.kill();
    let mut second = start("second", &["dev"], &other, &folder);
    dev_is_ready(&mut second, &others[0]).await;
}

#[tokio::test]
async fn a_second_serve_on_one_sqlite_folder_refuses() {
    let folder = TempDir::new().expect("a temporary folder can be created");
    let data = folder.path().join("data");
    let (settings, port) = serve(&data);
    let mut first = start("first", &["serve"], &settings, &folder);
    let channel = Endpoint::from_shared(port.url()).expect("a valid URL");
    let channel = channel.connect_lazy();
    until("`serve` to be SERVING", SOON, async || {
        first.expect_running();
        serving(channel.clone()).await.then_some(())
    })
    .await;
    let (mut other, _port) = serve(&data);
    is_refused(&["serve"], &other, &data).await;
    // The same folder by another path.
    let path = format!("{}/../data", data.display());
    set(&mut other, "DATA_DIR", &path);
    is_refused(&["serve"], &other, Path::new(&path)).await;
    first.terminate(SOON).await;
    let done = run(&["migrate", "up"], &settings).await;
    assert!(done.status.success(), "the folder is free: {done:?}");
}

#[tokio::test]
async fn a_second_sandbox_on_one_state_file_refuses() {
    let folder = TempDir::new().expect("a temporary folder can be created");
    let state = folder.path().join("sandbox.state");
    let (port, path) = (Port::free(), state.to_str().expect("UTF-8"));
    let number = port.number().to_string();
    let args = ["sandbox", "--port", &number, "--state-file", path];
    let mut first = start("sandbox", &args, &Settings::new(), &folder);
    until("the sandbox to listen", SOON, async || {
        first.expect_running();
        first.log().contains("sandbox   ").then_some(())
    })
    .await;
    let other = ["sandbox", "--port", "0", "--state-file", path];
    is_refused(&other, &Settings::new(), &state).await;
}
