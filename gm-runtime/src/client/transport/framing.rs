//! Where the answers on a connection begin and end.

/// The longest head of an answer, as in actix-http.
const MAX_HEAD: usize = 128 * 1024;
/// How many interim answers may come before the answer.
const MAX_INTERIM: usize = 100;
/// The most bytes that the interim answers before one answer may have together.
const MAX_INTERIM_BYTES: usize = 64 * 1024;

/// What is due on a connection: which of the bytes that come belong to the answer, and whether it has ended.
///
/// It must agree with awc's own decoder on where each answer ends. Where it can't tell, the answer counts as one that does
/// not end, and the connection is not used again.
#[derive(Debug)]
pub(super) struct Framing {
    due: Due,
    /// Whether the requests ask for a websocket.
    upgrade: bool,
    interim: usize,
    interim_bytes: usize,
}

#[derive(Debug)]
enum Due {
    /// Nothing: no request is outstanding.
    Nothing,
    /// The head of the answer.
    Head,
    /// So many bytes of the body.
    Length(u64),
    /// A body in chunks.
    Chunks(Chunks),
    /// Whatever comes until the connection ends.
    Rest,
    /// Nothing more: something came that answers no request.
    Excess,
}

/// What stands at the beginning of these bytes.
pub(super) enum Beginning {
    /// A head that is not complete.
    Partial,
    /// The head of an interim answer, which ends here.
    Interim(usize),
    /// The head of the answer, which ends at `end`. awc reads its body until the connection ends only where the version is
    /// 1.0: where that is to be so, `version` is the place of the version's last digit.
    Final { end: usize, version: Option<usize> },
}

impl Framing {
    pub(super) fn new(upgrade: bool) -> Self {
        Self {
            due: Due::Nothing,
            upgrade,
            interim: 0,
            interim_bytes: 0,
        }
    }

    /// A request is written; false where none may be, since the answer to the one before has not ended, or bytes came that
    /// belong to none.
    pub(super) fn request(&mut self) -> bool {
        match self.due {
            Due::Nothing => {
                self.due = Due::Head;
                (self.interim, self.interim_bytes) = (0, 0);
                true
            }
            Due::Head => true,
            // A websocket's frames.
            Due::Rest => self.upgrade,
            Due::Length(_) | Due::Chunks(_) | Due::Excess => false,
        }
    }

    pub(super) fn is_head_due(&self) -> bool {
        matches!(self.due, Due::Head)
    }

    /// Whether bytes came behind the end of an answer.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.due, Due::Excess)
    }

    /// Looks at the beginning of an answer: at all that came of it.
    ///
    /// # Errors
    /// Where too much comes before the answer.
    pub(super) fn begin(&mut self, bytes: &[u8]) -> Result<Beginning, Malformed> {
        let Some(head) = Head::parse(bytes) else {
            return if bytes.len() > MAX_HEAD {
                Err(Malformed("the head of the answer is too long"))
            } else {
                Ok(Beginning::Partial)
            };
        };
        if head.is_interim() {
            if head.is_status(b"101") {
                if !self.upgrade {
                    return Err(Malformed(
                        "a switch to another protocol, which the request did not ask for",
                    ));
                }
            } else {
                self.interim += 1;
                self.interim_bytes = self.interim_bytes.saturating_add(head.end);
                if self.interim > MAX_INTERIM || self.interim_bytes > MAX_INTERIM_BYTES {
                    return Err(Malformed("too many interim answers before the answer"));
                }
                return Ok(Beginning::Interim(head.end));
            }
        }
        let (due, to_the_end) = head.body();
        self.due = due;
        Ok(Beginning::Final {
            end: head.end,
            version: to_the_end.then_some(head.version),
        })
    }

    /// How many of these bytes, which came next, belong to the answer.
    pub(super) fn body(&mut self, bytes: &[u8]) -> usize {
        let (taken, ended) = match &mut self.due {
            Due::Length(length) => {
                let taken = usize::try_from(*length).unwrap_or(usize::MAX).min(bytes.len());
                *length -= taken as u64;
                (taken, *length == 0)
            }
            Due::Chunks(chunks) => chunks.take(bytes),
            Due::Head | Due::Rest => return bytes.len(),
            Due::Nothing | Due::Excess => (0, true),
        };
        if ended {
            self.due = if taken == bytes.len() {
                Due::Nothing
            } else {
                Due::Excess
            };
        }
        taken
    }

    /// The connection ended within a head.
    pub(super) fn cut_off(&mut self) {
        self.due = Due::Rest;
    }
}

/// Why what comes can't be an answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Malformed(&'static str);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Minor {
    Zero,
    One,
    /// awc refuses the answer.
    Other,
}

/// The head of an answer, as far as its end and that of its body depend on it.
struct Head<'a> {
    status: &'a [u8],
    version: usize,
    minor: Minor,
    length: Option<&'a [u8]>,
    /// Whether it is the one length that the head gives.
    is_sure: bool,
    encoding: Option<&'a [u8]>,
    end: usize,
}

impl<'a> Head<'a> {
    /// The head that these bytes begin with, where it is complete. Empty lines before it are part of it.
    fn parse(bytes: &'a [u8]) -> Option<Self> {
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

    fn is_interim(&self) -> bool {
        matches!(self.status, [b'1', tens, ones] if tens.is_ascii_digit() && ones.is_ascii_digit())
    }

    fn is_status(&self, status: &[u8]) -> bool {
        self.status == status
    }

    /// What is due behind the head, and whether awc has to be told that it is all that comes.
    fn body(&self) -> (Due, bool) {
        if self.is_status(b"101") || !self.is_sure {
            return (Due::Rest, false);
        }
        let is_1_0 = self.minor == Minor::Zero;
        let chunked = self.encoding.filter(|_| !is_1_0);
        if chunked.is_some_and(|encoding| !encoding.eq_ignore_ascii_case(b"identity")) {
            return (Due::Chunks(Chunks::new()), false);
        }
        match self.length {
            Some(length) => match std::str::from_utf8(length)
                .ok()
                .and_then(|text| text.parse().ok())
            {
                // awc takes an HTTP/1.0 answer without bytes for one that goes on to the end.
                Some(0) if is_1_0 => (Due::Rest, false),
                Some(0) => (Due::Nothing, false),
                Some(length) => (Due::Length(length), false),
                None => (Due::Rest, false),
            },
            None if is_1_0 => (Due::Rest, false),
            // Without a body, whatever their headers say.
            None if self.is_status(b"204") || self.is_status(b"304") => (Due::Nothing, false),
            None => (Due::Rest, self.minor == Minor::One),
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

/// A body in chunks (RFC 9112, 7.1), as far as it has come.
#[derive(Debug)]
enum Chunks {
    /// The length of a chunk; whether its digits are over.
    Size(u64, bool),
    /// So many bytes of a chunk, and of the line end behind it.
    Data(u64),
    /// The lines behind the last chunk; whether something stands on this one.
    Trailer(bool),
}

impl Chunks {
    fn new() -> Self {
        Self::Size(0, false)
    }

    /// How many of these bytes belong to the body, and whether it ends with them.
    fn take(&mut self, bytes: &[u8]) -> (usize, bool) {
        let mut taken = 0;
        while let Some(byte) = bytes.get(taken).copied() {
            match self {
                Self::Data(left) => {
                    let here = usize::try_from(*left)
                        .unwrap_or(usize::MAX)
                        .min(bytes.len() - taken);
                    *left -= here as u64;
                    taken += here;
                    if *left == 0 {
                        *self = Self::new();
                    }
                    continue;
                }
                Self::Size(0, _) if byte == b'\n' => *self = Self::Trailer(false),
                Self::Size(size, _) if byte == b'\n' => *self = Self::Data(size.saturating_add(2)),
                Self::Size(size, over) => match char::from(byte).to_digit(16).filter(|_| !*over) {
                    Some(digit) => *size = size.saturating_mul(16).saturating_add(digit.into()),
                    None => *over = true,
                },
                Self::Trailer(false) if byte == b'\n' => return (taken + 1, true),
                Self::Trailer(_) if byte == b'\n' => *self = Self::Trailer(false),
                Self::Trailer(something) => *something |= byte != b'\r',
            }
            taken += 1;
        }
        (taken, false)
    }
}
