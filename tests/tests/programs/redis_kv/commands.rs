//! Commands by chance, right ones and wrong ones.

use super::words::{EXPIRE_OPTIONS, KEYS, NUMBERS, PATTERNS, SET_OPTIONS, VALUES, Word};

/// Numbers from a seed: SplitMix64.
pub struct Chance(u64);

impl Chance {
    pub fn of(seed: u64) -> Chance {
        Chance(seed)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub fn word(&mut self, all: &[Word]) -> Word {
        all[self.below(all.len())]
    }
}

fn list<const N: usize>(words: [Word; N]) -> Vec<Word> {
    words.to_vec()
}

/// A command, of which one in ten has a word too few or too many.
pub fn some_command(chance: &mut Chance) -> Vec<Vec<u8>> {
    let mut words: Vec<Vec<u8>> = right_command(chance)
        .into_iter()
        .map(<[u8]>::to_vec)
        .collect();
    some_case(chance, &mut words[0]);
    match chance.below(20) {
        0 if words.len() > 1 => {
            words.pop();
        }
        1 => words.push(b"extra".to_vec()),
        _ => {}
    }
    words
}

fn some_case(chance: &mut Chance, word: &mut [u8]) {
    match chance.below(4) {
        0 => word.make_ascii_lowercase(),
        1 => word
            .iter_mut()
            .filter(|_| chance.one_in(2))
            .for_each(|byte| byte.make_ascii_lowercase()),
        _ => {}
    }
}

fn right_command(chance: &mut Chance) -> Vec<Word> {
    let several = |chance: &mut Chance, name: Word, of: &[&[Word]]| {
        let mut words = list([name]);
        for _ in 0..=chance.below(3) {
            words.extend(of.iter().map(|kind| chance.word(kind)));
        }
        words
    };
    let key = chance.word(&KEYS);
    let value = chance.word(&VALUES);
    let number = chance.word(&NUMBERS);
    match chance.below(31) {
        0 => list([b"SET", key, value]),
        1..=3 => set(chance, key, value),
        4 => list([b"GET", key]),
        5 => several(chance, b"DEL", &[&KEYS]),
        6 => several(chance, b"EXISTS", &[&KEYS]),
        7 => several(chance, b"MGET", &[&KEYS]),
        8 => several(chance, b"MSET", &[&KEYS, &VALUES]),
        9 => list([b"INCR", key]),
        10 => list([b"DECR", key]),
        11 => list([b"INCRBY", key, number]),
        12 => list([b"DECRBY", key, number]),
        13 => list([b"APPEND", key, value]),
        14 => list([b"STRLEN", key]),
        15 => expire(chance, list([b"EXPIRE", key, long_enough(number)])),
        16 => expire(chance, list([b"PEXPIRE", key, long_enough(number)])),
        17 => list([b"TTL", key]),
        18 => list([b"PTTL", key]),
        19 => list([b"PERSIST", key]),
        20 => list([b"TYPE", key]),
        21 => list([b"KEYS", chance.word(&PATTERNS)]),
        22 => scan(chance),
        23 => list([b"DBSIZE"]),
        24 => vec![
            b"SELECT",
            chance.word(&[b"0", b"1", b"15", b"16", b"-1", b"abc", b""]),
        ],
        25 => vec![chance.word(&[b"PING", b"ECHO"]), value],
        26 if chance.one_in(3) => flush(chance),
        27 => client(chance),
        28 => config(chance),
        29 if chance.one_in(3) => list([b"QUIT"]),
        30 => several(chance, nonsense(number), &[&VALUES]),
        _ => list([b"PING"]),
    }
}

/// So long that it does not expire on the way, or not at all.
fn long_enough(number: Word) -> Word {
    match number {
        b"1" | b"10" | b"100" => b"5000000",
        other => other,
    }
}

fn nonsense(number: Word) -> Word {
    match number {
        b"abc" => b"x\r\ny",
        b"1" => b"a\0b",
        b"" => b"",
        b"0" => &[b'q'; 200],
        _ => b"nosuch",
    }
}

fn set(chance: &mut Chance, key: Word, value: Word) -> Vec<Word> {
    let mut words = list([b"SET", key, value]);
    for _ in 0..=chance.below(3) {
        let option = chance.word(&SET_OPTIONS);
        words.push(option);
        let has_number = option.eq_ignore_ascii_case(b"ex") || option.eq_ignore_ascii_case(b"px");
        if has_number && !chance.one_in(10) {
            words.push(long_enough(chance.word(&NUMBERS)));
        }
    }
    words
}

fn expire(chance: &mut Chance, mut words: Vec<Word>) -> Vec<Word> {
    for _ in 0..[0, 0, 0, 1, 2][chance.below(5)] {
        words.push(chance.word(&EXPIRE_OPTIONS));
    }
    words
}

fn scan(chance: &mut Chance) -> Vec<Word> {
    let mut words = vec![b"SCAN", chance.word(&[b"0", b"0", b"abc", b"", b"1.0"])];
    // All at once, since the order is each server's own.
    words.extend::<[Word; 2]>([b"COUNT", chance.word(&[b"1000", b"1000", b"0", b"x"])]);
    match chance.below(6) {
        0 | 1 => words.extend::<[Word; 2]>([b"MATCH", chance.word(&PATTERNS)]),
        2 => words.extend::<[Word; 2]>([b"TYPE", b"string"]),
        3 => words.push(b"TYPE"),
        4 => words.extend::<[Word; 2]>([b"bad", b"x"]),
        _ => {}
    }
    words
}

fn flush(chance: &mut Chance) -> Vec<Word> {
    let mut words = vec![chance.word(&[b"FLUSHDB", b"FLUSHALL"])];
    match chance.below(5) {
        0 => words.push(b"ASYNC"),
        1 => words.push(b"sync"),
        2 => words.push(b"bad"),
        3 => words.extend::<[Word; 2]>([b"a", b"b"]),
        _ => {}
    }
    words
}

fn client(chance: &mut Chance) -> Vec<Word> {
    match chance.below(6) {
        0 => list([b"CLIENT", b"nosuch"]),
        1 => list([b"CLIENT", b"GETNAME"]),
        2 => vec![b"CLIENT", b"NO-EVICT", chance.word(&[b"on", b"OFF", b"x"])],
        3 => vec![b"HELLO", chance.word(&[b"9", b"x", b"1"])],
        _ => vec![b"CLIENT", b"SETNAME", chance.word(&[b"bob", b"a b", b""])],
    }
}

fn config(chance: &mut Chance) -> Vec<Word> {
    const ASKED: [Word; 5] = [b"save", b"appendonly", b"nosuch", b"data*ases", b"SAVE"];

    match chance.below(4) {
        0 => list([b"CONFIG", b"nosuch"]),
        1 => list([b"COMMAND", b"nosuch"]),
        _ => list([b"CONFIG", b"GET", chance.word(&ASKED)]),
    }
}

/// The words of a command as somebody may type them.
pub fn typed(chance: &mut Chance, words: &[Vec<u8>]) -> Vec<u8> {
    let mut line = Vec::new();
    for word in words {
        let is_plain = word
            .iter()
            .all(|byte| byte.is_ascii_graphic() && !b"\"'\\".contains(byte));
        if is_plain && !word.is_empty() && !chance.one_in(3) {
            line.extend_from_slice(word);
        } else {
            line.push(b'"');
            for byte in word {
                line.extend(format!("\\x{byte:02x}").bytes());
            }
            line.push(b'"');
        }
        line.push(b' ');
    }
    line.extend_from_slice(chance.word(&[b"\r\n", b"\n", b" \r\n"]));
    line
}
