//! The databases: keys, their values, and when they expire.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Instant;

use miocene::{TimerId, Timers};

use super::glob;

/// How many databases there are.
pub const DATABASES: usize = 16;

/// All databases, and the deadlines of their keys.
pub struct Keyspace {
    databases: [Database; DATABASES],
    /// A deadline for each key that has one: when it has come, the place is freed
    /// by [`expire`](Keyspace::expire).
    pub deadlines: Timers<Place>,
    /// How many keys have expired.
    pub expired: u64,
}

/// Where a key and its value are. A key keeps its place as long as it lives, so
/// that one who goes from place to place meets every key that stays.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    database: usize,
    index: usize,
}

#[derive(Default)]
struct Database {
    /// The places of keys. The hashes are keyed: no client can know which keys
    /// collide.
    index: HashMap<Rc<[u8]>, usize>,
    entries: Vec<Option<Entry>>,
    free: Vec<usize>,
    /// How many keys have a deadline.
    volatile: usize,
}

struct Entry {
    key: Rc<[u8]>,
    value: Vec<u8>,
    deadline: Option<Deadline>,
}

#[derive(Clone, Copy)]
struct Deadline {
    at: Instant,
    timer: TimerId,
}

/// What becomes of the deadline of a key whose value is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    Never,
    Keep,
    At(Instant),
}

impl Keyspace {
    pub fn new() -> Keyspace {
        Keyspace {
            databases: Default::default(),
            deadlines: Timers::new(),
            expired: 0,
        }
    }

    /// One of the databases, at a time.
    #[inline]
    pub fn keys(&mut self, database: usize, now: Instant) -> Keys<'_> {
        Keys {
            number: database,
            database: &mut self.databases[database],
            deadlines: &mut self.deadlines,
            expired: &mut self.expired,
            now,
        }
    }

    /// The deadline of a key has come.
    pub fn expire(&mut self, place: Place, now: Instant) {
        let mut keys = self.keys(place.database, now);
        keys.remove_at(place.index);
        self.expired += 1;
    }

    /// How many keys there are, and how many of them have a deadline, for each
    /// database that has any.
    pub fn counts(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        let counts = self.databases.iter().enumerate();
        counts
            .map(|(number, database)| (number, database.index.len(), database.volatile))
            .filter(|(_, keys, _)| *keys > 0)
    }
}

/// A database at a time: a key that has expired by then is not there, whether its
/// deadline was told or not.
pub struct Keys<'k> {
    number: usize,
    database: &'k mut Database,
    deadlines: &'k mut Timers<Place>,
    expired: &'k mut u64,
    now: Instant,
}

impl Keys<'_> {
    /// The place of a key that is there.
    #[inline]
    fn find(&mut self, key: &[u8]) -> Option<usize> {
        let index = *self.database.index.get(key)?;
        let entry = self.database.entries[index].as_ref()?;
        match entry.deadline {
            Some(deadline) if deadline.at <= self.now => {
                self.remove_at(index);
                *self.expired += 1;
                None
            }
            _ => Some(index),
        }
    }

    #[inline]
    pub fn get(&mut self, key: &[u8]) -> Option<&[u8]> {
        let index = self.find(key)?;
        Some(&self.entry(index).value)
    }

    pub fn get_mut(&mut self, key: &[u8]) -> Option<&mut Vec<u8>> {
        let index = self.find(key)?;
        Some(&mut self.entry(index).value)
    }

    pub fn has(&mut self, key: &[u8]) -> bool {
        self.find(key).is_some()
    }

    #[inline]
    pub fn set(&mut self, key: &[u8], value: &[u8], expiry: Expiry) {
        let index = match self.find(key) {
            Some(index) => index,
            None => self.insert(key),
        };
        let entry = self.entry(index);
        write(&mut entry.value, value);
        match expiry {
            Expiry::Keep => {}
            Expiry::Never if entry.deadline.is_none() => {}
            Expiry::Never => self.set_deadline(index, None),
            Expiry::At(time) => self.set_deadline(index, Some(time)),
        }
    }

    /// Whether the key was there.
    pub fn remove(&mut self, key: &[u8]) -> bool {
        let index = self.find(key);
        if let Some(index) = index {
            self.remove_at(index);
        }
        index.is_some()
    }

    /// When a key expires, if it does; none if it is not there.
    pub fn deadline(&mut self, key: &[u8]) -> Option<Option<Instant>> {
        let index = self.find(key)?;
        Some(self.entry(index).deadline.map(|deadline| deadline.at))
    }

    /// Has a key that is there expire, or not any more.
    pub fn expire(&mut self, key: &[u8], at: Option<Instant>) {
        match self.find(key) {
            Some(index) if at.is_some_and(|at| at <= self.now) => self.remove_at(index),
            Some(index) => self.set_deadline(index, at),
            None => {}
        }
    }

    pub fn len(&self) -> usize {
        self.database.index.len()
    }

    /// The keys that match a pattern.
    pub fn matching(&self, pattern: &[u8]) -> Vec<Rc<[u8]>> {
        self.visit(0, self.database.entries.len(), pattern)
    }

    /// Those of the next `count` places that match, and the place behind them; 0
    /// behind the last.
    pub fn scan(&self, from: usize, count: usize, pattern: &[u8]) -> (usize, Vec<Rc<[u8]>>) {
        let length = self.database.entries.len();
        let end = from.saturating_add(count);
        let next = if end < length { end } else { 0 };
        (next, self.visit(from.min(length), end.min(length), pattern))
    }

    fn visit(&self, from: usize, end: usize, pattern: &[u8]) -> Vec<Rc<[u8]>> {
        let entries = self.database.entries[from..end].iter().flatten();
        let has_expired = |entry: &Entry| entry.deadline.is_some_and(|it| it.at <= self.now);
        entries
            .filter(|entry| !has_expired(entry) && glob::matches(pattern, &entry.key))
            .map(|entry| Rc::clone(&entry.key))
            .collect()
    }

    pub fn clear(&mut self) {
        let entries = self.database.entries.iter().flatten();
        for deadline in entries.filter_map(|entry| entry.deadline) {
            self.deadlines.cancel(deadline.timer);
        }
        *self.database = Database::default();
    }

    #[inline]
    fn entry(&mut self, index: usize) -> &mut Entry {
        let entry = self.database.entries[index].as_mut();
        entry.expect("a place in the index is taken")
    }

    fn insert(&mut self, key: &[u8]) -> usize {
        let key = Rc::<[u8]>::from(key);
        let entries = &mut self.database.entries;
        let index = self.database.free.pop().unwrap_or_else(|| {
            entries.push(None);
            entries.len() - 1
        });
        self.database.entries[index] = Some(Entry {
            key: Rc::clone(&key),
            value: Vec::new(),
            deadline: None,
        });
        self.database.index.insert(key, index);
        index
    }

    fn set_deadline(&mut self, index: usize, at: Option<Instant>) {
        let place = Place {
            database: self.number,
            index,
        };
        let before = self.entry(index).deadline.map(|deadline| deadline.timer);
        let deadline = match (before, at) {
            (Some(timer), Some(at)) => {
                self.deadlines.rearm_at(timer, at);
                Some(Deadline { at, timer })
            }
            (Some(timer), None) => {
                self.deadlines.cancel(timer);
                self.database.volatile -= 1;
                None
            }
            (None, Some(at)) => {
                self.database.volatile += 1;
                let timer = self.deadlines.at(at, place);
                Some(Deadline { at, timer })
            }
            (None, None) => None,
        };
        self.entry(index).deadline = deadline;
    }

    fn remove_at(&mut self, index: usize) {
        let Some(entry) = self.database.entries[index].take() else {
            return;
        };
        self.database.index.remove(&entry.key);
        self.database.free.push(index);
        if let Some(deadline) = entry.deadline {
            self.deadlines.cancel(deadline.timer);
            self.database.volatile -= 1;
        }
        if self.database.index.is_empty() && self.database.entries.len() > KEPT {
            *self.database = Database::default();
        }
    }
}

/// So many places are kept by a database without keys.
const KEPT: usize = 1024;

/// Puts a value in the place of another, in its memory if that is not far too much.
#[inline]
fn write(value: &mut Vec<u8>, bytes: &[u8]) {
    const SMALL: usize = 64;

    let capacity = value.capacity();
    if capacity < bytes.len() || capacity / 4 > bytes.len().max(SMALL) {
        *value = bytes.to_vec();
    } else {
        value.clear();
        value.extend_from_slice(bytes);
    }
}
