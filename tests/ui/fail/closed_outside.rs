use miocene::closed;

struct App;

impl App {
    #[closed(tokens = CLIENTS)]
    fn client(&mut self) {}
}

fn main() {}
