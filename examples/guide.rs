use miocene as _;
fn main() {}
