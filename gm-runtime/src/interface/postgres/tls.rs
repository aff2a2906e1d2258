//! TLS to the server, as libpq's `sslmode` has it.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls_verifier::{AnyCertificate, AnyName};
use crate::error::Error;

/// The value of `sslrootcert` for the authorities of the system.
pub(super) const SYSTEM: &str = "system";

/// The protocol's name in TLS (IANA, "TLS Application-Layer Protocol Negotiation (ALPN) Protocol IDs").
const ALPN: &[u8] = b"postgresql";

/// How far the connection is protected: libpq's `sslmode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TlsMode {
    /// Without TLS.
    Disable,
    /// With TLS if the server has it.
    Prefer,
    /// With TLS, whichever certificate the server has.
    Require,
    /// With a certificate of a known authority, whichever name it has.
    VerifyCa,
    /// With a certificate of a known authority for the host's name.
    VerifyFull,
}

/// The options of TLS.
#[derive(Clone)]
pub(super) struct TlsOptions {
    pub(super) mode: TlsMode,
    /// A file of certificate authorities, or [`SYSTEM`]. The system's by default.
    pub(super) root_certificates: Option<String>,
    /// The files of this service's certificate and of its key.
    pub(super) client: Option<(PathBuf, PathBuf)>,
}

impl TlsMode {
    /// The mode of this name.
    pub(super) fn of(name: &str) -> Result<Self, Cow<'static, str>> {
        match name {
            "disable" => Ok(Self::Disable),
            "prefer" => Ok(Self::Prefer),
            "require" => Ok(Self::Require),
            "verify-ca" => Ok(Self::VerifyCa),
            "verify-full" => Ok(Self::VerifyFull),
            _ => Err(
                "`sslmode` is none of `disable`, `prefer`, `require`, `verify-ca` and `verify-full`".into(),
            ),
        }
    }
}

impl TlsOptions {
    /// What opens TLS on a connection. The files are read again for each connection, since certificates are renewed.
    pub(super) fn connector(&self) -> Result<MakeRustlsConnect, Error> {
        // A process-wide provider may be missing, or be the application's choice.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(Error::storage)?;
        // libpq verifies the authority, too, if there is a file of them.
        let mode = match (self.mode, self.root_certificates.as_deref()) {
            (TlsMode::Require, Some(_)) => TlsMode::VerifyCa,
            (mode, _) => mode,
        };
        let builder = match mode {
            TlsMode::VerifyFull => builder.with_root_certificates(self.roots()?),
            TlsMode::VerifyCa => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(AnyName::new(self.roots()?, provider)?)),
            TlsMode::Disable | TlsMode::Prefer | TlsMode::Require => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(AnyCertificate::new(&provider))),
        };
        let mut config = match &self.client {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let key_of = |error| unreadable("sslkey", key, &error);
                let certificates = certificates("sslcert", certificate)?;
                let key_pair = PrivateKeyDer::from_pem_file(key).map_err(key_of)?;
                builder
                    .with_client_auth_cert(certificates, key_pair)
                    .map_err(|error| {
                        Error::Configuration(format!(
                            "`sslkey={}` does not fit the certificate of `sslcert`: {error}",
                            key.display()
                        ))
                    })?
            }
        };
        // A server of Postgres 17 requires it for `sslnegotiation=direct`.
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(MakeRustlsConnect::new(config))
    }

    /// The certificate authorities.
    fn roots(&self) -> Result<Arc<RootCertStore>, Error> {
        let Some(file) = self.root_certificates.as_deref().filter(|file| *file != SYSTEM) else {
            return system_roots();
        };
        let mut roots = RootCertStore::empty();
        for certificate in certificates("sslrootcert", Path::new(file))? {
            roots.add(certificate).map_err(|error| {
                Error::Configuration(format!(
                    "`sslrootcert={file}`: a certificate can't be used: {error}"
                ))
            })?;
        }
        Ok(Arc::new(roots))
    }
}

/// The certificates of a file.
fn certificates(option: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = read.map_err(|error| unreadable(option, file, &error))?;
    match certificates.is_empty() {
        true => Err(Error::Configuration(format!(
            "`{option}={}`: the file has no certificate; it is a file in PEM",
            file.display()
        ))),
        false => Ok(certificates),
    }
}

fn unreadable(option: &str, file: &Path, error: &rustls::pki_types::pem::Error) -> Error {
    Error::Configuration(format!(
        "`{option}={}` can't be read: {error}; it is a file in PEM",
        file.display()
    ))
}

/// The certificate authorities of the system, which are read once.
fn system_roots() -> Result<Arc<RootCertStore>, Error> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    let roots = ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        // Many systems have some broken certificates among the good ones. Only the good ones are used.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Arc::new(roots)
    });
    match roots.is_empty() {
        true => Err(Error::Configuration(
            "the system has no usable root certificates for `sslmode`; install its `ca-certificates`, or name a file by \
             `sslrootcert`"
                .to_owned(),
        )),
        false => Ok(Arc::clone(roots)),
    }
}
