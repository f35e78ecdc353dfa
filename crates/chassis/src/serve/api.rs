//! The gRPC services of one process, and what is served beside them.

use std::convert::Infallible;

use tonic::{
    body::Body,
    codegen::Service,
    server::NamedService,
    service::{Routes, RoutesBuilder},
};
use tonic_reflection::server::Builder;

use super::Health;
use crate::config::Profile;

const HEALTH: &str = "grpc.health.v1.Health";
const REFLECTION: [&str; 2] =
    ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"];

/// Collects services; each is found by its name through reflection.
#[derive(Debug, Default)]
pub struct Api {
    routes: RoutesBuilder,
    names: Vec<&'static str>,
}

impl Api {
    /// No services yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a generated server.
    #[must_use]
    pub fn with<S>(mut self, service: S) -> Self
    where
        S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>,
        S: NamedService + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
    {
        self.routes.add_service(service);
        self.names.push(S::NAME);
        self
    }

    /// Adds health, and reflection where the profile has it: v1, and v1alpha for clients that know no other.
    pub(super) fn into_routes(
        mut self,
        profile: Profile,
        health: &Health,
    ) -> Result<Routes, tonic_reflection::server::Error> {
        self.routes.add_service(health.server());
        match profile {
            Profile::Local => {
                self.routes.add_service(self.reflection().build_v1()?);
                self.routes.add_service(self.reflection().build_v1alpha()?);
            }
        }
        Ok(self.routes.routes().prepare())
    }

    fn reflection(&self) -> Builder<'static> {
        let described = Builder::configure()
            .register_encoded_file_descriptor_set(proto::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET);
        let names = self.names.iter().copied().chain([HEALTH]).chain(REFLECTION);
        names.fold(described, Builder::with_service_name)
    }
}
