use std::fmt;
use std::str::FromStr;

use super::choices::Choice;
use super::site::Site;

/// Decisions of a simulated world, written down: `short-read@3=1` says that at
/// the fourth read that could have been short, one byte came. What is not listed
/// was the plain thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Script(Vec<Choice>);

impl Script {
    pub(super) fn choices(&self) -> &[Choice] {
        &self.0
    }
}

impl From<Vec<Choice>> for Script {
    fn from(choices: Vec<Choice>) -> Script {
        Script(choices)
    }
}

impl fmt::Display for Script {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, choice) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { " " };
            let (site, number, value) = (choice.site.name(), choice.number, choice.value);
            write!(formatter, "{separator}{site}@{number}={value}")?;
        }
        Ok(())
    }
}

impl FromStr for Script {
    type Err = String;

    fn from_str(text: &str) -> Result<Script, String> {
        let choices = text.split_whitespace().map(|word| {
            choice(word).ok_or_else(|| format!("`{word}` is no decision of a simulated world"))
        });
        choices.collect::<Result<Vec<_>, _>>().map(Script)
    }
}

fn choice(word: &str) -> Option<Choice> {
    let (place, value) = word.split_once('=')?;
    let (site, number) = place.split_once('@')?;
    Some(Choice {
        site: Site::named(site)?,
        number: number.parse().ok()?,
        value: value.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let text = "short-read@3=1 latency@0=17";
        assert_eq!(text.parse::<Script>().unwrap().to_string(), text);
        assert!("short-read@3".parse::<Script>().is_err());
        assert!("nonsense@3=1".parse::<Script>().is_err());
    }
}
