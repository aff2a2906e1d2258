//! Random numbers that depend on a seed only.

/// The seed of random tests: the variable `GM_SEED`, or the test's own seed if it is not set. So every run of the suite
/// has the same inputs, and `scripts/soak` has others.
///
/// # Panics
/// If `GM_SEED` is not a 64-bit number.
#[must_use]
#[allow(clippy::panic, reason = "a test fails by panicking")]
pub fn seed(own: u64) -> u64 {
    match std::env::var("GM_SEED") {
        Ok(seed) => seed
            .parse()
            .unwrap_or_else(|_| panic!("`GM_SEED` is a number, and not `{seed}`")),
        Err(_) => own,
    }
}

/// SplitMix64, which is small and has no weak seeds.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The generator with this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one. 0 if there is none.
    pub fn below(&mut self, bound: usize) -> usize {
        let place = self.number().checked_rem(bound as u64);
        place.and_then(|place| usize::try_from(place).ok()).unwrap_or(0)
    }

    /// True once in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// A byte.
    pub fn byte(&mut self) -> u8 {
        self.number().to_be_bytes()[0]
    }

    /// One of these. `None` of an empty list.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.below(list.len()))
    }

    /// One of these texts. An empty one of an empty list.
    pub fn text(&mut self, list: &[&'static str]) -> &'static str {
        self.pick(list).copied().unwrap_or_default()
    }
}
