//! The files of the page.
//!
//! Those of Swagger UI are in a zip archive. Its compressed data is sent as it is, with the beginning and the end of gzip around it, so
//! nothing is decompressed.

use std::sync::LazyLock;

use bytes::Bytes;
use rawzip::{CompressionMethod, ZipArchive};
use siphasher::sip::SipHasher24;
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;

/// A file that the page needs.
pub(super) struct Asset {
    pub(super) name: &'static str,
    pub(super) media_type: &'static str,
    pub(super) bytes: Bytes,
    pub(super) is_gzip: bool,
    /// A text that another content of the file does not have.
    pub(super) tag: String,
}

/// The names of the files of Swagger UI, and their types.
const OF_SWAGGER_UI: [(&str, &str); 3] = [
    ("swagger-ui.css", "text/css; charset=utf-8"),
    ("swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    ("favicon-32x32.png", "image/png"),
];

static SCRIPT: &str = include_str!("page.js");
/// The page itself has no name.
static PAGE: &str = include_str!("page.html");

/// A gzip file begins with its kind, the method of deflate, and no flags, time and system (RFC 1952, 2.3).
const GZIP_BEGINNING: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// The file with this name. The archive is read when the first one is needed.
pub(super) fn asset(name: &str) -> Option<&'static Asset> {
    static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
        let own = [
            own("", "text/html; charset=utf-8", PAGE),
            own("page.js", "text/javascript; charset=utf-8", SCRIPT),
        ];
        own.into_iter().chain(of_archive()).collect()
    });
    ASSETS.iter().find(|asset| asset.name == name)
}

fn own(name: &'static str, media_type: &'static str, text: &'static str) -> Asset {
    Asset {
        name,
        media_type,
        bytes: Bytes::from_static(text.as_bytes()),
        is_gzip: false,
        tag: format!("{:016x}", SipHasher24::new().hash(text.as_bytes())),
    }
}

/// The files of the archive, of which a broken one would have none. A test reads each.
fn of_archive() -> Vec<Asset> {
    let Ok(archive) = ZipArchive::from_slice(SWAGGER_UI_VENDORED) else {
        return Vec::new();
    };
    let mut assets = Vec::new();
    let mut entries = archive.entries();
    while let Ok(Some(entry)) = entries.next_entry() {
        let path = entry.file_path();
        let Ok(path) = std::str::from_utf8(path.as_ref()) else {
            continue;
        };
        // `swagger-ui-<version>/dist/<name>`
        let mut segments = path.split('/').skip(1);
        let (Some("dist"), Some(name), None) = (segments.next(), segments.next(), segments.next()) else {
            continue;
        };
        let Some((name, media_type)) = OF_SWAGGER_UI.into_iter().find(|(known, _)| *known == name) else {
            continue;
        };
        let (method, checksum) = (entry.compression_method(), entry.crc32());
        let size = entry.uncompressed_size_hint();
        let Ok(found) = archive.get_entry(entry.wayfinder()) else {
            continue;
        };
        let is_gzip = method == CompressionMethod::DEFLATE;
        let bytes = match is_gzip {
            true => gzip(found.data(), checksum, size),
            false => Bytes::copy_from_slice(found.data()),
        };
        assets.push(Asset {
            name,
            media_type,
            bytes,
            is_gzip,
            tag: format!("{checksum:08x}"),
        });
    }
    assets
}

fn gzip(deflated: &[u8], checksum: u32, size: u64) -> Bytes {
    // The end has the size modulo 2^32.
    let [a, b, c, d, ..] = size.to_le_bytes();
    let end = [checksum.to_le_bytes(), [a, b, c, d]].concat();
    Bytes::from([GZIP_BEGINNING.as_slice(), deflated, &end].concat())
}
