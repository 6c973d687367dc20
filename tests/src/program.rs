//! The servers that are attacked, and how each is built.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The variable that names another program to attack in place of the example.
pub const OTHER_GUIDE: &str = "MIOCENE_GUIDE";

/// A server as a program: it takes the address to listen on as its last argument
/// and prints `listening on ADDRESS`. One that is attacked prints one line for each
/// client then, whom it drops.
#[derive(Clone, Debug)]
pub struct Program {
    /// What the table calls it.
    pub name: &'static str,
    /// Where it is.
    pub path: PathBuf,
    /// What comes before the address.
    pub arguments: Vec<String>,
    /// What it is to listen on.
    pub network: Network,
    /// Whether it goes on after it was stopped and continued. The attacks that
    /// connect their clients to a stopped server spare the one that does not, so
    /// that what ends it is the fault in question and not the stop.
    pub survives_stop: bool,
}

/// What a server listens on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Network {
    /// A free port of the loopback interface.
    Tcp,
    /// A path of its own.
    Unix,
}

impl Program {
    /// A program that listens on TCP and has no other arguments.
    pub fn at(name: &'static str, path: impl Into<PathBuf>) -> Self {
        Self {
            name,
            path: path.into(),
            arguments: Vec::new(),
            network: Network::Tcp,
            survives_stop: true,
        }
    }

    /// The running program, started again with other arguments.
    pub fn again(name: &'static str, arguments: &[&str], network: Network) -> io::Result<Self> {
        Ok(Self {
            arguments: arguments.iter().map(|&it| it.to_owned()).collect(),
            network,
            ..Self::at(name, env::current_exe()?)
        })
    }

    /// The example `guide`, built if need be in the profile and the target folder
    /// of the test that runs; or the program that [`OTHER_GUIDE`] names.
    pub fn guide() -> io::Result<Self> {
        match env::var_os(OTHER_GUIDE) {
            Some(path) => Ok(Self::at("guide", fs::canonicalize(path)?)),
            None => Self::example("guide"),
        }
    }

    /// An example, built if need be in the profile and the target folder of the
    /// test that runs.
    pub fn example(name: &'static str) -> io::Result<Self> {
        Ok(Self::at(name, build_example(name)?))
    }
}

/// Builds an example and returns where it is.
///
/// It is a build of its own, since a test cannot depend on an example of another
/// package; and what people run is built without the features of the tests.
fn build_example(name: &str) -> io::Result<PathBuf> {
    let build = Build::of(&env::current_exe()?)
        .ok_or_else(|| io::Error::other("the test is not in a target folder of Cargo"))?;
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--quiet", "--package", "miocene-examples"])
        .args(["--example", name])
        .args(build.arguments())
        .status()?;
    if !status.success() {
        return Err(io::Error::other(format!(
            "the example {name} fails to build"
        )));
    }
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    Ok(build.folder.join("examples").join(file))
}

/// How Cargo was told to build the running test, read off its path:
/// `TARGET_FOLDER/[TRIPLE/]PROFILE/deps/attacks-0123456789abcdef`.
#[derive(Debug, Eq, PartialEq)]
struct Build {
    /// Up to and with the profile.
    folder: PathBuf,
    target_folder: PathBuf,
    triple: Option<OsString>,
    profile: OsString,
}

impl Build {
    fn of(test: &Path) -> Option<Self> {
        let folder = test.parent()?.parent()?;
        let mut target_folder = folder.parent()?;
        let mut triple = None;
        // Cargo keeps this file in the folder that it was given.
        if !target_folder.join(".rustc_info.json").exists() {
            triple = Some(target_folder.file_name()?.to_owned());
            target_folder = target_folder.parent()?;
        }
        let profile = match folder.file_name()? {
            // The one profile whose folder is named otherwise.
            debug if debug == "debug" => "dev".into(),
            other => other.to_owned(),
        };
        Some(Self {
            folder: folder.to_owned(),
            target_folder: target_folder.to_owned(),
            triple,
            profile,
        })
    }

    fn arguments(&self) -> Vec<OsString> {
        let mut arguments = vec![
            "--target-dir".into(),
            self.target_folder.clone().into(),
            "--profile".into(),
            self.profile.clone(),
        ];
        if let Some(triple) = &self.triple {
            arguments.extend(["--target".into(), triple.clone()]);
        }
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_of_this_test() {
        let test = env::current_exe().expect("a path");
        let build = Build::of(&test).expect("Cargo built this test");
        assert!(build.target_folder.join(".rustc_info.json").exists());
        assert!(test.starts_with(&build.folder));
    }
}
