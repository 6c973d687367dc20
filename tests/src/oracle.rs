//! Content that is computed from connection and offset, so that a byte that is
//! lost, doubled or crossed names itself.

/// The byte at `offset` of what `connection` sends.
pub fn byte(connection: usize, offset: usize) -> u8 {
    let mixed = (connection as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (offset as u64);
    (mixed.wrapping_mul(0xd6e8_feb8_6659_fd93) >> 56) as u8
}

/// The bytes from `offset` on.
pub fn fill(connection: usize, offset: usize, bytes: &mut [u8]) {
    for (at, place) in bytes.iter_mut().enumerate() {
        *place = byte(connection, offset + at);
    }
}

/// The first of `bytes`, which should begin at `offset`, that is another one.
pub fn first_wrong(connection: usize, offset: usize, bytes: &[u8]) -> Option<usize> {
    let wrong = |(at, &seen): (usize, &u8)| seen != byte(connection, offset + at);
    bytes
        .iter()
        .enumerate()
        .position(wrong)
        .map(|at| offset + at)
}

/// Numbers drawn at random, the same ones each time (xorshift).
pub struct Random(u64);

impl Random {
    /// The ones that belong to a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % bound
    }
}
