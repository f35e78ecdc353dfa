//! The health that this process reports for itself: NOT_SERVING until the service says otherwise, and again
//! while it drains.

use tonic_health::{
    ServingStatus,
    pb::health_server::HealthServer,
    server::{HealthReporter, HealthService},
};

/// A handle to the process's health. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Health(HealthReporter);

impl Health {
    /// NOT_SERVING.
    pub async fn new() -> Self {
        let health = Self(HealthReporter::new());
        health.not_serving().await;
        health
    }

    /// The service is ready: its database answers and its writer runs. Peers do not matter.
    pub async fn serving(&self) {
        self.0.set_service_status("", ServingStatus::Serving).await;
    }

    /// The service does not want calls.
    pub async fn not_serving(&self) {
        self.0.set_service_status("", ServingStatus::NotServing).await;
    }

    /// The gRPC service that answers with it.
    pub(super) fn server(&self) -> HealthServer<HealthService> {
        HealthServer::new(HealthService::from_health_reporter(self.0.clone()))
    }
}
