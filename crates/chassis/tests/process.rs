//! Ends of a process: a crash point aborts it, a wrong value ends it with 64, SIGTERM in order. Each test
//! starts this test program again as a child.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise, in its helpers too")]

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, ExitCode, Output, Stdio},
};

use chassis::{config::ChassisArgs, run, serve::Api};
use clap::Parser;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

const CHILD: &str = "GONGJI_TEST_CHILD";

#[derive(Parser)]
struct Config {
    #[command(flatten)]
    chassis: ChassisArgs,
}

fn child(test: &str, variables: &[(&str, &str)]) -> Output {
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new(program);
    command.args(["--exact", test, "--nocapture"]).env(CHILD, "1").env("RUST_BACKTRACE", "0");
    command.envs(variables.iter().copied()).output().unwrap()
}

fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

#[test]
fn a_crash_point_aborts_at_the_hit_that_was_asked_for() {
    use std::os::unix::process::ExitStatusExt as _;
    const TEST: &str = "a_crash_point_aborts_at_the_hit_that_was_asked_for";
    if is_child() {
        for hit in 1..=3 {
            println!("before hit {hit}");
            chassis::crash_point!("test.point", ["one", if hit > 1 { "other" } else { "another" }]);
            chassis::crash_point!("test.other");
        }
        return;
    }
    let abort = 6;
    let second = child(TEST, &[("GONGJI_CRASH_AT", "elsewhere,test.point:2")]);
    assert_eq!(second.status.signal(), Some(abort));
    let text = String::from_utf8_lossy(&second.stdout).into_owned();
    assert!(text.contains("before hit 2") && !text.contains("before hit 3"), "{text}");
    assert!(String::from_utf8_lossy(&second.stderr).contains("GONGJI_CRASH_AT test.point:2 aborts"));
    let labelled = child(TEST, &[("GONGJI_CRASH_AT", "test.point@none,test.point@other:2")]);
    assert_eq!(labelled.status.signal(), Some(abort));
    assert!(String::from_utf8_lossy(&labelled.stdout).contains("before hit 3"));
    let unarmed = child(TEST, &[]);
    assert!(unarmed.status.success());
}

#[test]
fn a_wrong_value_ends_the_process_with_64() {
    const TEST: &str = "a_wrong_value_ends_the_process_with_64";
    if is_child() {
        // The test runner's own arguments are wrong values for a service.
        let config: Config = chassis::config::parse_or_exit();
        drop(config.chassis);
        return;
    }
    let ended = child(TEST, &[]);
    assert_eq!(ended.status.code(), Some(chassis::config::EXIT_USAGE));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("--exact"));
}

fn serving(listen: &str) -> ExitCode {
    let arguments = ["service", "--database-url", "unused", "--listen", listen];
    run::service("child", Config::parse_from(arguments).chassis, |host| async move {
        let stop = host.shutdown.clone();
        host.tasks.spawn(async move { stop.cancelled().await });
        host.health.serving().await;
        host.serve(Api::new()).await
    })
}

#[test]
fn a_service_serves_until_sigterm_and_ends_with_0() -> ExitCode {
    const TEST: &str = "a_service_serves_until_sigterm_and_ends_with_0";
    if is_child() {
        return serving("127.0.0.1:0");
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", TEST, "--nocapture"]).env(CHILD, "1").env_remove("RUST_LOG");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(&line.unwrap()).expect("each line is JSON"));
    let listening = lines.find(|line| line["message"] == "listening").unwrap();
    let address = listening["address"].as_str().unwrap().to_owned();

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut health =
        runtime.block_on(async { HealthClient::new(chassis::client::peer(&address, None).unwrap()) });
    let checked = runtime.block_on(health.check(HealthCheckRequest::default())).unwrap().into_inner();
    assert_eq!(checked.status(), ServingStatus::Serving);
    // The connection stays open meanwhile: an idle client does not hold the process.
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    let last: Vec<_> = lines.map(|line| line["message"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(last, ["stopping", "stopped"]);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    ExitCode::SUCCESS
}

#[test]
fn a_port_that_is_taken_ends_the_process_with_a_message() -> ExitCode {
    const TEST: &str = "a_port_that_is_taken_ends_the_process_with_a_message";
    const LISTEN: &str = "GONGJI_TEST_LISTEN";
    if is_child() {
        return serving(&std::env::var(LISTEN).unwrap());
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = child(TEST, &[(LISTEN, &address)]);
    assert!(!ended.status.success());
    let text = String::from_utf8_lossy(&ended.stderr);
    assert!(text.contains(&format!("cannot listen on {address}")), "{text}");
    ExitCode::SUCCESS
}
