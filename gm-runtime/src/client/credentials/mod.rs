//! The credentials that a handle sends to the owners. `docs/design/client.md` explains their renewal.

mod active;
mod by_service;
mod client_credentials;
mod credential;
mod jwt_claims;
mod provider;
mod renewing;
mod source;
mod state;
mod token_file;

pub(crate) use active::ActiveCredential;
pub(super) use by_service::CredentialsByService;
pub(crate) use by_service::Declared;
pub use client_credentials::{ClientAuthentication, ClientCredentials};
pub use credential::Credential;
pub use provider::{CredentialProvider, CredentialRequest};
pub(crate) use renewing::{RenewalContext, Renewing};
pub(crate) use source::{CredentialSource, Held};
pub use token_file::TokenFile;
