//! `OperationsService`.

use std::collections::HashMap;

use chassis::{db::Database, failure, serve, status::Violations};
use proto::settlement::{
    ListParkedRequest, ListParkedResponse,
    operations_service_server::{OperationsService, OperationsServiceServer},
};
use tonic::{Request, Response, Status};

use crate::{convert, page, read, sql::transfer_list::Place};

/// Answers for what needs a person.
#[derive(Clone)]
pub(crate) struct Operations {
    pub(crate) database: Database,
}

impl Operations {
    /// The service, ready to be added to an API.
    pub(crate) fn server(self) -> OperationsServiceServer<Self> {
        OperationsServiceServer::new(self).max_decoding_message_size(serve::MAX_MESSAGE)
    }
}

#[tonic::async_trait]
impl OperationsService for Operations {
    async fn list_parked(
        &self,
        request: Request<ListParkedRequest>,
    ) -> Result<Response<ListParkedResponse>, Status> {
        let request = request.get_ref();
        if request.page_size < 0 {
            let mut violations = Violations::new();
            violations.add("page_size", "NEGATIVE", "not a negative number", "不能为负数");
            return Err(violations.into_status());
        }
        let mark = page::mark("settlement.parked.1", &());
        let (at, id) = page::parse_place(page::key(&mark, &request.page_token)?)?;
        let size = page::size(request.page_size);
        let rows = read::parked(&self.database, Place { id, at }, size).await.map_err(failure::database)?;
        let is_last = i64::try_from(rows.len()).unwrap_or(size) < size;
        let next = rows.last().filter(|_| !is_last);
        let next_page_token =
            next.map(|last| page::token(&mark, &page::place(last.at, last.id))).unwrap_or_default();
        let shown = read::readable(&self.database, rows.iter().map(|row| row.id).collect()).await?;
        let shown: HashMap<_, _> =
            shown.into_iter().map(|shown| (shown.transfer.pinned.id.uuid(), shown)).collect();
        let parked = rows.iter().map(|row| convert::render_parked(row, shown.get(&row.id))).collect();
        Ok(Response::new(ListParkedResponse { parked, next_page_token }))
    }
}
