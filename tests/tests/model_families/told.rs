//! What handlers and hooks are told, held against the model.

use std::io::Read;
use std::mem;

use miocene::{Closed, Connection, Context, Ended, Flow};

use crate::app::{Answer, App, BELLS, Conn};
use crate::book::Stage;
use crate::wire;

impl<const S: bool> App<S> {
    pub fn bell(&mut self, cx: &mut Context<'_>, line: &[u8]) -> Answer {
        self.book.calls += 1;
        self.book.note(|| "bell".to_owned());
        self.book.came(BELLS, &line[..line.len() - 1], false);
        self.whim(cx, None)
    }

    pub fn item(&mut self, cx: &mut Context<'_>, member: &mut Conn<S>, item: &[u8]) -> Answer {
        let (id, token) = (member.state, cx.token());
        self.book.called("item", token, id);
        self.book.came(id, item, self.shuts(id));
        if self.rng.one_in(2) || self.calm {
            self.send(member, 1);
        }
        self.whim(cx, Some((member, token)))
    }

    fn shuts(&self, id: u32) -> bool {
        let peer = &self.peers[id as usize];
        peer.shut || !peer.is_open()
    }

    pub fn opened(&mut self, cx: &mut Context<'_>, member: &mut Conn<S>) -> Answer {
        let token = cx.token();
        self.book.called("opened", token, member.state);
        self.book.stage(token).opened = true;
        self.whim(cx, Some((member, token)))
    }

    pub fn room(&mut self, cx: &mut Context<'_>, member: &mut Conn<S>) -> Answer {
        let token = cx.token();
        self.book.called("writable", token, member.state);
        self.whim(cx, Some((member, token)))
    }

    pub fn ended(&mut self, cx: &mut Context<'_>, member: &mut Conn<S>, why: Ended) -> Answer {
        let (id, token) = (member.state, cx.token());
        self.book.called("ended", token, id);
        self.book.note(|| format!("  {why:?}"));
        let (shuts, written) = (self.shuts(id), self.peers[id as usize].written);
        let bytes = self.book.of(id);
        let (eof, came) = (matches!(why, Ended::Eof), bytes.came_bytes);
        let all = bytes.lossy || (written..=written + 1).contains(&came);
        (bytes.eof, bytes.lossy) = (eof, true);
        if !shuts || eof && !all {
            self.book
                .complain(format!("{id} {why:?}: {came} came of {written}"));
        }
        self.book.stage(token).ended = true;
        let answer = self.whim(cx, Some((member, token)));
        if self.calm || matches!(answer, Ok(Flow::Continue)) && self.rng.one_in(2) {
            self.book.stage(token).going = true;
            return Ok(Flow::Close);
        }
        if matches!(answer, Ok(Flow::Pause)) {
            self.book.stage(token).paused = false;
        }
        answer
    }

    pub fn closed(&mut self, cx: &mut Context<'_>, mut member: Conn<S>, why: Closed) -> Answer {
        let (id, token) = (member.state, cx.token());
        self.book.called("closed", token, id);
        self.book.note(|| format!("  {why:?}"));
        let unsent = member.out.unsent().len() + member.stream().held();
        let stopped = self.book.stopped;
        let stage = mem::replace(
            self.book.stage(token),
            Stage {
                closed: true,
                ..Stage::default()
            },
        );
        let open = self.peers[id as usize].is_open();
        let fits = match &why {
            Closed::Asked => {
                !stage.opened || stage.hurried || stopped || self.tight || !open || unsent == 0
            }
            Closed::Ended(_) => stage.ended || stage.going,
            Closed::Write(_) => !open,
            Closed::Overflow => self.tight,
            Closed::Stopped => stopped,
            Closed::Replaced | Closed::Left | Closed::Aborted => stage.hurried,
            Closed::Refused | Closed::Failed(_) | Closed::Panicked => stage.going,
            _ => false,
        };
        if !fits || stage.dropped {
            self.book
                .complain(format!("{id} {why:?}: {stage:?}, {unsent} unsent"));
        }
        let left = matches!(why, Closed::Left);
        if left && !self.calm && self.rng.one_in(2) {
            if self.rng.one_in(2) && !self.book.of(id).finished {
                let parts = member.into_parts();
                member = Connection::with_state(parts.stream, parts.state);
                member.put_back(parts.unread);
                member.out.send(&parts.unsent);
            }
            self.insert(member);
        } else {
            self.book.of(id).over = Some(unsent);
            if left && !stage.ended {
                self.compare_rest(id, member);
            }
        }
        self.whim(cx, None).map(|_| Flow::Continue)
    }

    /// All that its peer has written is there, for one that left.
    fn compare_rest(&mut self, id: u32, member: Conn<S>) {
        let mut parts = member.into_parts();
        let mut rest = parts.unread;
        let mut buffer = [0; 4096];
        loop {
            match parts.stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => rest.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        let bytes = self.book.of(id).clone();
        if bytes.lossy || bytes.cut {
            return;
        }
        let wanted = wire::lines_from(true, id, bytes.came, self.book.large);
        let written = self.peers[id as usize].written;
        let whole = bytes.came_bytes + rest.len() == written;
        if !whole || !wanted.take(rest.len()).eq(rest.iter().copied()) {
            let came = bytes.came_bytes;
            self.book.complain(format!(
                "{id} left: {came} came, {} left, of {written}",
                rest.len()
            ));
        }
    }
}
