//! Whether a book still has the history that was followed here. Its follower says so, and the lane to it asks.
//!
//! A book that was restored to an older state gets nothing more from this process: what it has forgotten would be
//! told on, and the two histories would part for good. Nothing is stored: the cursor keeps the hash, so that the
//! next process finds out as well before it sends anything.

use std::{future::Future, sync::Arc, time::Duration};

use chassis::{status, telemetry::metrics};
use standards::BookId;
use tokio::sync::watch;
use tonic::{Code, Status};

/// A book that is there says within this time whether it knows the cursor.
const FIRST_WORD: Duration = Duration::from_secs(10);

/// What is known of a book's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It was not heard since the start, or since it went away: it may have been restored meanwhile.
    Unheard,
    /// It answered its follower: its history is the one that was followed.
    Same,
    /// It has another history. For as long as this process runs: a person decides.
    Forked,
}

/// The history of one book. Cheap to clone.
#[derive(Clone, Debug)]
pub struct History {
    book: BookId,
    standing: Arc<watch::Sender<Standing>>,
}

impl History {
    /// Of a book that was not heard yet.
    pub fn new(book: BookId) -> Self {
        Self { book, standing: Arc::new(watch::channel(Standing::Unheard).0) }
    }

    /// What is known now, and whenever it changes.
    pub fn watch(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    /// Whether commands may be sent.
    pub fn is_same(&self) -> bool {
        *self.standing.borrow() == Standing::Same
    }

    /// Whether the book has another history.
    pub fn has_forked(&self) -> bool {
        *self.standing.borrow() == Standing::Forked
    }

    /// Waits for the first word of a stream, and takes from it what the book says about itself.
    pub(crate) async fn first_word<T>(
        &self,
        opening: impl Future<Output = Result<T, Status>>,
    ) -> Result<T, Status> {
        let silent = |_| Err(Status::deadline_exceeded("the stream does not begin"));
        let opened = tokio::time::timeout(FIRST_WORD, opening).await.unwrap_or_else(silent);
        match &opened {
            Ok(_) => self.become_known(Standing::Same),
            Err(status) => self.failed(status),
        }
        opened
    }

    /// The stream ended: the book may go away and come back with another history.
    pub(crate) fn ended(&self) {
        self.become_known(Standing::Unheard);
    }

    /// The stream failed, or could not be opened.
    pub(crate) fn failed(&self, status: &Status) {
        self.become_known(match status.code() {
            _ if status::reason(status).as_deref() == Some("CHAIN_FORKED") => Standing::Forked,
            Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Cancelled
            | Code::Unknown
            | Code::ResourceExhausted => Standing::Unheard,
            // The book is there and does not say that it forked. That it cannot be followed must not hold up
            // those who share.
            _ => Standing::Same,
        });
    }

    fn become_known(&self, news: Standing) {
        let is_news = self.standing.send_if_modified(|standing| {
            let changes = *standing != Standing::Forked && *standing != news;
            if changes {
                *standing = news;
            }
            changes
        });
        if is_news && news == Standing::Forked {
            tracing::error!(book = %self.book, "a book has another history; nothing more is sent to it until a person has decided and this process was started again");
            metrics::feed_forked(&format!("book-{}", self.book));
        }
    }
}

#[cfg(test)]
mod tests {
    use chassis::{failure, feed::FeedError};

    use super::*;

    fn history() -> History {
        History::new("51-01".parse().expect("a book"))
    }

    #[tokio::test]
    async fn a_book_is_trusted_while_its_stream_goes_on_and_never_again_once_it_forked() {
        let history = history();
        assert!(!history.is_same());
        history.first_word(async { Ok(()) }).await.expect("a word");
        assert!(history.is_same());
        history.ended();
        assert!(!history.is_same() && !history.has_forked());
        history.failed(&failure::feed(FeedError::Forked).into());
        assert!(history.has_forked());
        history.first_word(async { Ok(()) }).await.expect("a word");
        history.failed(&Status::unavailable("gone"));
        assert!(history.has_forked() && !history.is_same());
    }

    #[tokio::test]
    async fn an_absent_book_is_waited_for_and_one_that_cannot_be_followed_is_not() {
        let history = history();
        for code in [Code::Unavailable, Code::DeadlineExceeded, Code::Cancelled, Code::Unknown] {
            history.failed(&Status::new(code, "away"));
            assert!(!history.is_same(), "{code:?}");
        }
        history.failed(&Status::out_of_range("a page is too long"));
        assert!(history.is_same());
        history.failed(&Status::unavailable("gone"));
        assert!(!history.is_same());
    }
}
