use std::thread;
use std::time::{Duration, Instant};

/// The pause between two looks at a condition.
const GLANCE: Duration = Duration::from_millis(2);

/// Waits until `condition` holds, for at most `limit`; says whether it does.
pub fn wait_until(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(GLANCE);
    }
}
