//! A weather station: five small sources, and next to nothing to do for a
//! reading, so that the way to the handler is most of the cost.

use std::error::Error;
use std::io;

use miocene::mio::event::Source;
use miocene::mio::net::UdpSocket;
use miocene::{Drain, EventLoop, Input, Next, Token, handlers};

const TEMPERATURE: Token = Token(0);
const PRESSURE: Token = Token(1);
const HUMIDITY: Token = Token(2);
const WIND: Token = Token(3);
const RAIN: Token = Token(4);

struct Station {
    temperature: Sensor,
    pressure: Sensor,
    humidity: Sensor,
    wind: Sensor,
    rain: Sensor,
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

#[handlers]
impl Station {
    #[handler(token = TEMPERATURE, interest = READABLE)]
    fn temperature(&mut self, reading: u64) {
        self.weather.coldest = self.weather.coldest.min(reading);
    }

    #[handler(token = PRESSURE, interest = READABLE)]
    fn pressure(&mut self, reading: u64) {
        self.weather.pressure = reading;
    }

    #[handler(token = HUMIDITY, interest = READABLE)]
    fn humidity(&mut self, reading: u64) {
        self.weather.humid += u64::from(reading > 60);
    }

    #[handler(token = WIND, interest = READABLE)]
    fn wind(&mut self, reading: u64) {
        self.weather.strongest_wind = self.weather.strongest_wind.max(reading);
    }

    #[handler(token = RAIN, interest = READABLE)]
    fn rain(&mut self, reading: u64) {
        self.weather.rainfall += reading;
    }
}

/// Yields a reading for each datagram.
struct Sensor(UdpSocket);

impl Drain for Sensor {
    type Item<'b> = u64;

    fn source(&mut self) -> &mut dyn Source {
        &mut self.0
    }

    fn next(&mut self, _input: &mut Input) -> io::Result<Next<u64>> {
        let mut bytes = [0; 8];
        self.0.recv(&mut bytes)?;
        Ok(Next::Item(u64::from_ne_bytes(bytes)))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
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
        station.temperature.0.local_addr()?,
        station.pressure.0.local_addr()?,
        station.humidity.0.local_addr()?,
        station.wind.0.local_addr()?,
        station.rain.0.local_addr()?,
    );
    let result = EventLoop::new()?.run(&mut station);
    println!("{:?}", station.weather);
    Ok(result?)
}

fn bind() -> io::Result<Sensor> {
    let loopback = "127.0.0.1:0".parse().map_err(io::Error::other)?;
    Ok(Sensor(UdpSocket::bind(loopback)?))
}
