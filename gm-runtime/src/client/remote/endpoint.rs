//! The URLs of a resource.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::client::BaseUrl;
use crate::error::Error;
use crate::field::Value;
use crate::manager::{Description, Remote};
use crate::protocol::item_id;

/// All characters that are not unreserved (RFC 3986, 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The longest path that owners accept by default. Only the id can be long.
const MAX_PATH: usize = 8 * 1024;

/// The URLs of a resource at its owner.
pub(super) struct Endpoint {
    /// The length of the scheme and the host.
    origin_len: usize,
    /// The length of the URL up to the base path.
    base_len: usize,
    collection: String,
}

impl Endpoint {
    pub(super) fn new(base_url: &BaseUrl, remote: &Remote) -> Self {
        Self {
            origin_len: base_url.origin().len(),
            base_len: base_url.as_str().len().saturating_add(remote.base_path().len()),
            collection: format!(
                "{}{}/{}",
                base_url.as_str(),
                remote.base_path(),
                remote.resource()
            ),
        }
    }

    pub(super) fn collection(&self) -> String {
        self.collection.clone()
    }

    /// The name of the resource.
    pub(super) fn resource(&self) -> &str {
        let name = self.collection.get(self.base_len.saturating_add(1)..);
        name.unwrap_or_default()
    }

    pub(super) fn query(&self) -> String {
        format!("{}/query", self.collection)
    }

    /// The URL of batches for the resources of the base path.
    pub(super) fn batch(&self) -> String {
        format!(
            "{}/_batch",
            self.collection.get(..self.base_len).unwrap_or_default()
        )
    }

    /// The URL of the resource's schema.
    pub(super) fn schema(&self) -> String {
        format!(
            "{}/_schema?resource={}",
            self.collection.get(..self.base_len).unwrap_or_default(),
            utf8_percent_encode(self.resource(), SEGMENT)
        )
    }

    /// The URL of the row with this id.
    pub(super) fn item(&self, description: &Description, id: &Value) -> Result<String, Error> {
        let refused = |message: &str| {
            Error::invalid(
                description.name(),
                description.id_field().name(),
                message.to_owned(),
            )
        };
        let url = match id {
            Value::Integer(id) => format!("{}/{id}", self.collection),
            Value::Uuid(id) => format!("{}/{id}", self.collection),
            Value::Text(id) => {
                item_id::check_text(id).map_err(refused)?;
                format!("{}/{}", self.collection, utf8_percent_encode(id, SEGMENT))
            }
            other => {
                return Err(refused(&format!(
                    "expected an integer, text or a uuid, got {}",
                    other.type_name()
                )));
            }
        };
        if url.len().saturating_sub(self.origin_len) > MAX_PATH {
            return Err(refused(
                "the id is too long: the path of a URL may have at most 8 KiB",
            ));
        }
        Ok(url)
    }
}
