//! The head of a response, as far as the end of the response depends on it.

const CONTENT_LENGTH: &[u8] = b"content-length";
const TRANSFER_ENCODING: &[u8] = b"transfer-encoding";
const UPGRADE: &[u8] = b"upgrade";

/// The body that follows a head.
#[derive(Clone, Copy)]
pub(super) enum Body {
    None,
    Length(u64),
    Chunks,
    /// All bytes until the end of the connection. awc agrees.
    Rest,
    /// All bytes until the end of the connection, although awc expects no body.
    Unannounced,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Minor {
    Zero,
    One,
    /// Another version. awc refuses the response.
    Other,
}

/// The fields of a head that determine the end of the response.
pub(super) struct Head<'a> {
    status: &'a [u8],
    /// The offset of the last digit of the version.
    version: usize,
    minor: Minor,
    length: Option<&'a [u8]>,
    /// Whether no length is given twice.
    is_unambiguous: bool,
    encoding: Option<&'a [u8]>,
    /// Whether it has an `Upgrade` header.
    has_upgrade: bool,
    /// The offset behind the head.
    pub(super) end: usize,
}

impl<'a> Head<'a> {
    /// Parses the head at the start of these bytes, including empty lines before it. `None` if it is incomplete.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let begin = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n'))?;
        let mut end = begin;
        let mut next_line = || {
            let rest = bytes.get(end..)?;
            let length = memchr::memchr(b'\n', rest)?;
            end = end.saturating_add(length).saturating_add(1);
            let line = rest.get(..length)?;
            Some(line.strip_suffix(b"\r").unwrap_or(line))
        };
        let first = next_line()?;
        // `HTTP/1.1 200 OK`. awc refuses other status lines.
        let mut head = Self {
            status: first.get(9..12).unwrap_or_default(),
            version: begin.saturating_add(7),
            minor: match first.get(..8) {
                Some(b"HTTP/1.0") => Minor::Zero,
                Some(b"HTTP/1.1") => Minor::One,
                _ => Minor::Other,
            },
            length: None,
            is_unambiguous: true,
            encoding: None,
            has_upgrade: false,
            end: 0,
        };
        loop {
            let line = next_line()?;
            match line.first() {
                None => break,
                Some(b'c' | b'C') => {
                    if let Some(length) = value(line, CONTENT_LENGTH) {
                        head.is_unambiguous &= head.length.is_none();
                        head.length = Some(length);
                    }
                }
                Some(b't' | b'T') => {
                    if let Some(encoding) = value(line, TRANSFER_ENCODING) {
                        head.is_unambiguous &= head.encoding.is_none();
                        head.encoding = Some(encoding);
                    }
                }
                Some(b'u' | b'U') => head.has_upgrade |= value(line, UPGRADE).is_some(),
                Some(_) => {}
            }
        }
        head.end = end;
        Some(head)
    }

    pub(super) fn is_interim(&self) -> bool {
        matches!(self.status, [b'1', tens, ones] if tens.is_ascii_digit() && ones.is_ascii_digit())
    }

    pub(super) fn is_success(&self) -> bool {
        self.status.starts_with(b"2")
    }

    pub(super) fn is_status(&self, status: &[u8]) -> bool {
        self.status == status
    }

    /// Whether the response has no body, even if the head has a length (RFC 9112, 6.3).
    fn is_bodiless(&self) -> bool {
        self.minor != Minor::Zero && (self.is_status(b"204") || self.is_status(b"304"))
    }

    /// The body that follows the head.
    pub(super) fn body(&self) -> Body {
        if self.is_bodiless() {
            return Body::None;
        }
        if self.is_status(b"101") || !self.is_unambiguous {
            return Body::Rest;
        }
        let is_1_0 = self.minor == Minor::Zero;
        let chunked = self.encoding.filter(|_| !is_1_0);
        if chunked.is_some_and(|encoding| !encoding.eq_ignore_ascii_case(b"identity")) {
            return Body::Chunks;
        }
        match self.length {
            Some(length) => match std::str::from_utf8(length)
                .ok()
                .and_then(|text| text.parse().ok())
            {
                // awc reads an HTTP/1.0 response of length zero until the end of the connection.
                Some(0) if is_1_0 => Body::Rest,
                Some(0) => Body::None,
                Some(length) => Body::Length(length),
                None => Body::Rest,
            },
            None if self.minor == Minor::One => Body::Unannounced,
            None => Body::Rest,
        }
    }

    /// The changes to the head after which awc reads the same body: offsets into `bytes`, and the new byte at each.
    pub(super) fn edits(&self, bytes: &[u8]) -> Vec<(usize, u8)> {
        // awc reads a response of version 1.0 until the end of the connection.
        if matches!(self.body(), Body::Unannounced) {
            return vec![(self.version, b'0')];
        }
        let hidden: &[&[u8]] = if self.is_bodiless() && (self.length.is_some() || self.encoding.is_some()) {
            &[CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE]
        } else if self.has_upgrade && !self.is_status(b"101") {
            // awc expects no body in a response with `Upgrade`.
            &[UPGRADE]
        } else {
            return Vec::new();
        };
        let mut edits = Vec::new();
        let mut begin = 0_usize;
        for line in bytes
            .get(..self.end)
            .unwrap_or_default()
            .split(|byte| *byte == b'\n')
        {
            if hidden.iter().any(|name| value(line, name).is_some()) {
                // A changed name hides the header from awc.
                edits.push((begin, b'x'));
            }
            begin = begin.saturating_add(line.len()).saturating_add(1);
        }
        edits
    }
}

/// The value of the header on this line, if the header has this name.
fn value<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (this, rest) = line.split_at_checked(name.len())?;
    if !this.eq_ignore_ascii_case(name) {
        return None;
    }
    let value = rest.trim_ascii_start().strip_prefix(b":")?;
    Some(value.trim_ascii())
}
