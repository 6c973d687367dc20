//! The twin of `station.rs`, on mio alone.

use std::io;

use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Registry, Token};

const TEMPERATURE: Token = Token(0);
const PRESSURE: Token = Token(1);
const HUMIDITY: Token = Token(2);
const WIND: Token = Token(3);
const RAIN: Token = Token(4);

struct Station {
    temperature: UdpSocket,
    pressure: UdpSocket,
    humidity: UdpSocket,
    wind: UdpSocket,
    rain: UdpSocket,
    weather: Weather,
}

#[derive(Debug, Default)]
struct Weather {
    coldest: u64,
    pressure: u64,
    humid: u64,
    strongest_wind: u64,
    rainfall: u64,
}

fn main() -> io::Result<()> {
    let mut station = Station {
        temperature: bind()?,
        pressure: bind()?,
        humidity: bind()?,
        wind: bind()?,
        rain: bind()?,
        weather: Weather::default(),
    };
    println!(
        "listening on {} {} {} {} {}",
        station.temperature.local_addr()?,
        station.pressure.local_addr()?,
        station.humidity.local_addr()?,
        station.wind.local_addr()?,
        station.rain.local_addr()?,
    );
    let result = run(&mut station);
    println!("{:?}", station.weather);
    result
}

fn bind() -> io::Result<UdpSocket> {
    UdpSocket::bind("127.0.0.1:0".parse().map_err(io::Error::other)?)
}

fn run(station: &mut Station) -> io::Result<()> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    register(station, poll.registry())?;
    let weather = &mut station.weather;
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            result => result?,
        }
        for event in &events {
            match event.token() {
                TEMPERATURE => {
                    while let Some(reading) = receive(&station.temperature)? {
                        weather.coldest = weather.coldest.min(reading);
                    }
                }
                PRESSURE => {
                    while let Some(reading) = receive(&station.pressure)? {
                        weather.pressure = reading;
                    }
                }
                HUMIDITY => {
                    while let Some(reading) = receive(&station.humidity)? {
                        weather.humid += u64::from(reading > 60);
                    }
                }
                WIND => {
                    while let Some(reading) = receive(&station.wind)? {
                        weather.strongest_wind = weather.strongest_wind.max(reading);
                    }
                }
                RAIN => {
                    while let Some(reading) = receive(&station.rain)? {
                        weather.rainfall += reading;
                    }
                }
                _ => unreachable!("nothing else is registered"),
            }
        }
    }
}

fn register(station: &mut Station, registry: &Registry) -> io::Result<()> {
    registry.register(&mut station.temperature, TEMPERATURE, Interest::READABLE)?;
    registry.register(&mut station.pressure, PRESSURE, Interest::READABLE)?;
    registry.register(&mut station.humidity, HUMIDITY, Interest::READABLE)?;
    registry.register(&mut station.wind, WIND, Interest::READABLE)?;
    registry.register(&mut station.rain, RAIN, Interest::READABLE)
}

/// The next reading, or `None` when the socket would block.
fn receive(socket: &UdpSocket) -> io::Result<Option<u64>> {
    let mut bytes = [0; 8];
    match socket.recv(&mut bytes) {
        Ok(_) => Ok(Some(u64::from_ne_bytes(bytes))),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}
