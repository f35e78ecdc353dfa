//! Ready commands to go on with: grpcurl with the real ids, credentials and ports of the play.
//!
//! It prints only; whoever reads them needs nothing of ours but this output.

use std::net::SocketAddr;

use anyhow::Result;
use proto::common::Operation;
use standards::Pool;
use testkit::{
    cluster::Cluster,
    desk::{Desk, citizen},
};

use crate::{
    say,
    story::{Cast, HOSPITAL},
};

const TRANSFERS: &str = "settlement.v1.TransferService";
const WALLETS: &str = "wallet.v1.WalletService";

/// Prints the commands, and where everything is. Daughter and mother agree to half an hour of reading.
pub(crate) async fn print(cluster: &Cluster, cast: &Cast) -> Result<()> {
    let desk = Desk::of(cluster)?;
    let reader = async |person: &str| -> Result<Reader> {
        let operation =
            Operation { kind: "READ".to_owned(), actor_person_id: person.to_owned(), ..Default::default() };
        Ok(Reader { credential: citizen(person), agreed: desk.agree(operation).await? })
    };
    let (daughter, mother) = (reader(&cast.daughter.person).await?, reader(&cast.mother.person).await?);
    say::gap();
    say::line(
        "── 继续 · go on with grpcurl (https://github.com/fullstorydev/grpcurl; it prints instants in UTC)",
    );
    for (what, command) in of_transfers(cluster, cast, [&daughter, &mother])?.into_iter().chain(of_books(
        cluster,
        cast,
        [&daughter, &mother],
    )?) {
        say::line(format!("  # {what}"));
        say::line(format!("  {command}"));
    }
    say::gap();
    for name in cluster.names() {
        say::line(format!(
            "  {name:<17} {}  {}",
            cluster.address(name)?,
            cluster.database(name).unwrap_or("-")
        ));
    }
    say::line(format!("  {:<17} {}", "logs", cluster.logs().display()));
    Ok(())
}

/// What it is for, and the command.
type Command = (&'static str, String);

/// At settlement.
fn of_transfers(cluster: &Cluster, cast: &Cast, [daughter, mother]: [&Reader; 2]) -> Result<Vec<Command>> {
    let at = cluster.address("settlement")?;
    let transfer = cast.transfers.first().map(|transfer| transfer.transfer_id.as_str()).unwrap_or_default();
    let full = format!(r#"{{"transferId":"{transfer}","view":"VIEW_FULL"}}"#);
    let watched = format!(r#"{{"transferId":"{transfer}"}}"#);
    let level = r#"{"level":"POSITION_LEVEL_PROVINCE"}"#;
    let region = r#"{"region":"320100","programme":"PROGRAMME_WALLET"}"#;
    Ok(vec![
        ("列出服务 list the services", format!("grpcurl -plaintext {at} list")),
        ("描述 describe one", format!("grpcurl -plaintext {at} describe gongji.{TRANSFERS}")),
        (
            "查询转账 get the transfer, with its decision",
            daughter.call(&full, at, &format!("{TRANSFERS}/GetTransfer")),
        ),
        ("跟踪转账 watch it (Ctrl-C ends)", mother.call(&watched, at, &format!("{TRANSFERS}/WatchTransfer"))),
        (
            "清算头寸 read the positions",
            call("centre", level, at, "settlement.v1.ClearingService/ListPositions"),
        ),
        (
            "政策 read the rules in force in 南京",
            call("auditor", region, at, "policy.v1.PolicyService/GetPolicy"),
        ),
    ])
}

/// At the wallets.
fn of_books(cluster: &Cluster, cast: &Cast, [daughter, mother]: [&Reader; 2]) -> Result<Vec<Command>> {
    let wallet = |pool: Pool| cluster.address(&Cluster::wallet_of(pool.province()));
    let (here, there) = (wallet(cast.daughter.pool)?, wallet(cast.mother.pool)?);
    let person = |id: &str| format!(r#"{{"personId":"{id}"}}"#);
    let payment = cast.payments.first().map(|payment| payment.payment_id.as_str()).unwrap_or_default();
    let paid = format!(r#"{{"paymentId":"{payment}"}}"#);
    let hospital = format!("institution:{HOSPITAL}");
    Ok(vec![
        (
            "额度 read the mother's lots",
            mother.call(&person(&cast.mother.person), there, &format!("{WALLETS}/ListLots")),
        ),
        (
            "账目 read the daughter's entries",
            daughter.call(&person(&cast.daughter.person), here, &format!("{WALLETS}/ListEntries")),
        ),
        (
            "结算 get the hospital's payment",
            call(&hospital, &paid, there, "wallet.v1.PaymentService/GetPayment"),
        ),
    ])
}

/// A citizen who has agreed to reading.
struct Reader {
    credential: String,
    agreed: String,
}

impl Reader {
    fn call(&self, request: &str, address: SocketAddr, method: &str) -> String {
        let plain = call(&self.credential, request, address, method);
        plain.replacen(" \\\n", &format!(" \\\n    -H 'gongji-read: {}' \\\n", self.agreed), 1)
    }
}

fn call(credential: &str, request: &str, address: SocketAddr, method: &str) -> String {
    format!(
        "grpcurl -plaintext -H 'authorization: Bearer dev:{credential}' \\\n    -d '{request}' \\\n    {address} \
         gongji.{method}"
    )
}
