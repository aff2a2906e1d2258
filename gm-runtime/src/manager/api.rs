//! The addresses of a manager on the wire: of the owner (`Api`) and of the consumer (`Remote`).

use super::{Operation, Operations};

/// The API of an owner, from `#[remote_api(..)]`: path, operations and page sizes.
#[derive(Clone, Copy, Debug)]
pub struct Api {
    base_path: &'static str,
    resource: &'static str,
    protocol_version: &'static str,
    operations: Operations,
    websocket_invalidation: bool,
    regex: bool,
    counts: bool,
    default_page_size: u64,
    max_page_size: u64,
}

impl Api {
    /// An API under this path, without operations, with protocol version `v1`, a default page size of 100 and a maximum of
    /// 1,000.
    #[must_use]
    pub const fn new(base_path: &'static str, resource: &'static str) -> Self {
        Self {
            base_path,
            resource,
            protocol_version: "v1",
            operations: Operations::none(),
            websocket_invalidation: false,
            regex: false,
            counts: false,
            default_page_size: 100,
            max_page_size: 1000,
        }
    }

    /// Allows an operation.
    #[must_use]
    pub const fn allow(mut self, operation: Operation) -> Self {
        self.operations = self.operations.with(operation);
        self
    }

    /// Serves a websocket that announces changes.
    #[must_use]
    pub const fn with_websocket_invalidation(mut self) -> Self {
        self.websocket_invalidation = true;
        self
    }

    /// Allows patterns (`regex` and `iregex`) in queries.
    ///
    /// # Panics
    /// If gm-runtime's feature `regex` is off.
    #[must_use]
    #[track_caller]
    pub const fn with_regex(mut self) -> Self {
        #[expect(clippy::assertions_on_constants, reason = "it depends on the features")]
        {
            assert!(
                cfg!(feature = "regex"),
                "`allow_regex` needs gm-runtime's feature `regex`"
            );
        }
        self.regex = true;
        self
    }

    /// Allows queries for the numbers of rows by the values of a field (`count_by`).
    #[must_use]
    pub const fn with_counts(mut self) -> Self {
        self.counts = true;
        self
    }

    /// Sets the protocol version.
    #[must_use]
    pub const fn with_protocol_version(mut self, version: &'static str) -> Self {
        self.protocol_version = version;
        self
    }

    /// Sets the default and the maximum page size.
    #[must_use]
    pub const fn with_page_size(mut self, default: u64, max: u64) -> Self {
        self.default_page_size = default;
        self.max_page_size = max;
        self
    }

    /// The path before the resource: `/internal/gm`.
    #[must_use]
    pub const fn base_path(&self) -> &'static str {
        self.base_path
    }

    /// The resource's name: `projects`.
    #[must_use]
    pub const fn resource(&self) -> &'static str {
        self.resource
    }

    /// The protocol version: `v1`.
    #[must_use]
    pub const fn protocol_version(&self) -> &'static str {
        self.protocol_version
    }

    /// The allowed operations.
    #[must_use]
    pub const fn operations(&self) -> Operations {
        self.operations
    }

    /// Whether a websocket announces changes.
    #[must_use]
    pub const fn websocket_invalidation(&self) -> bool {
        self.websocket_invalidation
    }

    /// Whether queries may use patterns.
    #[must_use]
    pub const fn regex(&self) -> bool {
        self.regex
    }

    /// Whether queries may count rows by the values of a field.
    #[must_use]
    pub const fn counts(&self) -> bool {
        self.counts
    }

    /// The default page size.
    #[must_use]
    pub const fn default_page_size(&self) -> u64 {
        self.default_page_size
    }

    /// The maximum page size.
    #[must_use]
    pub const fn max_page_size(&self) -> u64 {
        self.max_page_size
    }
}

/// The address of the owner, from `#[remote_manager(..)]`, and the operations that it allows.
#[derive(Clone, Copy, Debug)]
pub struct Remote {
    base_url: &'static str,
    base_path: &'static str,
    resource: &'static str,
    protocol_version: &'static str,
    operations: Operations,
    websocket_invalidation: bool,
}

impl Remote {
    /// A resource of the service at this URL, with all operations and protocol version `v1`.
    #[must_use]
    pub const fn new(base_url: &'static str, base_path: &'static str, resource: &'static str) -> Self {
        Self {
            base_url,
            base_path,
            resource,
            protocol_version: "v1",
            operations: Operations::all(),
            websocket_invalidation: false,
        }
    }

    /// Whether the other resource is of the same owner, at the same base path.
    pub(crate) fn has_owner_of(&self, other: &Self) -> bool {
        let owner = |remote: &Self| (remote.base_url, remote.base_path, remote.protocol_version);
        owner(self) == owner(other)
    }

    /// Sets the operations.
    #[must_use]
    pub const fn with_operations(mut self, operations: Operations) -> Self {
        self.operations = operations;
        self
    }

    /// Subscribes to the resource's changes.
    #[must_use]
    pub const fn with_websocket_invalidation(mut self) -> Self {
        self.websocket_invalidation = true;
        self
    }

    /// Sets the protocol version.
    #[must_use]
    pub const fn with_protocol_version(mut self, version: &'static str) -> Self {
        self.protocol_version = version;
        self
    }

    /// The default URL of the service: `https://project-service.example.com`.
    #[must_use]
    pub const fn base_url(&self) -> &'static str {
        self.base_url
    }

    /// The path before the resource: `/internal/gm`.
    #[must_use]
    pub const fn base_path(&self) -> &'static str {
        self.base_path
    }

    /// The resource's name: `projects`.
    #[must_use]
    pub const fn resource(&self) -> &'static str {
        self.resource
    }

    /// The protocol version: `v1`.
    #[must_use]
    pub const fn protocol_version(&self) -> &'static str {
        self.protocol_version
    }

    /// The operations that the owner allows.
    #[must_use]
    pub const fn operations(&self) -> Operations {
        self.operations
    }

    /// Whether the consumer subscribes to changes.
    #[must_use]
    pub const fn websocket_invalidation(&self) -> bool {
        self.websocket_invalidation
    }
}
