//! Cargo: the programs in each profile, and what they are made of.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::measured::Measured;

/// How a program is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// What Cargo does by default with `--release`.
    Release,
    /// The workspace's profile with link-time optimisation.
    Lto,
}

impl Profile {
    /// The name by which Cargo knows the profile, and its folder.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Profile::Release => "release",
            Profile::Lto => "lto",
        }
    }

    /// A program of this package as this profile makes it.
    pub(crate) fn program(self, name: &str) -> Measured<PathBuf> {
        Ok(target()?.join(self.name()).join(name))
    }

    /// The same, to be started.
    pub(crate) fn command(self, name: &str) -> Measured<Command> {
        Ok(Command::new(self.program(name)?))
    }
}

/// Cargo, in the workspace.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace());
    cargo
}

/// The folder of the workspace.
pub(crate) fn workspace() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

/// The target folder that this program was built in.
fn target() -> Measured<PathBuf> {
    let table = env::current_exe()?;
    let target = table.ancestors().nth(2).ok_or("the table has no folder")?;
    Ok(target.to_owned())
}

/// Builds the measured programs in each profile.
pub(crate) fn build() -> Measured {
    for profile in [Profile::Release, Profile::Lto] {
        let mut build = cargo();
        build
            .args(["build", "--quiet", "-p", env!("CARGO_PKG_NAME")])
            .args(["--profile", profile.name(), "--target-dir"])
            .arg(target()?);
        run(&mut build)?;
    }
    Ok(())
}

/// What the numbers depend on.
pub(crate) fn describe() -> Measured<String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let rustc = run(Command::new(rustc).arg("--version"))?;
    let mut line = format!(
        "{}, profiles: release (Cargo's default), lto (thin LTO, one codegen unit)",
        rustc.trim()
    );
    if let Ok(flags) = env::var("RUSTFLAGS") {
        line.push_str(&format!(", RUSTFLAGS {flags:?}"));
    }
    Ok(line)
}

/// Runs a command that must succeed; its output.
pub(crate) fn run(command: &mut Command) -> Measured<String> {
    let output = command.output()?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?}: {}\n{error}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
