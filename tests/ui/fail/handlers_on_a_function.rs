use miocene::handlers;

#[handlers]
fn accept() {}

fn main() {}
