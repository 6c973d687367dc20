use miocene::handlers;

#[handlers]
enum App {
    One,
}

fn main() {}
