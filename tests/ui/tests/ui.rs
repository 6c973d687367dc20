//! What the compiler says of each mistake, and what must compile.

/// `TRYBUILD=overwrite cargo test -p miocene-ui-tests` writes the messages
/// anew. They are those of one version of rustc.
#[test]
fn ui() {
    let tests = trybuild::TestCases::new();
    tests.pass("pass/*.rs");
    tests.compile_fail("fail/*.rs");
}
