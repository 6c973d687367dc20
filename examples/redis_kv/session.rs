//! What is known of a client.

use std::time::Instant;

use miocene::Connection;

use super::resp::Resp;

pub type Client = Connection<Resp, Session>;

/// What a client has said about itself and chosen.
#[derive(Debug)]
pub struct Session {
    pub id: i64,
    pub since: Instant,
    /// The database that its commands are about.
    pub database: usize,
    pub name: Vec<u8>,
    pub library: Vec<u8>,
    pub library_version: Vec<u8>,
}

impl Session {
    pub fn new(id: i64, since: Instant) -> Session {
        Session {
            id,
            since,
            database: 0,
            name: Vec::new(),
            library: Vec::new(),
            library_version: Vec::new(),
        }
    }
}
