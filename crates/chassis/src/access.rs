//! Who calls, and what a caller may do: role and scope from the credential, never from the request.
//!
//! The server checks role × method against [`table`] before a handler runs and puts the [`Caller`] into the
//! request's extensions; the handler checks the scope with the methods of `Caller`. Whatever is not marked
//! in the table is refused.

mod caller;
pub mod table;

use tonic::{Code, Request};

pub use self::caller::{Caller, Role, Scope};
use crate::{config::Profile, status::Refusal};

/// The caller that the server found in the credential.
///
/// # Errors
/// CALLER_UNKNOWN if the request did not come through the server's gate.
pub fn caller<T>(request: &Request<T>) -> Result<Caller, Refusal> {
    request.extensions().get::<Caller>().cloned().ok_or_else(unknown)
}

/// Decides about one call: none for a method that needs no caller, the caller if its role may call it.
///
/// # Errors
/// CALLER_UNKNOWN without a readable credential, CALLER_NOT_ALLOWED if the table has no such mark.
pub fn check(profile: Profile, path: &str, headers: &http::HeaderMap) -> Result<Option<Caller>, Refusal> {
    if table::is_public(profile, path) {
        return Ok(None);
    }
    let caller = match profile {
        Profile::Local => Caller::from_development_token(headers).ok_or_else(unknown)?,
    };
    match table::roles(path) {
        Some(roles) if roles.contains(&caller.role) => Ok(Some(caller)),
        _ => Err(not_allowed(caller.role, path)),
    }
}

fn unknown() -> Refusal {
    Refusal::new(
        Code::Unauthenticated,
        "CALLER_UNKNOWN",
        "the request carries no credential that names a caller",
        "请求未携带可识别的调用方凭证",
    )
    .what_to_do(
        "send the metadata `authorization: Bearer dev:<role>:<scope>`, such as dev:citizen:<person id>, \
         dev:operator:320100, dev:institution:<code>[,<code>], dev:agency:32, dev:centre, dev:auditor or \
         dev:service:settlement",
        "请在元数据中携带 authorization: Bearer dev:<角色>:<范围>",
    )
}

fn not_allowed(role: Role, path: &str) -> Refusal {
    let method = path.trim_start_matches('/');
    Refusal::denied(
        "CALLER_NOT_ALLOWED",
        format!("the role {} may not call {method}", role.name()),
        format!("该角色（{}）无权调用此接口", role.name()),
    )
    .what_to_do("use a credential of a role that may call it", "请使用有权限的调用方凭证")
}
