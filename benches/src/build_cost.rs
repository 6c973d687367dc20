//! What the framework costs to build and to carry: the guide server of the
//! examples beside its twin, which depends on mio and nothing else.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::time::{Duration, Instant};

use crate::cargo::{cargo, run, workspace};
use crate::measured::Measured;
use crate::table::{Table, judge};

/// How many times the twin's the size of the binary may be. 1.10 is wanted; what
/// the loop must know of families, stops, deadlines, wakes and handles is some 15 kB
/// more, also in a program without them.
const SIZE_BOUND: f64 = 1.15;

/// How many times the twin's the time of a clean build may be: of seconds, which
/// other work on the machine makes more of. 4 is wanted.
const TIME_BOUND: f64 = 5.5;

/// How many packages the library may consist of, itself included.
const PACKAGES_BOUND: usize = 12;

/// Builds each program twice from nothing, and counts the packages.
pub(crate) fn table() -> Measured<Table> {
    let columns = ["guide server", "by hand", "generated", "ratio", "bound"];
    let mut table = Table::new("Building", &columns).note(
        "Cargo's default release profile, stripped, built from nothing into an empty folder. Of \
         two builds each, the ratio is that of the faster ones. The twin is a package of its own \
         with mio, in the same version and with the same features.",
    );
    let scratch = Scratch::new()?;
    let package = scratch.twin()?;
    let twin = || scratch.build(&package, &["--bin", "guide-by-hand"], "guide-by-hand");
    let example = ["-p", "miocene-examples", "--example", "guide"];
    let guide = || scratch.build(workspace(), &example, "examples/guide");
    let (twins, guides) = ([twin()?, twin()?], [guide()?, guide()?]);

    let (by_hand, generated) = (twins[0].size, guides[0].size);
    let (judged, allowed) = judge(generated as f64, by_hand as f64, Some(SIZE_BOUND));
    let mut row = vec![
        "binary, bytes".to_owned(),
        by_hand.to_string(),
        generated.to_string(),
    ];
    row.extend(judged);
    table.row(row, allowed);

    let (judged, allowed) = judge(best(&guides), best(&twins), Some(TIME_BOUND));
    let mut row = vec![
        "clean build, seconds".to_owned(),
        times(&twins),
        times(&guides),
    ];
    row.extend(judged);
    table.row(row, allowed);

    let packages = packages()?;
    let row = vec![
        "packages of the library".to_owned(),
        "–".to_owned(),
        packages.to_string(),
        "–".to_owned(),
        format!("≤ {PACKAGES_BOUND}"),
    ];
    table.row(row, packages <= PACKAGES_BOUND);
    Ok(table)
}

/// The packages in the tree of normal dependencies, macros included.
fn packages() -> Measured<usize> {
    let tree = run(cargo().args(["tree", "-p", "miocene", "-e", "normal", "--prefix", "none"]))?;
    let mut packages: Vec<&str> = tree
        .lines()
        // Where a package appears again.
        .map(|line| line.trim_end_matches(" (*)"))
        .filter(|line| !line.is_empty())
        .collect();
    packages.sort_unstable();
    packages.dedup();
    Ok(packages.len())
}

struct Build {
    size: u64,
    time: Duration,
}

fn best(builds: &[Build; 2]) -> f64 {
    builds[0].time.min(builds[1].time).as_secs_f64()
}

fn times(builds: &[Build; 2]) -> String {
    let [first, second] = builds.each_ref().map(|build| build.time.as_secs_f64());
    format!("{first:.1}, {second:.1}")
}

/// A folder for what is built, removed when it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Measured<Scratch> {
        let folder = env::temp_dir().join(format!("miocene-benches-{}", process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Scratch(folder))
    }

    /// The package of the twin.
    fn twin(&self) -> Measured<PathBuf> {
        let folder = self.0.join("twin");
        fs::create_dir_all(&folder)?;
        let manifest = fs::read_to_string(workspace().join("Cargo.toml"))?;
        let mio = manifest.lines().find(|line| line.starts_with("mio = "));
        let mio = mio.ok_or("the workspace does not depend on mio")?;
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/programs/guide_by_hand.rs");
        let manifest = format!(
            "[package]\nname = \"guide-by-hand\"\nedition = \"2024\"\n\n\
             [[bin]]\nname = \"guide-by-hand\"\npath = {source:?}\n\n\
             [dependencies]\n{mio}\n\n[workspace]\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        // The versions of the workspace.
        fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(folder)
    }

    /// Builds from nothing the program that is then found under `path`.
    fn build(&self, package: &Path, what: &[&str], path: &str) -> Measured<Build> {
        let folder = self.0.join("target");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let mut build = cargo();
        build
            .current_dir(package)
            .args(["build", "--quiet", "--offline", "--release", "--target-dir"])
            .arg(&folder)
            .args(what)
            .env("CARGO_PROFILE_RELEASE_STRIP", "symbols");
        let start = Instant::now();
        run(&mut build)?;
        let time = start.elapsed();
        let size = fs::metadata(folder.join("release").join(path))?.len();
        Ok(Build { size, time })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left behind is in the folder for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}
