//! The examples against their clients. The guide server has attacks of its own.
#![cfg(target_os = "linux")]

use std::net::{Ipv4Addr, UdpSocket};
use std::process::Command;

use miocene_tests::crowd::Crowd;
use miocene_tests::program::Program;
use miocene_tests::server::{PATIENCE, Server};

#[test]
fn by_hand_serves_like_the_guide() {
    let program = Program::example("by_hand").unwrap();
    let mut server = Server::start(&program).unwrap();
    let mut crowd = Crowd::connect(server.address(), 100).unwrap();
    crowd.is_served(&mut server, PATIENCE).unwrap();
    server.runs().unwrap();
}

#[test]
fn udp_echo_sends_every_datagram_back() {
    let program = Program::example("udp_echo").unwrap();
    let mut server = Server::start(&program).unwrap();
    let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    client.connect(server.address()).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    for length in [0, 1, 1_500, 60_000] {
        let sent = vec![length as u8; length];
        client.send(&sent).unwrap();
        let mut received = vec![0; 65_536];
        let count = client.recv(&mut received).unwrap();
        assert!(received[..count] == sent, "{length} bytes");
    }
    server.runs().unwrap();
}

#[test]
fn child_numbers_the_lines_of_a_command_up_to_its_end() {
    let program = Program::example("child").unwrap();
    let output = Command::new(program.path)
        .args(["sh", "-c", "printf 'first\nse'; printf 'cond\nlast'"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let lines = "   1  first\n   2  second\n   3  last\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), lines);
}
