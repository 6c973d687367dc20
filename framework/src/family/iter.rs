//! Looking at members.

use mio::Token;

use super::Family;
use super::place::Flag;
use crate::planted::Bug;

impl<S> Family<S> {
    /// A member. None if it has gone, is on its way out, or is lent to the
    /// handler that runs.
    ///
    /// # Examples
    ///
    /// See [`Family`].
    pub fn get(&self, token: Token) -> Option<&S> {
        let index = self.find(token)?;
        self.places[index as usize].member.as_deref()
    }

    /// A member, to be changed or written to: the loop flushes it when the
    /// handler has returned. None as for [`get`](Self::get), so also for the member
    /// whose handler is running: who is to be found even then is looked for among
    /// the arguments of the handler first.
    ///
    /// # Examples
    ///
    /// Called for a message to oneself, it finds nobody:
    ///
    /// ```
    /// # use miocene::{Connection, Family, Lines, Token};
    /// fn whisper(clients: &mut Family<Connection<Lines>>, to: Token, text: &str) -> bool {
    ///     let Some(client) = clients.get_mut(to) else { return false };
    ///     writeln!(client.out, "{text}");
    ///     true
    /// }
    /// ```
    pub fn get_mut(&mut self, token: Token) -> Option<&mut S> {
        let index = self.find(token)?;
        self.note(index);
        self.places[index as usize].member.as_deref_mut()
    }

    /// As `get_mut`, for who is not in a handler: also one that is still to be told
    /// that it has ended, and may stay.
    pub(crate) fn reach(&mut self, token: Token) -> Option<&mut S> {
        let index = self.find_any(token)?;
        if !self.places[index as usize].is_here() && !self.is_told(index) {
            return None;
        }
        self.note(index);
        self.places[index as usize].member.as_deref_mut()
    }

    /// All members but those on their way out and the one that is lent, in no
    /// promised order. Nothing is noted of them.
    ///
    /// # Examples
    ///
    /// ```
    /// # use miocene::{Connection, Family, Lines};
    /// fn is_taken(clients: &Family<Connection<Lines, String>>, name: &str) -> bool {
    ///     clients.iter().any(|client| client.state == name)
    /// }
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = &S> {
        let here = self.places.iter().filter(|place| place.is_here());
        here.filter_map(|place| place.member.as_deref())
    }

    /// All members but those on their way out and the one that is lent, to be
    /// changed or written to. The loop flushes those that were yielded.
    ///
    /// The family is borrowed meanwhile: to close some of them, collect
    /// [`all_tokens`](Self::all_tokens) and go over these.
    ///
    /// # Examples
    ///
    /// ```
    /// # use miocene::{Connection, Family, Lines};
    /// fn announce(clients: &mut Family<Connection<Lines>>, text: &str) {
    ///     for client in clients.iter_mut() {
    ///         writeln!(client.out, "{text}");
    ///     }
    /// }
    /// ```
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut S> {
        let (tokens, noted) = (self.tokens, &mut self.noted);
        let places = self.places.iter_mut().zip(0..);
        places.filter_map(move |(place, index)| {
            if !place.is_here() || place.member.is_none() {
                return None;
            }
            if !place.has(Flag::Noted) && !Bug::ForgetsToFlushNeighbours.is_planted() {
                place.set(tokens, Flag::Noted);
                noted.push(index);
            }
            place.member.as_deref_mut()
        })
    }

    /// The tokens of all members but those on their way out; with that of the
    /// one that is lent.
    ///
    /// # Examples
    ///
    /// Everybody goes:
    ///
    /// ```
    /// # use miocene::{Connection, Family, Lines};
    /// fn close_all(clients: &mut Family<Connection<Lines>>) {
    ///     let all: Vec<_> = clients.all_tokens().collect();
    ///     for token in all {
    ///         clients.close(token);
    ///     }
    /// }
    /// ```
    pub fn all_tokens(&self) -> impl Iterator<Item = Token> {
        let places = self.places.iter().zip(0..);
        let here = places.filter(|(place, _)| place.is_here());
        here.map(|(place, index)| place.token(self.tokens, index))
    }
}
