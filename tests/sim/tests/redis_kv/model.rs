//! What a database answers, as a map would.

use std::collections::BTreeMap;

use miocene::sim::Sim;

/// The keys of one client, which nobody else uses.
#[derive(Default)]
pub struct Model {
    /// Values, and whether they will expire, which is long after the test.
    values: BTreeMap<String, (String, bool)>,
}

const NOT_AN_INTEGER: &str = "-ERR value is not an integer or out of range\r\n";

impl Model {
    /// A command with keys that begin with `prefix`, and its answer.
    pub fn step(&mut self, sim: &Sim, prefix: &str) -> (Vec<String>, String) {
        let [key, other] = [(); 2].map(|()| format!("{prefix}{}", sim.draw(4)));
        let value = value(sim);
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        match sim.draw(16) {
            0 => (words(&["GET", &key]), self.get(&key)),
            1 => {
                self.values.insert(key.clone(), (value.clone(), false));
                (words(&["SET", &key, &value]), "+OK\r\n".to_owned())
            }
            2 => (
                words(&["SET", &key, &value, "NX"]),
                self.set_if(&key, &value, false),
            ),
            3 => (
                words(&["SET", &key, &value, "XX"]),
                self.set_if(&key, &value, true),
            ),
            4 => {
                let before = self.get(&key);
                self.values.insert(key.clone(), (value.clone(), true));
                (
                    words(&["set", &key, &value, "EX", "10000000", "GET"]),
                    before,
                )
            }
            5 => {
                let volatile = self.values.get(&key).is_some_and(|(_, volatile)| *volatile);
                self.values.insert(key.clone(), (value.clone(), volatile));
                (
                    words(&["SET", &key, &value, "KEEPTTL"]),
                    "+OK\r\n".to_owned(),
                )
            }
            6 => {
                let gone = [&key, &other].map(|key| self.values.remove(key).is_some());
                let count = gone.into_iter().filter(|gone| *gone).count();
                (words(&["DEL", &key, &other]), integer(count as i64))
            }
            7 => {
                let count = [&key, &other].iter().filter(|key| self.has(key)).count();
                (words(&["EXISTS", &key, &other]), integer(count as i64))
            }
            8 => (words(&["INCRBY", &key, "-17"]), self.add(&key, -17)),
            9 => {
                let (text, _) = self.values.entry(key.clone()).or_default();
                text.push_str(&value);
                let length = integer(text.len() as i64);
                (words(&["APPEND", &key, &value]), length)
            }
            10 => {
                for key in [&key, &other] {
                    self.values.insert(key.clone(), (value.clone(), false));
                }
                (
                    words(&["MSET", &key, &value, &other, &value]),
                    "+OK\r\n".to_owned(),
                )
            }
            11 => {
                let answer = format!("*2\r\n{}{}", self.get(&key), self.get(&other));
                (words(&["MGET", &key, &other]), answer)
            }
            12 => {
                let found = self
                    .values
                    .get_mut(&key)
                    .map(|(_, volatile)| *volatile = true);
                let count = i64::from(found.is_some());
                (words(&["EXPIRE", &key, "10000000"]), integer(count))
            }
            13 => {
                let value = self.values.get_mut(&key);
                let was = value.is_some_and(|(_, volatile)| std::mem::take(volatile));
                (words(&["PERSIST", &key]), integer(i64::from(was)))
            }
            14 => {
                let length = self.values.get(&key).map_or(0, |(value, _)| value.len());
                (words(&["STRLEN", &key]), integer(length as i64))
            }
            _ => {
                let begin = "-ERR unknown command 'NONE', with args beginning with: ";
                (words(&["NONE", &key]), format!("{begin}'{key}' \r\n"))
            }
        }
    }

    fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    fn get(&self, key: &str) -> String {
        match self.values.get(key) {
            Some((value, _)) => format!("${}\r\n{value}\r\n", value.len()),
            None => "$-1\r\n".to_owned(),
        }
    }

    fn set_if(&mut self, key: &str, value: &str, there: bool) -> String {
        if self.has(key) != there {
            return "$-1\r\n".to_owned();
        }
        self.values
            .insert(key.to_owned(), (value.to_owned(), false));
        "+OK\r\n".to_owned()
    }

    fn add(&mut self, key: &str, by: i64) -> String {
        let (text, volatile) = self.values.get(key).cloned().unwrap_or(("0".into(), false));
        let is_number = text
            .parse::<i64>()
            .is_ok_and(|number| number.to_string() == text);
        let Some(number) = text.parse::<i64>().ok().filter(|_| is_number) else {
            return NOT_AN_INTEGER.to_owned();
        };
        let Some(sum) = number.checked_add(by) else {
            return "-ERR increment or decrement would overflow\r\n".to_owned();
        };
        self.values
            .insert(key.to_owned(), (sum.to_string(), volatile));
        integer(sum)
    }
}

fn integer(number: i64) -> String {
    format!(":{number}\r\n")
}

fn value(sim: &Sim) -> String {
    match sim.draw(6) {
        0 => String::new(),
        1 => i64::MIN.to_string(),
        2 => "*1\r\n$4\r\nQUIT\r\n".to_owned(),
        3 => "x".repeat(super::common::some_length(sim, 13)),
        _ => sim.draw(100).to_string(),
    }
}
