//! Numbers that depend on the seed and on nothing else: xorshift.

#[derive(Clone)]
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Rng {
        let mut rng = Rng(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..10 {
            rng.next();
        }
        rng
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, end: u32) -> u32 {
        ((self.next() >> 11) % u64::from(end)) as u32
    }

    pub fn one_in(&mut self, many: u32) -> bool {
        self.below(many) == 0
    }

    pub fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u32) as usize]
    }

    /// Another one, for somebody else.
    pub fn split(&mut self) -> Rng {
        Rng::new(self.next())
    }
}
