//! Bytes that say where they belong: so one that is lost, doubled or somebody
//! else's names itself.

/// The byte at an offset of the stream with this number.
pub(super) fn byte(number: u64, offset: usize) -> u8 {
    let mut mixed = (offset as u64 ^ (number << 40)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^= mixed >> 29;
    (mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 56) as u8
}

pub(super) fn bytes(number: u64, begin: usize, length: usize) -> Vec<u8> {
    (begin..begin + length)
        .map(|offset| byte(number, offset))
        .collect()
}

/// The offset of the first byte that is not what it is to be.
pub(super) fn first_wrong(number: u64, begin: usize, bytes: &[u8]) -> Option<usize> {
    let wrong = |(at, found): (usize, &u8)| *found != byte(number, begin + at);
    bytes
        .iter()
        .enumerate()
        .position(wrong)
        .map(|at| begin + at)
}

/// Where wrong bytes seem to come from.
pub(super) fn explain(number: u64, at: usize, found: &[u8]) -> String {
    const ENOUGH: usize = 8;
    const NEAR: usize = 1 << 17;

    let found = &found[..found.len().min(ENOUGH)];
    if found.len() < ENOUGH {
        return String::new();
    }
    let of = |number: u64, begin: usize| first_wrong(number, begin, found).is_none();
    let near = at.saturating_sub(NEAR)..at + NEAR;
    if let Some(offset) = near.clone().find(|offset| of(number, *offset)) {
        return format!(": there follows what belongs at {offset}");
    }
    let others = (0..64).filter(|other| *other != number);
    let stranger = others
        .flat_map(|other| (0..at + 4096).map(move |offset| (other, offset)))
        .find(|(other, offset)| of(*other, *offset));
    match stranger {
        Some((other, offset)) => format!(": there follows what belongs to {other} at {offset}"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_that_is_missing_or_of_another_is_named() {
        let mut stream = bytes(3, 0, 100);
        assert_eq!(first_wrong(3, 0, &stream), None);
        stream.remove(40);
        let at = first_wrong(3, 0, &stream).unwrap();
        assert!(explain(3, at, &stream[at..]).contains(&format!("belongs at {}", at + 1)));

        let other = bytes(5, 10, 20);
        assert!(explain(3, 50, &other).contains("belongs to 5 at 10"));
    }
}
