//! The README shows what is there.

#[allow(dead_code, reason = "a whole program, for its table")]
mod guide {
    include!("../../examples/guide.rs");

    pub fn picture() -> String {
        miocene::table::<Guide>().mermaid().to_string()
    }
}

#[allow(dead_code, reason = "a whole program, to be compiled")]
mod chat {
    include!("../readme/chat.rs");
}

const README: &str = include_str!("../../README.md");

fn code_of(source: &str) -> &str {
    let begin = source.find("\nuse ").expect("imports") + 1;
    &source[begin..]
}

#[test]
fn the_guide_server_is_the_example_and_has_at_most_22_lines() {
    let guide = include_str!("../../examples/guide.rs");
    assert!(README.contains(code_of(guide)));
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with("//");
    let lines = guide.lines().filter(is_code).count();
    assert!(lines <= 22, "{lines} lines");
}

#[test]
fn the_chat_is_a_program_of_about_thirty_lines() {
    let chat = include_str!("../readme/chat.rs");
    assert!(README.contains(code_of(chat)));
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with("//");
    let lines = chat.lines().filter(is_code).count();
    assert!(lines <= 30, "{lines} lines");
}

#[test]
fn the_custom_source_is_that_of_the_example() {
    let child = include_str!("../../examples/child.rs");
    let begin = child.find("struct Lines").expect("the source");
    let end = child.find("struct Numbered").expect("the application");
    assert!(README.contains(child[begin..end].trim_end()));
}

#[test]
fn the_picture_is_what_the_table_prints() {
    let picture = guide::picture();
    assert!(README.contains(&picture), "{picture}");
}

#[test]
fn nothing_is_left_to_be_filled_in() {
    assert!(!README.contains('@'), "a placeholder");
}
