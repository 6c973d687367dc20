//! The example `redis_kv`, and those who speak the protocol of Redis: its tools, its
//! server beside ours, and peers who mean harm.

mod beside;
mod commands;
mod hostile;
mod reply;
mod tools;
mod words;

use miocene_tests::report::Check;

pub fn checks() -> Vec<Check> {
    let check = |name, make| Check { name, make };
    vec![
        check("redis_kv: redis-cli", tools::redis_cli),
        check("redis_kv: redis-cli --pipe", tools::pipe),
        check("redis_kv: redis-benchmark", tools::benchmark),
        check("redis_kv: beside redis-server", beside::conversations),
        check("redis_kv: what is announced", hostile::announced),
        check("redis_kv: 10 MB without end", hostile::endless_line),
        check("redis_kv: 10 GB not read", hostile::unread_answers),
        check("redis_kv: a value in bits", hostile::value_in_bits),
    ]
}
