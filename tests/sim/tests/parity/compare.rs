//! Plays a script in both worlds, and compares.

use std::collections::HashSet;
use std::fmt::Write;
use std::sync::atomic::{AtomicU32, Ordering};

use miocene::Readiness;
use miocene::sim::Sim;

use crate::play::{Place, Record, play};
use crate::script::{Batch, Kind, Shown, Step, Who, other};
use crate::worlds::{Real, Simulated, Told};

#[track_caller]
pub fn agree(script: &[Batch]) {
    for kind in [Kind::Tcp, Kind::Unix] {
        agree_on(kind, script);
    }
}

#[track_caller]
pub fn agree_on(kind: Kind, script: &[Batch]) {
    agree_with_backlog(kind, 128, script);
}

#[track_caller]
pub fn agree_with_backlog(kind: Kind, backlog: u32, script: &[Batch]) {
    if let Err(difference) = compare(kind, backlog, script) {
        panic!("{difference}");
    }
}

/// What is different, if anything is.
pub fn compare(kind: Kind, backlog: u32, script: &[Batch]) -> Result<(), String> {
    let place = place(kind, backlog);
    let model = std::sync::Mutex::new(Vec::new());
    let connects_to_itself = |step: &Step| matches!(step, Step::ConnectToItself(_));
    let decisions = match script.iter().flatten().any(connects_to_itself) {
        true => "connect-self@0=1",
        false => "",
    };
    Sim::script(decisions).run(|sim| {
        let records = play(&mut Simulated::new(sim), &place, script, &[]);
        *model.lock().expect("one thread") = records;
    });
    let model = model.into_inner().expect("one thread");
    let kernel = play(&mut Real::new(), &place, script, &awaited(script, &model));
    let mut known = Known::default();
    for (at, batch) in script.iter().enumerate() {
        known.before(batch);
        let (model, kernel) = (&model[at], &kernel[at]);
        if model.results != kernel.results || !known.same(kind, batch, model, kernel) {
            return Err(differ(kind, script, at, model, kernel));
        }
        known.after(batch);
    }
    Ok(())
}

/// What the kernel must tell because the model does.
fn awaited(script: &[Batch], model: &[Record]) -> Vec<Told> {
    let mut known = Known::default();
    let mut awaited = Vec::new();
    for (batch, record) in script.iter().zip(model) {
        known.before(batch);
        let ignored = known.ignored();
        let mut told = record.told.clone();
        told.retain(|_, ready| *ready | ignored != ignored);
        awaited.push(told);
        known.after(batch);
    }
    awaited
}

fn place(kind: Kind, backlog: u32) -> Place {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("miocene-parity-{}-{number}", std::process::id());
    Place {
        kind,
        path: std::env::temp_dir().join(name),
        backlog,
    }
}

/// What permits a difference.
#[derive(Default)]
struct Known {
    /// Ends that have filled the buffers, which were not emptied since.
    full: HashSet<Who>,
    /// Ends that have ended their direction.
    ended: HashSet<Who>,
}

impl Known {
    fn before(&mut self, batch: &[Step]) {
        for step in batch {
            match *step {
                Step::Fill(who) => _ = self.full.insert(who),
                Step::Shut(who, _) => _ = self.ended.insert(who),
                _ => {}
            }
        }
    }

    fn after(&mut self, batch: &[Step]) {
        for step in batch {
            if let Step::Empty(who) = step {
                self.full.remove(&other(*who));
            }
        }
    }

    fn same(&self, kind: Kind, batch: &[Step], model: &Record, kernel: &Record) -> bool {
        let tokens = model.told.keys().chain(kernel.told.keys());
        tokens.copied().all(|token| {
            let (model, kernel) = (of(&model.told, token), of(&kernel.told, token));
            let ignored = self.ignored();
            let more = self.may_be_told_more(kind, batch, token);
            model | ignored == kernel | ignored || more && model | kernel == kernel
        })
    }

    /// What a token may be told, or not: while somebody fills the buffers, and until
    /// they are empty.
    fn ignored(&self) -> Readiness {
        match self.full.is_empty() {
            true => Readiness::NONE,
            false => Readiness::READ_CLOSED | Readiness::WRITABLE,
        }
    }

    /// Whether the kernel may tell a token what it has told it before.
    fn may_be_told_more(&self, kind: Kind, batch: &[Step], token: Who) -> bool {
        let was_read = batch.iter().any(|step| match *step {
            Step::Read(who, _) | Step::Empty(who) => other(who) == token,
            _ => false,
        });
        match kind {
            Kind::Tcp => self.ended.contains(&token),
            Kind::Unix => was_read,
        }
    }
}

fn of(told: &Told, token: usize) -> Readiness {
    told.get(&token).copied().unwrap_or_default()
}

fn differ(kind: Kind, script: &[Batch], at: usize, model: &Record, kernel: &Record) -> String {
    let mut text = format!("{kind:?}: they differ after step {at}\n");
    let _ = writeln!(text, "{}", Shown(&script[..=at]));
    for (who, record) in [("model", model), ("kernel", kernel)] {
        let _ = writeln!(
            text,
            "  {who}: {:?}, told {:?}",
            record.results, record.told
        );
    }
    text
}
