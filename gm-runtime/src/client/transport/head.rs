//! The head of an answer.

/// What comes behind a head.
#[derive(Clone, Copy)]
pub(super) enum Body {
    None,
    Length(u64),
    Chunks,
    /// All that comes until the connection ends, as awc takes it too.
    Rest,
    /// Likewise, where awc would take it for none.
    Unannounced,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Minor {
    Zero,
    One,
    /// awc refuses the answer.
    Other,
}

/// The head of an answer, as far as its end and that of its body depend on it.
pub(super) struct Head<'a> {
    status: &'a [u8],
    /// The place of the last digit of the version.
    pub(super) version: usize,
    minor: Minor,
    length: Option<&'a [u8]>,
    /// Whether it is the one length that the head gives.
    is_sure: bool,
    encoding: Option<&'a [u8]>,
    /// Where it ends.
    pub(super) end: usize,
}

impl<'a> Head<'a> {
    /// The head that these bytes begin with, where it is complete. Empty lines before it are part of it.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let begin = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n'))?;
        let mut end = begin;
        let mut next_line = || {
            let rest = bytes.get(end..)?;
            let length = rest.iter().position(|byte| *byte == b'\n')?;
            end = end.saturating_add(length).saturating_add(1);
            let line = rest.get(..length)?;
            Some(line.strip_suffix(b"\r").unwrap_or(line))
        };
        let first = next_line()?;
        // `HTTP/1.1 200 OK`. What is no status line awc refuses.
        let mut head = Self {
            status: first.get(9..12).unwrap_or_default(),
            version: begin.saturating_add(7),
            minor: match first.get(..8) {
                Some(b"HTTP/1.0") => Minor::Zero,
                Some(b"HTTP/1.1") => Minor::One,
                _ => Minor::Other,
            },
            length: None,
            is_sure: true,
            encoding: None,
            end: 0,
        };
        loop {
            let line = next_line()?;
            match line.first() {
                None => break,
                Some(b'c' | b'C') => {
                    if let Some(length) = value(line, b"content-length") {
                        head.is_sure &= head.length.is_none();
                        head.length = Some(length);
                    }
                }
                Some(b't' | b'T') => {
                    if let Some(encoding) = value(line, b"transfer-encoding") {
                        head.is_sure &= head.encoding.is_none();
                        head.encoding = Some(encoding);
                    }
                }
                Some(_) => {}
            }
        }
        head.end = end;
        Some(head)
    }

    pub(super) fn is_interim(&self) -> bool {
        matches!(self.status, [b'1', tens, ones] if tens.is_ascii_digit() && ones.is_ascii_digit())
    }

    pub(super) fn is_status(&self, status: &[u8]) -> bool {
        self.status == status
    }

    /// What comes behind the head.
    pub(super) fn body(&self) -> Body {
        if self.is_status(b"101") || !self.is_sure {
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
                // awc takes an HTTP/1.0 answer without bytes for one that goes on to the end.
                Some(0) if is_1_0 => Body::Rest,
                Some(0) => Body::None,
                Some(length) => Body::Length(length),
                None => Body::Rest,
            },
            // Without a body, whatever their headers say.
            None if !is_1_0 && (self.is_status(b"204") || self.is_status(b"304")) => Body::None,
            None if self.minor == Minor::One => Body::Unannounced,
            None => Body::Rest,
        }
    }
}

/// The value of the header on this line, where it is this one.
fn value<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (this, rest) = line.split_at_checked(name.len())?;
    if !this.eq_ignore_ascii_case(name) {
        return None;
    }
    let value = rest.trim_ascii_start().strip_prefix(b":")?;
    Some(value.trim_ascii())
}
