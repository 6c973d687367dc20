//! Every decision of a simulated world that could have been another one.
//!
//! A decision is a number, and 0 is the plain one: no fault, no delay, all of it
//! at once. From a seed most are drawn; from a script those are made that it
//! lists, and all others are 0. So what a seed did can be written down, thinned
//! out while it still fails, and done again.

use std::collections::HashMap;
use std::fmt;

use super::faults::{Faults, Rates};
use super::script::Script;
use super::site::{SITES, Site};

pub(super) struct Choices {
    random: u64,
    source: Source,
    /// How often each site was asked.
    asked: [u32; SITES],
    made: Vec<Choice>,
    calm: bool,
}

enum Source {
    Seed(Rates),
    Script(HashMap<(Site, u32), u64>),
}

/// A decision that was not the plain one: the how manieth of its site, and what
/// was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) site: Site,
    pub(super) number: u32,
    pub(super) value: u64,
}

impl Choices {
    pub(super) fn from_seed(seed: u64, faults: &Faults) -> Choices {
        // Sites that were added later draw theirs apart: at the others a seed decides
        // what it has always decided.
        let (mut random, mut apart) = (seed, !seed);
        let rates = faults.rates(|site| match site < Site::ConnectFails {
            true => next(&mut random),
            false => next(&mut apart),
        });
        Choices::new(random, Source::Seed(rates))
    }

    pub(super) fn from_script(script: &Script) -> Choices {
        let choice = |choice: &Choice| ((choice.site, choice.number), choice.value);
        let listed = script.choices().iter().map(choice).collect();
        Choices::new(0, Source::Script(listed))
    }

    fn new(random: u64, source: Source) -> Choices {
        Choices {
            random,
            source,
            asked: [0; SITES],
            made: Vec::new(),
            calm: false,
        }
    }

    /// A number below `bound`, mostly 0.
    #[inline]
    pub(super) fn choose(&mut self, site: Site, bound: u64) -> u64 {
        if self.calm && site.is_fault() {
            return 0;
        }
        let number = self.asked[site as usize];
        self.asked[site as usize] = number.wrapping_add(1);
        let value = match &self.source {
            Source::Seed(rates) => {
                let rate = rates.of(site);
                if rate == 0 || bound < 2 {
                    return 0;
                }
                let drawn = next(&mut self.random);
                if site == Site::Draw {
                    drawn % bound
                } else if (drawn >> 48) as u32 >= rate {
                    return 0;
                } else {
                    1 + (drawn & 0xffff_ffff_ffff) % (bound - 1)
                }
            }
            // Thinning out other choices may have made this one impossible.
            Source::Script(listed) => match listed.get(&(site, number)) {
                Some(value) => (*value).min(bound.saturating_sub(1)),
                None => 0,
            },
        };
        if value != 0 {
            assert!(
                self.made.len() < MOST,
                "the world has decided {MOST} things and more: the test does not end"
            );
            self.made.push(Choice {
                site,
                number,
                value,
            });
        }
        value
    }

    pub(super) fn happens(&mut self, site: Site) -> bool {
        self.choose(site, 2) == 1
    }

    /// From now on there are no faults.
    pub(super) fn calm(&mut self) {
        self.calm = true;
    }

    /// Who is asked for ever need not remember what was answered.
    pub(super) fn forget_made(&mut self) {
        self.made.clear();
    }

    pub(super) fn made(&self) -> Script {
        Script::from(self.made.clone())
    }
}

impl fmt::Debug for Choices {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Choices({} made)", self.made.len())
    }
}

/// More than any test that comes to an end.
const MOST: usize = 10_000_000;

/// SplitMix64 of Steele, Lea and Flood, "Fast Splittable Pseudorandom Number
/// Generators", 2014. Our own few lines, because a seed must mean the same in
/// years to come.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
