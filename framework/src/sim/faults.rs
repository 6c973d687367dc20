use super::site::{SITES, Site};

/// Which faults a simulated world has.
///
/// Latency, the order of things, the size of buffers and how the peers' bytes
/// are cut are drawn in any case: no network promises anything of that.
///
/// # Examples
///
/// ```
/// use miocene::sim::{Faults, Sim};
///
/// Sim::seeds(0..10).faults(Faults::swarm()).run(|sim| {
///     assert!(sim.draw(6) < 6);
/// });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults {
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    None,
    Plain,
    Swarm,
    All,
}

impl Faults {
    /// Nothing is drawn at all: everything arrives at once, and whole. For tests
    /// of one course of events.
    pub fn none() -> Faults {
        Faults { kind: Kind::None }
    }

    /// A system without faults, on a network that delays and cuts what is sent.
    /// This is the default.
    pub fn plain() -> Faults {
        Faults { kind: Kind::Plain }
    }

    /// Each seed first draws which kinds of faults there are, then how frequent
    /// each is. With all of them at once, one hides the other's.
    ///
    /// There are: short reads and writes; reads, writes and accepts that are
    /// interrupted or find nothing until a later event; `ENOBUFS`; events that
    /// nobody has earned, that are late, that are for nobody; batches that are
    /// shuffled or small; accepts that fail, for each class of reasons; applications'
    /// sockets that cannot be made, find no port or no route, are refused though
    /// somebody listens, at once or a little later, connect to themselves, are
    /// connected after seconds, or never; registrations that are refused; resets;
    /// turns that take long, and a process that stands still for seconds.
    ///
    /// Of clients of the test's, connecting does not fail for any of these reasons.
    pub fn swarm() -> Faults {
        Faults { kind: Kind::Swarm }
    }

    /// All kinds of them at once.
    pub(super) fn all() -> Faults {
        Faults { kind: Kind::All }
    }

    pub(super) fn rates(&self, mut random: impl FnMut(Site) -> u64) -> Rates {
        let mut rates = [0; SITES];
        if self.kind == Kind::None {
            rates[Site::Draw as usize] = ALWAYS;
            return Rates(rates);
        }
        for site in Site::all() {
            let drawn = random(site);
            let is_on = if site.is_fault() {
                self.kind == Kind::All || (self.kind == Kind::Swarm && drawn % 3 == 0)
            } else {
                drawn % 4 != 0
            };
            if is_on {
                // As likely a half as a hundredth.
                let halvings = (drawn >> 8) % u64::from(rarest(site));
                rates[site as usize] = ALWAYS >> (commonest(site) + halvings as u32);
            }
        }
        rates[Site::Draw as usize] = ALWAYS;
        Rates(rates)
    }
}

impl Default for Faults {
    fn default() -> Faults {
        Faults::plain()
    }
}

/// How many halvings of certainty the highest rate is: what ends a connection, or
/// lasts for long, is rarer.
fn commonest(site: Site) -> u32 {
    match site {
        Site::Reset | Site::Pause | Site::Register | Site::AcceptUnknown | Site::ConnectSelf => 4,
        _ => 1,
    }
}

/// By how many halvings a rate may go below that.
fn rarest(site: Site) -> u32 {
    match site {
        Site::SendBuffer | Site::ReceiveBuffer | Site::Latency | Site::Segment => 3,
        _ => 7,
    }
}

/// How often something else than the plain thing is chosen, in 65,536ths.
pub(super) struct Rates([u32; SITES]);

const ALWAYS: u32 = 1 << 16;

impl Rates {
    #[inline]
    pub(super) fn of(&self, site: Site) -> u32 {
        self.0[site as usize]
    }
}
