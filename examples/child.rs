// Prints each line that a command prints, with its number: a source of one's
// own over a file descriptor.
//
//     cargo run --example child COMMAND [ARGUMENT…]

use std::io::{self, Read, Write, stdout};
use std::process::{ChildStdout, Command, Stdio};

use miocene::mio::event::Source;
use miocene::{Drain, EventLoop, Fd, Input, Next, Token, handlers};

const OUTPUT: Token = Token(0);

struct Lines(Fd<ChildStdout>);

impl Drain for Lines {
    type Item<'b> = &'b [u8];

    fn source(&mut self) -> &mut dyn Source {
        &mut self.0
    }

    fn next<'b>(&mut self, input: &'b mut Input) -> io::Result<Next<&'b [u8]>> {
        loop {
            if let Some(end) = input.unread().iter().position(|&byte| byte == b'\n') {
                return Ok(Next::Item(input.take(end + 1)));
            }
            if input.fill(|buffer| self.0.read(buffer))? == 0 {
                // The last line may have no end; after it comes the end.
                let rest = input.unread().len();
                return Ok(match rest {
                    0 => Next::End,
                    _ => Next::Item(input.take(rest)),
                });
            }
        }
    }
}

struct Numbered {
    output: Lines,
    number: usize,
}

#[handlers]
impl Numbered {
    #[handler(token = OUTPUT)]
    fn line(&mut self, line: &[u8]) -> io::Result<()> {
        self.number += 1;
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end_matches('\n');
        writeln!(stdout(), "{:4}  {line}", self.number)
    }
}

fn main() -> miocene::Result<()> {
    let mut words = std::env::args().skip(1);
    let program = words.next().unwrap_or_else(|| "env".to_owned());
    let mut child = Command::new(program)
        .args(words)
        .stdout(Stdio::piped())
        .spawn()?;
    let pipe = child.stdout.take().expect("it was asked for");
    let output = Lines(Fd::new(pipe)?);
    EventLoop::new()?.run(&mut Numbered { output, number: 0 })?;
    child.wait()?;
    Ok(())
}
