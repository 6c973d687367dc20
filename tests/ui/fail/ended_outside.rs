use miocene::ended;

struct App;

impl App {
    #[ended(token = SERVER)]
    fn gone(&mut self) {}
}

fn main() {}
