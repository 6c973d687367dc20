//! How often a loop is woken, as the system shows it: mio's waker adds 1 to an
//! eventfd. On epoll nobody takes it back; on `poll(2)` the loop does when it wakes
//! up.

use std::fs;

use super::*;

/// The loop has had so many turns, and was not woken more often than it has looked.
#[cfg(not(mio_unsupported_force_poll_poll))]
pub fn are_few(event_loop: &EventLoop, turns: u64) {
    let wakes = wakes(event_loop);
    assert!(wakes <= turns, "{wakes} wakes for {turns} turns");
}

#[cfg(mio_unsupported_force_poll_poll)]
pub fn are_few(event_loop: &EventLoop, turns: u64) {
    // It takes a while to look at all descriptors. A thread may be in the midst of a
    // wake that the loop has seen before the system has.
    if turns % 16 == 0 {
        let wakes = wakes(event_loop);
        assert!(wakes <= crowd::THREADS as u64, "{wakes} wakes on their way");
    }
}

/// All wakes of a loop: its waker is the only descriptor in this poll.
#[cfg(not(mio_unsupported_force_poll_poll))]
fn wakes(event_loop: &EventLoop) -> u64 {
    use std::os::fd::{AsFd, AsRawFd};

    let poll = event_loop.as_fd().as_raw_fd().to_string();
    let waker = field(&poll, "tfd:").expect("there is a waker");
    count(&waker).expect("it is an eventfd")
}

/// The most wakes that are on their way to any loop of this process.
#[cfg(mio_unsupported_force_poll_poll)]
fn wakes(_event_loop: &EventLoop) -> u64 {
    let all = fs::read_dir("/proc/self/fd").unwrap();
    let names = all.map(|entry| entry.unwrap().file_name());
    let counts = names.filter_map(|name| count(name.to_str()?));
    counts.max().expect("there is a waker")
}

fn count(descriptor: &str) -> Option<u64> {
    u64::from_str_radix(&field(descriptor, "eventfd-count:")?, 16).ok()
}

/// The first word of a field that the system shows of a descriptor.
fn field(descriptor: &str, name: &str) -> Option<String> {
    let info = fs::read_to_string(format!("/proc/self/fdinfo/{descriptor}")).ok()?;
    let value = info.lines().find_map(|line| line.strip_prefix(name))?;
    value.split_whitespace().next().map(str::to_owned)
}

#[test]
fn however_much_is_sent_before_the_loop_looks_it_is_woken_once() {
    let (mut app, sender) = inbox(16);
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut app);
    let others = [sender.clone(), sender.clone()];
    for round in 1..=10 {
        for number in 0..10 {
            sender.send(number).unwrap();
        }
        for other in &others {
            other.try_send(10).unwrap();
            let expected = if cfg!(mio_unsupported_force_poll_poll) {
                1
            } else {
                round
            };
            assert_eq!(wakes(&event_loop), expected);
        }
        let expected = 12 * round as usize;
        until(&mut event_loop, &mut app, |app| {
            app.received.len() == expected
        });
    }
}
