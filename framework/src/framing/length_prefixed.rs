use super::{Encode, FrameError, Framing, Split};

/// Frames with a header that says how long they are. The handler gets the
/// payload as `&[u8]`, without the header; it may be empty.
///
/// The header is a number of 1, 2, 4 or 8 bytes and counts the bytes of the
/// payload, or with [`counting_header`](LengthPrefixed::counting_header) its
/// own as well. The default is [`u32_be`](LengthPrefixed::u32_be).
///
/// The limit for the length of a frame counts the header too. A peer that
/// announces more has lost as soon as its header has come, and what it
/// announces takes no memory.
///
/// # Errors
///
/// Reading ends when a length does not fit in memory at all, when it should
/// count the header and is less than that, and when the peer's end comes within
/// a frame. A payload that the header cannot express is not encoded.
///
/// # Examples
///
/// ```
/// use miocene::{Encode, Framing, LengthPrefixed, Split};
///
/// let mut framing = LengthPrefixed::u16_be();
/// assert_eq!(framing.split(b"\x00\x05hel", 0)?, Split::Incomplete(7));
/// assert_eq!(framing.split(b"\x00\x05hello\x00", 0)?, Split::Frame(7));
/// assert_eq!(framing.frame(b"\x00\x05hello")?, b"hello");
///
/// let mut unsent = Vec::new();
/// framing.encode(b"hello", &mut unsent)?;
/// assert_eq!(unsent, b"\x00\x05hello");
/// # Ok::<(), miocene::FrameError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LengthPrefixed {
    header: Header,
    counts_header: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Header {
    U8,
    U16Be,
    U16Le,
    #[default]
    U32Be,
    U32Le,
    U64Be,
    U64Le,
}

impl LengthPrefixed {
    /// A header of one byte: payloads of up to 255 bytes.
    #[must_use]
    pub const fn u8() -> LengthPrefixed {
        LengthPrefixed::new(Header::U8)
    }

    /// A header of 2 bytes, the high one first (as the network orders them):
    /// payloads of up to 65 535 bytes.
    #[must_use]
    pub const fn u16_be() -> LengthPrefixed {
        LengthPrefixed::new(Header::U16Be)
    }

    /// A header of 2 bytes, the low one first.
    #[must_use]
    pub const fn u16_le() -> LengthPrefixed {
        LengthPrefixed::new(Header::U16Le)
    }

    /// A header of 4 bytes, the highest one first. The default.
    #[must_use]
    pub const fn u32_be() -> LengthPrefixed {
        LengthPrefixed::new(Header::U32Be)
    }

    /// A header of 4 bytes, the lowest one first.
    #[must_use]
    pub const fn u32_le() -> LengthPrefixed {
        LengthPrefixed::new(Header::U32Le)
    }

    /// A header of 8 bytes, the highest one first.
    #[must_use]
    pub const fn u64_be() -> LengthPrefixed {
        LengthPrefixed::new(Header::U64Be)
    }

    /// A header of 8 bytes, the lowest one first.
    #[must_use]
    pub const fn u64_le() -> LengthPrefixed {
        LengthPrefixed::new(Header::U64Le)
    }

    /// The same with a header that counts its own bytes as well as those of
    /// the payload.
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::{Framing, LengthPrefixed, Split};
    ///
    /// let mut framing = LengthPrefixed::u16_be().counting_header();
    /// assert_eq!(framing.split(b"\x00\x07hello", 0)?, Split::Frame(7));
    /// assert!(framing.split(b"\x00\x01", 0).is_err());
    /// # Ok::<(), miocene::FrameError>(())
    /// ```
    #[must_use]
    pub const fn counting_header(self) -> LengthPrefixed {
        LengthPrefixed {
            counts_header: true,
            ..self
        }
    }

    const fn new(header: Header) -> LengthPrefixed {
        LengthPrefixed {
            header,
            counts_header: false,
        }
    }

    /// How many bytes of the frame the header does not count.
    #[inline(always)]
    fn uncounted(self) -> usize {
        match self.counts_header {
            true => 0,
            false => self.header.size(),
        }
    }
}

impl Framing for LengthPrefixed {
    type Frame<'b> = &'b [u8];

    #[inline]
    fn split(&mut self, unread: &[u8], _seen: usize) -> Result<Split, FrameError> {
        let size = self.header.size();
        let Some(counted) = self.header.read(unread) else {
            return Ok(Split::Incomplete(size));
        };
        // With 32 bits, a header can say more than there are addresses.
        let counted = usize::try_from(counted).ok();
        match counted.and_then(|counted| counted.checked_add(self.uncounted())) {
            Some(length) if length >= size => Ok(Split::at(length, unread)),
            Some(_) => Err(FrameError::new("a length that should count its own header")),
            None => Err(FrameError::new("a length that no memory can hold")),
        }
    }

    #[inline]
    fn frame<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], FrameError> {
        Ok(&bytes[self.header.size()..])
    }
}

impl Encode for LengthPrefixed {
    type Payload = [u8];

    #[inline]
    fn encode(&self, payload: &[u8], unsent: &mut Vec<u8>) -> Result<(), FrameError> {
        // A slice is at most isize::MAX bytes, and u64 holds that and 8 more.
        let size = self.header.size();
        let counted = (payload.len() + size - self.uncounted()) as u64;
        if counted > self.header.most() {
            return Err(FrameError::new("a payload too long for its header"));
        }
        unsent.reserve(size + payload.len());
        self.header.write(counted, unsent);
        unsent.extend_from_slice(payload);
        Ok(())
    }
}

impl Header {
    /// In bytes.
    #[inline(always)]
    const fn size(self) -> usize {
        match self {
            Header::U8 => 1,
            Header::U16Be | Header::U16Le => 2,
            Header::U32Be | Header::U32Le => 4,
            Header::U64Be | Header::U64Le => 8,
        }
    }

    /// The largest number that it can say.
    #[inline(always)]
    const fn most(self) -> u64 {
        u64::MAX >> (64 - 8 * self.size())
    }

    /// What the header at the beginning of `bytes` says, if it is all there.
    #[inline(always)]
    fn read(self, bytes: &[u8]) -> Option<u64> {
        Some(match self {
            Header::U8 => u64::from(*bytes.first()?),
            Header::U16Be => u64::from(u16::from_be_bytes(*bytes.first_chunk()?)),
            Header::U16Le => u64::from(u16::from_le_bytes(*bytes.first_chunk()?)),
            Header::U32Be => u64::from(u32::from_be_bytes(*bytes.first_chunk()?)),
            Header::U32Le => u64::from(u32::from_le_bytes(*bytes.first_chunk()?)),
            Header::U64Be => u64::from_be_bytes(*bytes.first_chunk()?),
            Header::U64Le => u64::from_le_bytes(*bytes.first_chunk()?),
        })
    }

    /// Writes a number of at most [`Header::most`].
    #[inline(always)]
    fn write(self, number: u64, to: &mut Vec<u8>) {
        let size = self.size();
        match self {
            Header::U8 | Header::U16Be | Header::U32Be | Header::U64Be => {
                to.extend_from_slice(&number.to_be_bytes()[8 - size..]);
            }
            Header::U16Le | Header::U32Le | Header::U64Le => {
                to.extend_from_slice(&number.to_le_bytes()[..size]);
            }
        }
    }
}
