//! WalletService: wallets, personal accounts, lots and entries of one province.

use std::sync::Arc;

use chassis::{
    access::{self, Caller},
    batch::Lane,
    failure,
    feed::Cursor,
    serve,
    status::Violations,
    stepup::Operation,
};
use futures::StreamExt as _;
use policy::Programme;
use proto::wallet::{self as wire, wallet_service_server::WalletService};
use standards::{PersonId, civil};
use tonic::{Request, Response, Status};

use super::{Replies, agreed_to_read, answered, entries, may_read, read, wallet_row};
use crate::{
    command::{Command, Credit, Freeze, WALLET_LABELS},
    convert::{self, fields::Fields, wallet::WalletNow},
    error, opening,
    outcome::Refused,
    page::Asked,
    reading,
    shared::Shared,
    sql,
};

/// The service over one book.
pub(crate) struct Wallets(pub(crate) Arc<Shared>);

impl Wallets {
    /// The wallet that a person has here, if any.
    async fn wallet_of(&self, person: PersonId) -> Result<Option<WalletNow>, Status> {
        let (province, today) = (self.0.book.province(), civil::day(self.0.clock.now()));
        read(&self.0, move |mut conn| async move {
            match wallet_row(&mut conn, None, Some(person)).await? {
                Some(row) => reading::wallet(&mut conn, province, row, today).await.map(Some),
                None => Ok(None),
            }
        })
        .await
    }

    /// Refuses a person whose wallet is kept in another book.
    async fn kept_here(&self, person: PersonId) -> Result<(), Status> {
        let known =
            read(&self.0, move |mut conn| async move { Ok(reading::person(&mut conn, person).await?) })
                .await?;
        match known.and_then(|known| known.place_of_use) {
            Some(place) if place.province() != self.0.book.province() => {
                Err(error::refused(&Refused::WrongBook { kept_in: Some(place) }).into())
            }
            _ => Ok(()),
        }
    }

    async fn reply_of(&self, person: PersonId) -> Result<wire::Wallet, Status> {
        let now = self.wallet_of(person).await?;
        now.map(|now| convert::wallet::wallet(&now))
            .ok_or_else(|| error::broken("a wallet was opened and is not there"))
    }

    /// Freezes or thaws: the person freezes the own wallet, an agency those of its province.
    async fn freeze(&self, caller: &Caller, freeze: Freeze) -> Result<wire::Wallet, Status> {
        let wallet = freeze.wallet.wallet;
        let row =
            read(&self.0, move |mut conn| async move { wallet_row(&mut conn, Some(wallet), None).await })
                .await?;
        if let Some(row) = &row {
            caller.acts_for(row.person.uuid())?;
            caller.in_pool(row.place_of_use)?;
        }
        answered(self.0.decide(Lane::Interactive, Command::Freeze(freeze)).await?.outcome)?;
        let row = row.ok_or_else(|| error::broken("a wallet that is not there was frozen"))?;
        self.reply_of(row.person).await
    }
}

/// The credential as one word, so that another person can be told from the same.
fn credential(caller: &Caller) -> String {
    caller.token().trim_start_matches("dev:").to_owned()
}

#[tonic::async_trait]
impl WalletService for Wallets {
    async fn open_wallet(
        &self,
        request: Request<wire::OpenWalletRequest>,
    ) -> Result<Response<wire::OpenWalletResponse>, Status> {
        let caller = access::caller(&request)?;
        let assertion = request.get_ref().assertion.clone();
        let open = convert::wallet::open(request.into_inner())?;
        caller.acts_for(open.wallet.person.uuid())?;
        caller.in_pool(open.wallet.place_of_use)?;
        let (person, place) = (open.wallet.person, open.wallet.place_of_use);
        let operation = Operation::of("OpenWallet", open.wallet.wallet, person.uuid()).at(place);
        self.0.keyring.require(&caller, &assertion, &operation, self.0.clock.now()).await?;
        answered(opening::told_to(&caller, opening::open(&self.0, open).await?))?;
        Ok(Response::new(wire::OpenWalletResponse { wallet: Some(self.reply_of(person).await?) }))
    }

    async fn get_wallet(
        &self,
        request: Request<wire::GetWalletRequest>,
    ) -> Result<Response<wire::GetWalletResponse>, Status> {
        let caller = access::caller(&request)?;
        let person = convert::wallet::person("person_id", &request.get_ref().person_id)?;
        may_read(&self.0, &caller, person).await?;
        agreed_to_read(&self.0, &caller, request.metadata()).await?;
        let Some(now) = self.wallet_of(person).await? else {
            self.kept_here(person).await?;
            return Err(error::book_refusal(&ledger::Refusal::WalletUnknown).into());
        };
        Ok(Response::new(wire::GetWalletResponse { wallet: Some(convert::wallet::wallet(&now)) }))
    }

    async fn can_receive(
        &self,
        request: Request<wire::CanReceiveRequest>,
    ) -> Result<Response<wire::CanReceiveResponse>, Status> {
        let caller = access::caller(&request)?;
        let (metadata, _, request) = request.into_parts();
        let mut fields = Fields::new();
        let person = fields.id("person_id", &request.person_id, PersonId::parse);
        fields.id("asking_bond_id", &request.asking_bond_id, standards::BondId::parse);
        let person = fields.finish(person)?;
        // Whether a citizen holds that bond is the kinship registry's to know: until it is asked, only about oneself.
        may_read(&self.0, &caller, person).await?;
        agreed_to_read(&self.0, &caller, &metadata).await?;
        let wallet =
            read(&self.0, move |mut conn| async move { wallet_row(&mut conn, None, Some(person)).await })
                .await?;
        let obstacle = match wallet {
            None => {
                self.kept_here(person).await?;
                wire::ReceiveObstacle::WalletNotOpen
            }
            Some(row) if row.state == ledger::codes::WalletState::Frozen => wire::ReceiveObstacle::Other,
            Some(row) => {
                let now = self.0.clock.now();
                let open = self.0.rules.availability(row.place_of_use, Programme::Wallet, now).open;
                if open { wire::ReceiveObstacle::Unspecified } else { wire::ReceiveObstacle::RegionNotOpen }
            }
        };
        let can_receive = obstacle == wire::ReceiveObstacle::Unspecified;
        Ok(Response::new(wire::CanReceiveResponse { can_receive, reason: obstacle.into() }))
    }

    async fn freeze_wallet(
        &self,
        request: Request<wire::FreezeWalletRequest>,
    ) -> Result<Response<wire::FreezeWalletResponse>, Status> {
        let caller = access::caller(&request)?;
        let freeze = convert::wallet::freeze(request.into_inner().into(), false, credential(&caller))?;
        Ok(Response::new(wire::FreezeWalletResponse { wallet: Some(self.freeze(&caller, freeze).await?) }))
    }

    async fn unfreeze_wallet(
        &self,
        request: Request<wire::UnfreezeWalletRequest>,
    ) -> Result<Response<wire::UnfreezeWalletResponse>, Status> {
        let caller = access::caller(&request)?;
        let freeze = convert::wallet::freeze(request.into_inner().into(), true, credential(&caller))?;
        Ok(Response::new(wire::UnfreezeWalletResponse { wallet: Some(self.freeze(&caller, freeze).await?) }))
    }

    async fn credit_personal_account(
        &self,
        request: Request<wire::CreditPersonalAccountRequest>,
    ) -> Result<Response<wire::CreditPersonalAccountResponse>, Status> {
        let (arrived, deadline) = (self.0.clock.now(), serve::deadline(&request));
        let caller = access::caller(&request)?;
        let (credit, month) = convert::wallet::credit(request.into_inner())?;
        let (person, pool) = (credit.person, credit.pool);
        caller.in_pool(pool)?;
        let command = |known| Command::Credit(Credit { credit: credit.clone(), month, known });
        answered(self.0.decide_on_facts(deadline, arrived, Some(pool), command).await?.outcome)?;
        let (province, today) = (self.0.book.province(), civil::day(self.0.clock.now()));
        let account = read(&self.0, move |mut conn| async move {
            reading::account(&mut conn, province, person, Some(pool), today).await
        });
        let account = account.await?.as_ref().map(convert::wallet::account);
        Ok(Response::new(wire::CreditPersonalAccountResponse { account }))
    }

    async fn list_lots(
        &self,
        request: Request<wire::ListLotsRequest>,
    ) -> Result<Response<wire::ListLotsResponse>, Status> {
        let caller = access::caller(&request)?;
        let (metadata, _, request) = request.into_parts();
        let mut fields = Fields::new();
        let person = fields.id("person_id", &request.person_id, PersonId::parse);
        fields.page_size(request.page_size);
        let (person, open) = (fields.finish(person)?, request.open_only);
        let asked = Asked::parse(request.page_size, &request.page_token, &[&"lots", &person, &open]);
        let asked = asked.ok_or_else(failure::page_token)?;
        may_read(&self.0, &caller, person).await?;
        agreed_to_read(&self.0, &caller, &metadata).await?;
        self.kept_here(person).await?;
        let (before, limit) = (asked.before(), i64::try_from(asked.size + 1).unwrap_or(i64::MAX));
        let listed = read(&self.0, move |mut conn| async move {
            let lots = sql::read::lots_of(&mut conn, person.uuid(), open, before, limit).await?;
            let claimed: Vec<i64> = lots.iter().filter_map(|lot| lot.opened_sequence).collect();
            Ok((reading::times(&mut conn, &claimed).await?, lots))
        });
        let (times, mut lots) = listed.await?;
        let more = lots.len() > asked.size;
        lots.truncate(asked.size);
        let next = lots.last().filter(|_| more).map(|lot| asked.next(&[lot.granted_sequence]));
        let claimed = |lot: &ledger::rows::LotRow| lot.opened_sequence.and_then(|at| times.get(&at).copied());
        Ok(Response::new(wire::ListLotsResponse {
            lots: lots.iter().map(|lot| convert::wallet::lot(lot, claimed(lot))).collect(),
            next_page_token: next.unwrap_or_default(),
        }))
    }

    async fn list_entries(
        &self,
        request: Request<wire::ListEntriesRequest>,
    ) -> Result<Response<wire::ListEntriesResponse>, Status> {
        let caller = access::caller(&request)?;
        let (metadata, _, request) = request.into_parts();
        let mut fields = Fields::new();
        let person = fields.id("person_id", &request.person_id, PersonId::parse);
        let span = fields.span(&request.from_day, &request.to_day);
        let kind = fields.choice("account", request.account, |kind: wire::AccountKind| Some(kind));
        fields.page_size(request.page_size);
        let (person, span, kind) = fields.finish((|| Some((person?, span?, kind?)))())?;
        let filter: [&(dyn std::fmt::Display + Sync); 5] =
            [&"entries", &person, &request.account, &request.from_day, &request.to_day];
        let page =
            Asked::parse(request.page_size, &request.page_token, &filter).ok_or_else(failure::page_token)?;
        may_read(&self.0, &caller, person).await?;
        agreed_to_read(&self.0, &caller, &metadata).await?;
        let kind = (kind != wire::AccountKind::Unspecified).then_some(kind);
        let wanted = entries::Wanted { book: self.0.book, person, kind, span, page };
        let listed = read(&self.0, move |mut conn| async move { entries::page(&mut conn, &wanted).await });
        let (entries, next_page_token) = listed.await?;
        if entries.is_empty() {
            self.kept_here(person).await?;
        }
        Ok(Response::new(wire::ListEntriesResponse { entries, next_page_token }))
    }

    type StreamEventsStream = Replies<wire::StreamEventsResponse>;

    async fn stream_events(
        &self,
        request: Request<wire::StreamEventsRequest>,
    ) -> Result<Response<Self::StreamEventsStream>, Status> {
        let cursor = cursor(request.get_ref().after_position, &request.get_ref().after_hash)?;
        let book = self.0.book;
        let pages = self.0.feed.clone().stream(cursor, WALLET_LABELS);
        let pages = pages.map(move |page| Ok(convert::wallet::events(book, &page.map_err(failure::feed)?)));
        Ok(Response::new(Box::pin(serve::until_draining(&request, pages))))
    }
}

/// Where a stream begins.
pub(crate) fn cursor(position: i64, hash: &str) -> Result<Cursor, Status> {
    Cursor::parse(position, hash).ok_or_else(|| {
        let mut violations = Violations::new();
        let english = "a position that was received, with its hash; 0 without one for the start";
        violations.add(
            "after_position",
            "MALFORMED",
            english,
            "应为已收到的位置及其哈希,从头开始为0且无哈希",
        );
        violations.into_status()
    })
}
