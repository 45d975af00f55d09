//! The first run of `order-service` without arguments: one command, and printed command lines that work when pasted.

use std::path::Path;
use std::time::Duration;

use order_tests::binary::{self, finish};
use order_tests::port::Port;
use order_tests::process::Process;
use order_tests::settings::{Settings, set};
use order_tests::wait::{SOON, until};
use order_tests::{Api, Booking};
use tempfile::TempDir;
use tokio::process::Command;

/// A process of `order-service` without a command, on free ports.
struct DevProcess {
    process: Process,
    http: Port,
    // Reserved while the process runs.
    _others: [Port; 2],
    settings: Settings,
    folder: TempDir,
}

impl DevProcess {
    async fn start(args: &[&str]) -> Self {
        Self::with(args, &[]).await
    }

    async fn with(args: &[&str], variables: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be created");
        let (http, others) = (Port::free(), [Port::free(), Port::free()]);
        let mut settings = Settings::new();
        set(&mut settings, "HTTP_PORT", http.number());
        set(&mut settings, "GRPC_PORT", others[0].number());
        set(&mut settings, "SANDBOX_PORT", others[1].number());
        for (name, value) in variables {
            set(&mut settings, name, value);
        }
        let process = spawn(args, &settings, folder.path());
        let mut dev = Self {
            process,
            http,
            _others: others,
            settings,
            folder,
        };
        dev.ready().await;
        dev
    }

    async fn ready(&mut self) {
        let api = self.api();
        let process = &mut self.process;
        until("`order-service` to be ready", SOON, async || {
            process.expect_running();
            api.answers("/readyz", 200).await.then_some(())
        })
        .await;
    }

    fn api(&self) -> Api {
        Api::new(&self.http.url())
    }

    /// The printed command that starts with `command`, with its continuation lines.
    fn shown(&self, command: &str) -> String {
        let log = self.process.log();
        let mut lines = log
            .lines()
            .map(str::trim)
            .skip_while(|line| !line.starts_with(&format!("{command} ")));
        let mut shown = String::new();
        for line in &mut lines {
            shown.push_str(line);
            shown.push('\n');
            if !line.ends_with('\\') && shell_is_complete(&shown) {
                break;
            }
        }
        assert!(
            !shown.is_empty(),
            "no line begins with `{command} `:\n{log}"
        );
        shown
    }
}

/// Whether every single quote in the text is closed.
fn shell_is_complete(text: &str) -> bool {
    text.matches('\'').count().is_multiple_of(2)
}

fn spawn(args: &[&str], settings: &Settings, folder: &Path) -> Process {
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    Process::start(
        "dev",
        &binary::path(binary::SERVICE),
        &args,
        settings,
        folder,
    )
}

async fn pasted(line: &str) -> String {
    let mut command = Command::new("bash");
    command.args(["-c", line]);
    let done = finish(command, Duration::from_secs(60)).await;
    assert!(
        done.status.success(),
        "{line}\n{}{}",
        done.stdout,
        done.stderr
    );
    done.stdout
}

#[tokio::test]
async fn the_printed_curl_line_books_when_pasted() {
    let dev = DevProcess::start(&[]).await;
    let answer = pasted(&dev.shown("curl")).await;
    assert!(answer.contains("ORDER_STATE_CONFIRMED"), "{answer}");
}

#[tokio::test]
async fn the_printed_grpcurl_line_books_when_pasted() {
    let dev = DevProcess::start(&["dev"]).await;
    let answer = pasted(&dev.shown("grpcurl")).await;
    assert!(answer.contains("ORDER_STATE_CONFIRMED"), "{answer}");
}

#[tokio::test]
async fn the_printed_line_to_start_over_removes_the_data() {
    let mut dev = DevProcess::start(&["dev"]).await;
    let line = dev.shown("rm -r");
    dev.process.terminate(SOON).await;
    let data = dev.folder.path().join("data");
    assert!(data.join("orders.db").exists());
    pasted(&format!("cd {} && {line}", dev.folder.path().display())).await;
    assert!(!data.exists());
}

#[tokio::test]
async fn the_documentation_page_is_served_from_the_start() {
    let dev = DevProcess::start(&[]).await;
    let api = dev.api();
    let document = api.get("/openapi.json").await.ok();
    let example = &document["paths"]["/v1/orders"]["post"]["requestBody"]["content"]["application/json"]
        ["example"];
    let booked = api.post("/v1/orders", example).await.ok();
    assert_eq!(booked["state"], "ORDER_STATE_CONFIRMED");
    let page = api.get("/docs").await;
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(page.header("content-security-policy").is_some());
}

#[tokio::test]
async fn dev_allows_the_configured_origins() {
    let shop = "https://shop.example";
    let dev = DevProcess::with(&["dev"], &[("CORS_ORIGINS", shop)]).await;
    let api = dev.api();
    for (origin, admitted) in [(shop, Some(shop)), ("http://localhost:3000", None)] {
        let request = api.request("GET", "/v1/orders?organizationId=demo");
        let reply = api.send(request.header("Origin", origin)).await;
        assert_eq!(reply.header("access-control-allow-origin"), admitted);
    }
}

#[tokio::test]
async fn a_first_booking_survives_a_kill() {
    let mut dev = DevProcess::start(&["dev"]).await;
    let body = Booking::new().json();
    let key = order_tests::booking::key();
    let first = dev.api().create(&key, &body).await;
    assert_eq!(first.ok()["state"], "ORDER_STATE_CONFIRMED");
    dev.process.kill();
    dev.process = spawn(&["dev"], &dev.settings, dev.folder.path());
    dev.ready().await;
    let again = dev.api().create(&key, &body).await;
    assert_eq!(again.ok(), first.json());
    let mut same_seat = body;
    same_seat["organizationId"] = "somebody-else".into();
    let refused = dev.api().post("/v1/orders", &same_seat).await.ok();
    assert_eq!(
        refused["failure"]["reason"], "SEATS_UNAVAILABLE",
        "the sandbox kept its state: {refused}"
    );
}
