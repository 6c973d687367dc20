//! The work: something that takes a processor and nothing else.

/// The largest number that is worked on: a second, or a few.
pub const LARGEST: u64 = 5_000_000;

/// How many primes there are below a number.
pub fn primes_below(number: u64) -> u64 {
    (2..number).filter(|&number| is_prime(number)).count() as u64
}

fn is_prime(number: u64) -> bool {
    (2..)
        .take_while(|divisor| divisor * divisor <= number)
        .all(|divisor| number % divisor != 0)
}
