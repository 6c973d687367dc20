//! An address that another server has.

use crate::program::Program;
use crate::server::{PATIENCE, Server};
use crate::trouble::{Attacked, Trouble};

/// What a server falls short of that has another's address and does not say so.
pub const UNNAMED: &str = "does not name the address";

/// The second server must end with an error that says which address is in use.
pub fn port_in_use(program: &Program) -> Attacked {
    let mut first = Server::start(program)?;
    let address = match first.place().as_pathname() {
        Some(path) => format!("unix:{}", path.display()),
        None => first.address().to_string(),
    };
    let mut second = Server::start_at(program, &address)?;
    second.gives_up(PATIENCE)?;
    first.runs()?;
    let complaint = second.complaint();
    if complaint.contains(address.trim_start_matches("unix:")) {
        Ok(())
    } else {
        Err(Trouble::broke(format!("{UNNAMED}: {complaint}")))
    }
}
