use miocene::opened;

struct App;

impl App {
    #[opened(tokens = CLIENTS)]
    fn client(&mut self) {}
}

fn main() {}
