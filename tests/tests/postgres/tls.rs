//! TLS to the server: what each `sslmode` accepts.

use base64::Engine as _;
use gm_runtime::{Error, Gm};
use gm_tests::postgres::Server;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.distinguished_name.push(DnType::CommonName, name);
        let pem = pem("CERTIFICATE", parameters.self_signed(&key).unwrap().der());
        Self {
            pem,
            issuer: Issuer::new(parameters, key),
        }
    }

    /// A certificate for these host names and this user, and its key.
    fn certificate(&self, hosts: &[&str], user: &str) -> (String, String) {
        let hosts: Vec<_> = hosts.iter().copied().map(str::to_owned).collect();
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new(hosts).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, user);
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        (
            pem("CERTIFICATE", certificate.der()),
            pem("PRIVATE KEY", &key.serialize_der()),
        )
    }
}

fn pem(kind: &str, der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines = text
        .as_bytes()
        .chunks(64)
        .map(|line| str::from_utf8(line).unwrap());
    let lines: Vec<_> = lines.collect();
    format!(
        "-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n",
        lines.join("\n")
    )
}

/// A server whose certificate is for these names.
fn server(authority: &Authority, names: &[&str], access: &str) -> Server {
    let (certificate, key) = authority.certificate(names, "server");
    Server::builder()
        .setting("ssl", "on")
        .setting("ssl_ca_file", "root.crt")
        .file("server.crt", &certificate)
        .file("server.key", &key)
        .file("root.crt", &authority.pem)
        .access(access)
        .start()
}

async fn connects(server: &Server, options: &str) -> Result<(), String> {
    let url = format!("postgres://postgres@{}/postgres?{options}", server.address());
    match Gm::builder().database(url).build().await {
        Ok(gm) => {
            gm.close().await;
            Ok(())
        }
        Err(Error::Configuration(message)) => Err(message),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_mode_accepts_the_certificates_that_libpq_accepts() {
    let (authority, other) = (Authority::new("known"), Authority::new("other"));
    let folder = tempfile::tempdir().unwrap();
    let roots = |name: &str, authority: &Authority| {
        let file = folder.path().join(name);
        std::fs::write(&file, &authority.pem).unwrap();
        format!("sslrootcert={}", file.display())
    };
    let (known, unknown) = (roots("known.pem", &authority), roots("other.pem", &other));
    let access = "hostssl all all 127.0.0.1/32 trust";
    let named = server(&authority, &["127.0.0.1"], access);
    let other_name = server(&authority, &["database.example"], access);

    for (server, options, problem) in [
        (&named, format!("sslmode=verify-full&{known}"), None),
        (&named, format!("sslmode=verify-ca&{known}"), None),
        (&named, "sslmode=require".to_owned(), None),
        (&named, "sslmode=prefer".to_owned(), None),
        (&named, "sslmode=disable".to_owned(), Some("28000")),
        (
            &named,
            format!("sslmode=verify-full&{unknown}"),
            Some("UnknownIssuer"),
        ),
        (
            &named,
            format!("sslmode=verify-ca&{unknown}"),
            Some("UnknownIssuer"),
        ),
        // As libpq: a file of authorities is used.
        (
            &named,
            format!("sslmode=require&{unknown}"),
            Some("UnknownIssuer"),
        ),
        (&named, "sslmode=verify-full".to_owned(), Some("UnknownIssuer")),
        // As libpq: the authorities of the system verify the name, too.
        (&named, "sslrootcert=system".to_owned(), Some("UnknownIssuer")),
        (
            &other_name,
            format!("sslmode=verify-full&{known}"),
            Some("not valid for name"),
        ),
        (&other_name, format!("sslmode=verify-ca&{known}"), None),
        (
            &other_name,
            format!("sslmode=verify-ca&{unknown}"),
            Some("UnknownIssuer"),
        ),
        (&other_name, "sslmode=require".to_owned(), None),
    ] {
        match (connects(server, &options).await, problem) {
            (Ok(()), None) => {}
            (Err(message), Some(problem)) => assert!(message.contains(problem), "{options}: {message}"),
            (result, _) => panic!("{options}: {result:?}"),
        }
    }
}

#[tokio::test]
async fn a_certificate_of_this_service_is_its_password() {
    let authority = Authority::new("known");
    let folder = tempfile::tempdir().unwrap();
    let server = server(
        &authority,
        &["127.0.0.1"],
        "hostssl all all 127.0.0.1/32 cert clientcert=verify-full",
    );
    let (certificate, key) = authority.certificate(&[], "postgres");
    let (_, other_key) = authority.certificate(&[], "postgres");
    let file = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        file.display().to_string()
    };
    let (certificate, key) = (file("client.crt", &certificate), file("client.key", &key));
    let other_key = file("other.key", &other_key);
    let options = format!("sslmode=require&sslcert={certificate}&sslkey={key}");
    assert_eq!(connects(&server, &options).await, Ok(()));
    for (options, problem) in [
        ("sslmode=require".to_owned(), "28000"),
        (
            format!("sslmode=require&sslcert={certificate}&sslkey={other_key}"),
            "does not fit the certificate",
        ),
        (
            format!("sslmode=require&sslcert={certificate}&sslkey=/none"),
            "sslkey=/none",
        ),
        (
            format!("sslmode=require&sslcert={key}&sslkey={key}"),
            "has no certificate",
        ),
        (
            "sslmode=verify-full&sslrootcert=/none".to_owned(),
            "sslrootcert=/none",
        ),
    ] {
        let refused = connects(&server, &options).await;
        assert!(
            refused.as_ref().is_err_and(|message| message.contains(problem)),
            "{options}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_it_is_required() {
    let server = Server::start();
    assert_eq!(connects(&server, "sslmode=prefer").await, Ok(()));
    let refused = connects(&server, "sslmode=require").await;
    assert!(
        refused
            .as_ref()
            .is_err_and(|message| message.contains("does not support TLS")),
        "{refused:?}"
    );
}
