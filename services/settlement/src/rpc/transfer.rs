//! `TransferService`.

use std::{pin::Pin, time::Duration};

use chassis::{access, failure, serve};
use futures::{Stream, StreamExt as _};
use proto::settlement::{
    ClaimTransferRequest, ClaimTransferResponse, CreateTransferRequest, CreateTransferResponse,
    DeclineTransferRequest, DeclineTransferResponse, GetTransferRequest, GetTransferResponse,
    ListTransfersRequest, ListTransfersResponse, QuoteTransferRequest, QuoteTransferResponse,
    WatchTransferRequest, WatchTransferResponse,
    transfer_service_server::{TransferService, TransferServiceServer},
};
use standards::TransferId;
use tokio::time::Instant;
use tonic::{Request, Response, Status};

use crate::{
    convert, page, read,
    sql::transfer_list::Place,
    transfers::{Transfers, Wish, may_see},
};

/// The longest wait for the books before a write is answered.
const PATIENCE: Duration = Duration::from_secs(3);
/// What must be left of the caller's deadline for the answer itself.
const MARGIN: Duration = Duration::from_millis(200);

/// Answers with what people do with transfers.
#[derive(Clone)]
pub(crate) struct TransferRpc {
    transfers: Transfers,
}

impl TransferRpc {
    /// The service, ready to be added to an API.
    pub(crate) fn server(transfers: Transfers) -> TransferServiceServer<Self> {
        TransferServiceServer::new(Self { transfers }).max_decoding_message_size(serve::MAX_MESSAGE)
    }
}

fn until<T>(request: &Request<T>) -> Instant {
    let deadline = serve::deadline(request).at;
    deadline.checked_sub(MARGIN).unwrap_or(deadline).min(Instant::now() + PATIENCE)
}

#[tonic::async_trait]
impl TransferService for TransferRpc {
    async fn quote_transfer(
        &self,
        request: Request<QuoteTransferRequest>,
    ) -> Result<Response<QuoteTransferResponse>, Status> {
        let caller = access::caller(&request)?;
        let quote = convert::parse_quote(request.get_ref())?;
        self.transfers.may_read(&caller, request.metadata()).await?;
        let quoted = self.transfers.quote(&caller, quote).await?;
        Ok(Response::new(convert::render_quote(&quoted)))
    }

    async fn create_transfer(
        &self,
        request: Request<CreateTransferRequest>,
    ) -> Result<Response<CreateTransferResponse>, Status> {
        let (caller, until) = (access::caller(&request)?, until(&request));
        let new = convert::parse_create(request.into_inner())?;
        let shown = self.transfers.create(&caller, new, until).await?;
        let transfer = Some(convert::render_transfer(&shown));
        Ok(Response::new(CreateTransferResponse { transfer }))
    }

    async fn claim_transfer(
        &self,
        request: Request<ClaimTransferRequest>,
    ) -> Result<Response<ClaimTransferResponse>, Status> {
        let (caller, until) = (access::caller(&request)?, until(&request));
        let ask = convert::parse_ask(request.get_ref())?;
        let shown = self.transfers.wish(&caller, Wish::Claim, ask, until).await?;
        let transfer = Some(convert::render_transfer(&shown));
        Ok(Response::new(ClaimTransferResponse { transfer }))
    }

    async fn decline_transfer(
        &self,
        request: Request<DeclineTransferRequest>,
    ) -> Result<Response<DeclineTransferResponse>, Status> {
        let (caller, until) = (access::caller(&request)?, until(&request));
        let ask = convert::parse_ask(request.get_ref())?;
        let shown = self.transfers.wish(&caller, Wish::Decline, ask, until).await?;
        let transfer = Some(convert::render_transfer(&shown));
        Ok(Response::new(DeclineTransferResponse { transfer }))
    }

    async fn get_transfer(
        &self,
        request: Request<GetTransferRequest>,
    ) -> Result<Response<GetTransferResponse>, Status> {
        let caller = access::caller(&request)?;
        let (id, is_full) = convert::parse_get(request.get_ref())?;
        self.transfers.may_read(&caller, request.metadata()).await?;
        let mut shown = self.transfers.show(&caller, id).await?;
        if is_full {
            shown.decision = read::decision(&self.transfers.database, &self.transfers.rules, id).await?;
        }
        let transfer = Some(convert::told(convert::render_transfer(&shown), caller.person()));
        Ok(Response::new(GetTransferResponse { transfer }))
    }

    async fn list_transfers(
        &self,
        request: Request<ListTransfersRequest>,
    ) -> Result<Response<ListTransfersResponse>, Status> {
        let caller = access::caller(&request)?;
        let (wanted, states) = convert::parse_list(request.get_ref())?;
        caller.acts_for(wanted.person)?;
        self.transfers.may_read(&caller, request.metadata()).await?;
        let request = request.get_ref();
        let mark = page::mark("settlement.transfers.1", &wanted);
        let (at, id) = page::parse_place(page::key(&mark, &request.page_token)?)?;
        let size = page::size(request.page_size);
        let database = &self.transfers.database;
        let places = read::page(database, wanted, Place { id, at }, size).await.map_err(failure::database)?;
        let is_last = i64::try_from(places.len()).unwrap_or(size) < size;
        let next = places.last().filter(|_| !is_last);
        let next_page_token =
            next.map(|last| page::token(&mark, &page::place(last.at, last.id))).unwrap_or_default();
        let shown = read::transfers(database, places.iter().map(|place| place.id).collect()).await?;
        let is_wanted = |shown: &&_| {
            let shown: &crate::transfer::Shown = shown;
            let state = shown.transfer.state.view();
            (states.is_empty() || states.contains(&state)) && may_see(&caller, shown).is_ok()
        };
        let told = |shown| convert::told(convert::render_transfer(shown), caller.person());
        let transfers = shown.iter().filter(is_wanted).map(told).collect();
        Ok(Response::new(ListTransfersResponse { transfers, next_page_token }))
    }

    type WatchTransferStream = Pin<Box<dyn Stream<Item = Result<WatchTransferResponse, Status>> + Send>>;

    async fn watch_transfer(
        &self,
        request: Request<WatchTransferRequest>,
    ) -> Result<Response<Self::WatchTransferStream>, Status> {
        let caller = access::caller(&request)?;
        let (id, revision): (TransferId, i64) = convert::parse_watch(request.get_ref())?;
        self.transfers.may_read(&caller, request.metadata()).await?;
        self.transfers.show(&caller, id).await?;
        let person = caller.person();
        let changes = self.transfers.watch(id, revision).map(move |shown| match shown {
            Ok(shown) => {
                let transfer = convert::told(convert::render_transfer(&shown), person);
                Ok(WatchTransferResponse { transfer: Some(transfer) })
            }
            Err(refusal) => Err(refusal.into_status()),
        });
        Ok(Response::new(Box::pin(serve::until_draining(&request, changes))))
    }
}
