//! What each service of a cluster is started with: address, database, peers, credential and keys.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use anyhow::Result;
use secrecy::ExposeSecret;
use standards::{BookId, Province};
use time::OffsetDateTime;

use super::{
    edges::{Edge, Proxies},
    keys,
};
use crate::{database, ports, process::Plan};

pub(super) const CIVIL_TIME: &str = "GONGJI_CIVIL_TIME";
pub(super) const DATABASE_URL: &str = "GONGJI_DATABASE_URL";
pub(super) const CRASH_AT: &str = "GONGJI_CRASH_AT";
const SERVICE_TOKEN: &str = "GONGJI_SERVICE_TOKEN";

/// Where the services listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ports {
    /// Any free ports.
    Free,
    /// 7001 identity, 7002 kinship-registry, 7004 settlement, 7100 + province for each wallet.
    Known,
}

/// What a cluster is made of.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Keys and logs go here.
    pub home: PathBuf,
    /// Address of the PostgreSQL server, any database of it.
    pub server: String,
    /// Goes before each database's name; two clusters on one server need two prefixes.
    pub prefix: String,
    /// The provinces that have a wallet service.
    pub provinces: Vec<Province>,
    /// Where they listen.
    pub ports: Ports,
    /// The civil time at the start; the system's if not given.
    pub civil_time: Option<OffsetDateTime>,
    /// Environment for every service.
    pub environment: Vec<(String, String)>,
}

struct Addresses {
    identity: SocketAddr,
    kinship: SocketAddr,
    settlement: SocketAddr,
    wallets: Vec<(Province, SocketAddr)>,
}

impl Addresses {
    fn choose(setup: &Setup) -> Result<Self> {
        let pick = |known: u16| match setup.ports {
            Ports::Known => Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, known))),
            Ports::Free => ports::free(),
        };
        let wallet = |province: &Province| Ok((*province, pick(7100 + u16::from(province.code()))?));
        Ok(Self {
            identity: pick(7001)?,
            kinship: pick(7002)?,
            settlement: pick(7004)?,
            wallets: setup.provinces.iter().map(wallet).collect::<Result<_>>()?,
        })
    }

    fn by_name(&self) -> Vec<(String, SocketAddr)> {
        let wallets = self.wallets.iter().map(|(province, at)| (format!("wallet-{province}"), *at));
        let others = [
            ("identity", self.identity),
            ("kinship-registry", self.kinship),
            ("settlement", self.settlement),
        ];
        wallets.chain(others.map(|(name, at)| (name.to_owned(), at))).collect()
    }
}

/// The plans of every service, databases and keys made, and the proxies between them.
pub(super) async fn all(setup: &Setup, edges: &[Edge]) -> Result<(Vec<Plan>, Proxies)> {
    let at = Addresses::choose(setup)?;
    let proxies = Proxies::place(edges, &at.by_name()).await?;
    let peer = |from: &str, option: &str, to: &str, address: SocketAddr| {
        [format!("--{option}"), format!("http://{}", proxies.address(from, to, address))]
    };
    let keys = keys::make(&setup.home.join("keys"), &setup.provinces)?;
    let mut plans = vec![
        plan(setup, "identity", "identity", at.identity, "dev:service:identity").await?,
        plan(setup, "kinship-registry", "kinship-registry", at.kinship, "dev:service:kinship").await?,
        plan(setup, "settlement", "settlement", at.settlement, "dev:service:settlement").await?,
    ];
    plans[0].arguments.extend(["--key-file".to_owned(), keys.identity.display().to_string()]);
    plans[0].arguments.extend(["--signing-key-file".to_owned(), keys.signing.display().to_string()]);
    plans[0].arguments.extend(["--face-matcher-key".to_owned(), keys.matcher]);
    plans[1].arguments.extend(peer("kinship-registry", "identity", "identity", at.identity));
    let key = keys.certificates.display().to_string();
    plans[1].arguments.extend(["--certificate-key-file".to_owned(), key]);
    plans[2].arguments.extend(peer("settlement", "identity", "identity", at.identity));
    plans[2].arguments.extend(peer("settlement", "kinship", "kinship-registry", at.kinship));
    for ((province, address), signing) in at.wallets.iter().zip(&keys.books) {
        let book = BookId::first_of(*province);
        let name = format!("wallet-{province}");
        let seen = proxies.address("settlement", &name, *address);
        plans[2].arguments.extend(["--book".to_owned(), format!("{book}=http://{seen}")]);
        let mut wallet =
            plan(setup, "wallet", &name, *address, &format!("dev:service:wallet-{book}")).await?;
        wallet.arguments.extend(["--book-id".to_owned(), book.to_string()]);
        wallet.arguments.extend(peer(&name, "identity", "identity", at.identity));
        wallet.arguments.extend(peer(&name, "settlement", "settlement", at.settlement));
        wallet.arguments.extend(["--signing-key-file".to_owned(), signing.display().to_string()]);
        plans.push(wallet);
    }
    Ok((plans, proxies))
}

async fn plan(
    setup: &Setup,
    program: &'static str,
    name: &str,
    address: SocketAddr,
    token: &str,
) -> Result<Plan> {
    let database = format!("{}{}", setup.prefix, name.replace('-', "_"));
    let url = database::on_server(&setup.server, &database).await?;
    let mut environment = setup.environment.clone();
    environment.push((DATABASE_URL.to_owned(), url.expose_secret().to_owned()));
    environment.push((SERVICE_TOKEN.to_owned(), token.to_owned()));
    let arguments = vec!["--listen".to_owned(), address.to_string()];
    Ok(Plan { program, name: name.to_owned(), address, arguments, environment })
}
