//! Tells those who wait for a transfer how it stands, once that is committed.
//!
//! A change by another process is not told here; watchers read now and then without being told.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use standards::TransferId;
use tokio::sync::watch;

use crate::transfer::Shown;

type Told = watch::Sender<Option<Arc<Shown>>>;

/// Who waits for which transfer.
#[derive(Debug, Default)]
pub struct Hub {
    watched: Mutex<HashMap<TransferId, Told>>,
}

/// A wait for one transfer; ends when it is dropped.
#[derive(Debug)]
pub struct Watch {
    hub: Arc<Hub>,
    transfer: TransferId,
    told: Option<watch::Receiver<Option<Arc<Shown>>>>,
}

impl Hub {
    fn lock(&self) -> MutexGuard<'_, HashMap<TransferId, Told>> {
        // Nothing panics while the map is held.
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to wait: every change from now on is told.
    pub fn watch(self: &Arc<Self>, transfer: TransferId) -> Watch {
        let mut watched = self.lock();
        let told = watched.entry(transfer).or_insert_with(|| watch::channel(None).0);
        Watch { hub: Arc::clone(self), transfer, told: Some(told.subscribe()) }
    }

    /// A transfer changed, and this is how it stands.
    pub fn tell(&self, shown: Shown) {
        if let Some(told) = self.lock().get(&shown.transfer.pinned.id) {
            told.send_replace(Some(Arc::new(shown)));
        }
    }
}

impl Watch {
    /// Waits until the transfer changes again, and returns how it stands.
    pub async fn changed(&mut self) -> Option<Arc<Shown>> {
        let told = self.told.as_mut()?;
        told.changed().await.ok()?;
        told.borrow_and_update().clone()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.told = None;
        let mut watched = self.hub.lock();
        if watched.get(&self.transfer).is_some_and(|told| told.receiver_count() == 0) {
            watched.remove(&self.transfer);
        }
    }
}
