//! `InstitutionService`.

use std::pin::Pin;

use chassis::{
    access,
    batch::{Lane, Writer},
    clock::Clock,
    db::Database,
    failure,
    feed::{Cursor, Feed, Page},
    serve,
    status::{Refusal, Violations},
};
use futures::{Stream, StreamExt as _};
use proto::settlement::{
    GetInstitutionRequest, GetInstitutionResponse, ListInstitutionsRequest, ListInstitutionsResponse,
    PutInstitutionRequest, PutInstitutionResponse, StreamEventsRequest, StreamEventsResponse,
    institution_service_server::{InstitutionService, InstitutionServiceServer},
};
use standards::{InstitutionCode, civil};
use tonic::{Request, Response, Status};

use crate::{
    command::{Command, Outcome, PUT_INSTITUTION},
    convert, error,
    institution::Institution,
    keeper::Keeper,
    page, sql,
};

/// Answers for the directory.
#[derive(Clone)]
pub(crate) struct Institutions {
    pub(crate) writer: Writer<Keeper>,
    pub(crate) database: Database,
    pub(crate) feed: Feed,
    pub(crate) clock: Clock,
}

impl Institutions {
    /// The service, ready to be added to an API.
    pub(crate) fn server(self) -> InstitutionServiceServer<Self> {
        InstitutionServiceServer::new(self)
            .max_decoding_message_size(serve::MAX_MESSAGE)
            .max_encoding_message_size(usize::MAX)
    }

    async fn find(&self, code: InstitutionCode) -> Result<Option<Institution>, Refusal> {
        let codes = vec![code.to_string()];
        let read = self
            .database
            .read(move |mut conn| async move { sql::institution::institutions(&mut conn, &codes).await });
        Ok(read.await.map_err(failure::database)?.pop())
    }
}

#[tonic::async_trait]
impl InstitutionService for Institutions {
    async fn put_institution(
        &self,
        request: Request<PutInstitutionRequest>,
    ) -> Result<Response<PutInstitutionResponse>, Status> {
        let caller = access::caller(&request)?;
        let put = convert::parse_put(request.get_ref())?;
        caller.in_pool(put.wanted.pool)?;
        if let Some(known) = self.find(put.wanted.code).await? {
            // Moving an institution between agencies is neither agency's own business.
            caller.in_pool(known.pool)?;
        }
        let (code, expected) = (put.wanted.code, put.expected_revision);
        let answer = self.writer.submit(Lane::Interactive, Command::PutInstitution(Box::new(put))).await;
        let outcome = answer.map_err(failure::submit)?.into_outcome().map_err(failure::id)?;
        match outcome {
            Outcome::Put { .. } => {}
            Outcome::RevisionChanged { actual } => {
                return Err(Refusal::revision_changed(expected, actual).into_status());
            }
            _ => return Err(Refusal::internal().into_status()),
        }
        let known = self.find(code).await?.ok_or_else(|| failure::broken("institution"))?;
        let institution = Some(convert::render_institution(known));
        Ok(Response::new(PutInstitutionResponse { institution }))
    }

    async fn get_institution(
        &self,
        request: Request<GetInstitutionRequest>,
    ) -> Result<Response<GetInstitutionResponse>, Status> {
        let (code, day) = convert::parse_get_institution(request.get_ref())?;
        let known = self.find(code).await?.ok_or_else(error::institution_unknown)?;
        let day = day.unwrap_or_else(|| civil::day(self.clock.now()));
        let designated = known.is_designated_on(day);
        let institution = Some(convert::render_institution(known));
        Ok(Response::new(GetInstitutionResponse { institution, designated }))
    }

    async fn list_institutions(
        &self,
        request: Request<ListInstitutionsRequest>,
    ) -> Result<Response<ListInstitutionsResponse>, Status> {
        let request = request.get_ref();
        let wanted = convert::parse_list_institutions(request)?;
        let mark = page::mark("settlement.institutions.1", &wanted);
        let after = page::key(&mark, &request.page_token)?.unwrap_or_default().to_owned();
        let size = page::size(request.page_size);
        let read = self.database.read(move |mut conn| async move {
            sql::institution::page(&mut conn, &wanted, &after, size).await
        });
        let found = read.await.map_err(failure::database)?;
        let is_last = i64::try_from(found.len()).unwrap_or(size) < size;
        let next = found.last().filter(|_| !is_last);
        let next_page_token = next.map(|last| page::token(&mark, last.code.as_str())).unwrap_or_default();
        let institutions = found.into_iter().map(convert::render_institution).collect();
        Ok(Response::new(ListInstitutionsResponse { institutions, next_page_token }))
    }

    type StreamEventsStream = Pin<Box<dyn Stream<Item = Result<StreamEventsResponse, Status>> + Send>>;

    async fn stream_events(
        &self,
        request: Request<StreamEventsRequest>,
    ) -> Result<Response<Self::StreamEventsStream>, Status> {
        let asked = request.get_ref();
        let Some(cursor) = Cursor::parse(asked.after_position, &asked.after_hash) else {
            let mut violations = Violations::new();
            let english = "the position and the 64 hex digits that a reply named, or 0 and nothing";
            violations.add("after_hash", "MALFORMED", english, "请填写回复中的位置与哈希，或从头开始");
            return Err(violations.into_status());
        };
        let pages = self.feed.clone().stream(cursor, &[PUT_INSTITUTION]).map(|page| match page {
            Ok(page) => events(&page),
            Err(error) => Err(failure::feed(error).into_status()),
        });
        Ok(Response::new(Box::pin(serve::until_draining(&request, pages))))
    }
}

fn events(page: &Page) -> Result<StreamEventsResponse, Status> {
    let items = page.records.iter().map(convert::institution_event).collect::<Option<_>>();
    let through = page.watermark.through;
    Ok(StreamEventsResponse {
        items: items.ok_or_else(|| failure::broken("put-institution"))?,
        position: page.watermark.cursor.sequence,
        hash: page.watermark.cursor.hash_text(),
        complete_through: Some(border::wire::timestamp(through)),
        epoch: page.epoch,
    })
}
