use miocene::handler;

struct App;

impl App {
    #[handler(token = SERVER)]
    fn accept(&mut self) {}
}

fn main() {}
