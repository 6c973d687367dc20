use super::*;

#[test]
fn what_is_unread_moves_to_the_front_only_when_the_buffer_is_full() {
    let mut input = Input::default();
    let first = input.fill(|buffer| Ok(buffer.len())).unwrap();
    assert_eq!(first, Input::CAPACITY);
    assert!(
        input.fill(|_| Ok(1)).is_err(),
        "an item longer than the buffer"
    );
    input.take(10);
    let second = input.fill(|buffer| Ok(buffer.len())).unwrap();
    assert_eq!(second, 10);
    assert_eq!(input.unread().len(), Input::CAPACITY);
}

#[test]
fn no_more_is_taken_than_there_is_and_no_more_believed_than_fits() {
    let mut input = Input::default();
    input.fill(|_| Ok(usize::MAX)).unwrap();
    assert_eq!(input.take(usize::MAX).len(), Input::CAPACITY);
    assert!(input.take(1).is_empty());
}

#[test]
fn what_is_put_back_is_read_first() {
    let mut input = Input::default();
    input.put_back(0, b"half ").unwrap();
    input
        .fill(|buffer| io::Read::read(&mut &b"an item"[..], buffer))
        .unwrap();
    assert_eq!(input.unread(), b"half an item");
    assert_eq!(format!("{input:?}"), "Input { unread: 12, .. }");
}

fn receive(input: &mut Input, source: usize, bytes: &[u8]) {
    input.lend_to(source);
    input
        .fill(|mut buffer| io::Write::write(&mut buffer, bytes))
        .unwrap();
}

#[test]
fn what_sources_leave_is_told_apart() {
    let mut input = Input::default();
    for round in 0..3 {
        for (source, bytes) in [(7, b"seven"), (8, b"eight"), (9, b"nine.")] {
            receive(&mut input, source, bytes);
            assert_eq!(input.unread().len(), 5 * (round + 1));
        }
    }
    input.lend_to(8);
    assert_eq!(input.take(5), b"eight");
    assert_eq!(input.take_left(7), b"sevensevenseven");
    assert_eq!(input.take_left(8), b"eighteight");
    assert!(input.take_left(8).is_empty());
    input.put_back(8, b"back").unwrap();
    assert!(input.put_back(7, &[0; Input::CAPACITY + 1]).is_err());
    assert_eq!(input.take_left(9).len(), 15);
    assert_eq!(input.take_left(8), b"back");
}
