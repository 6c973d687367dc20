//! What must hold all the time, and what must become so.

use std::panic::Location;
use std::time::Duration;

#[derive(Default)]
pub(super) struct Properties {
    always: Vec<Property>,
    eventually: Vec<Promise>,
}

struct Property {
    name: String,
    /// Where the test has said so.
    place: &'static Location<'static>,
    holds: Box<dyn FnMut() -> bool>,
}

struct Promise {
    property: Property,
    within: Duration,
    by: Duration,
}

impl Properties {
    #[track_caller]
    pub(super) fn always(&mut self, name: &str, holds: Box<dyn FnMut() -> bool>) {
        let name = name.to_owned();
        let place = Location::caller();
        self.always.push(Property { name, place, holds });
    }

    #[track_caller]
    pub(super) fn eventually(
        &mut self,
        name: &str,
        now: Duration,
        within: Duration,
        holds: Box<dyn FnMut() -> bool>,
    ) {
        let name = name.to_owned();
        self.eventually.push(Promise {
            property: Property {
                name,
                place: Location::caller(),
                holds,
            },
            within,
            by: now.saturating_add(within),
        });
    }

    /// By when something must have become so.
    pub(super) fn next_at(&self) -> Option<Duration> {
        self.eventually.iter().map(|promise| promise.by).min()
    }

    pub(super) fn check(&mut self, now: Duration) {
        for property in &mut self.always {
            let (name, place) = (&property.name, property.place);
            assert!((property.holds)(), "it is not always so: {name} ({place})");
        }
        self.eventually.retain_mut(|promise| {
            let is_so = (promise.property.holds)();
            let (name, place) = (&promise.property.name, promise.property.place);
            let within = promise.within;
            assert!(
                is_so || now < promise.by,
                "not within {within:?}: {name} ({place})"
            );
            !is_so
        });
    }
}
