//! A table as people read it, and whether what it says is allowed.

use std::fmt;

/// A table in Markdown.
#[derive(Debug, Default)]
pub(crate) struct Table {
    title: String,
    notes: Vec<String>,
    rows: Vec<Vec<String>>,
    broken: bool,
}

impl Table {
    /// A table with the names of its columns.
    pub(crate) fn new(title: &str, columns: &[&str]) -> Table {
        Table {
            title: title.to_owned(),
            rows: vec![columns.iter().map(|&column| column.to_owned()).collect()],
            ..Table::default()
        }
    }

    /// A sentence below the table.
    pub(crate) fn note(mut self, note: impl Into<String>) -> Table {
        self.notes.push(note.into());
        self
    }

    /// In place of rows: why there are none. Breaks no bound.
    pub(crate) fn not_run(title: &str, why: &str) -> Table {
        Table::new(title, &[]).note(format!("not run: {why}"))
    }

    /// Adds a row that is allowed or breaks a bound.
    pub(crate) fn row(&mut self, mut cells: Vec<String>, allowed: bool) {
        if !allowed {
            self.broken = true;
            if let Some(last) = cells.last_mut() {
                last.push_str(" **broken**");
            }
        }
        self.rows.push(cells);
    }

    /// Whether no row breaks a bound.
    pub(crate) fn held(&self) -> bool {
        !self.broken
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "## {}\n", self.title)?;
        for (index, row) in self.rows.iter().enumerate() {
            if row.is_empty() {
                continue;
            }
            writeln!(formatter, "| {} |", row.join(" | "))?;
            if index == 0 {
                // Words to the left, numbers to the right.
                let rule = ["---"]
                    .into_iter()
                    .chain(row.iter().skip(1).map(|_| "---:"));
                writeln!(formatter, "|{}|", rule.collect::<Vec<_>>().join("|"))?;
            }
        }
        for note in &self.notes {
            writeln!(formatter, "\n{note}")?;
        }
        Ok(())
    }
}

/// A ratio against its bound, if it has one, in the two cells that end a row,
/// and whether it is allowed.
pub(crate) fn judge(ours: f64, theirs: f64, bound: Option<f64>) -> ([String; 2], bool) {
    let ratio = ours / theirs;
    let limit = bound.map_or("–".to_owned(), |bound| format!("≤ {bound:.2}"));
    let allowed = bound.is_none_or(|bound| ratio <= bound);
    ([format!("{ratio:.2}"), limit], allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_bound_is_said_in_its_row() {
        let mut table = Table::new("Title", &["what", "ratio", "bound"]).note("A note.");
        let (cells, allowed) = judge(3.0, 2.0, Some(1.15));
        table.row([vec!["thing".to_owned()], cells.to_vec()].concat(), allowed);
        assert!(!table.held());
        assert_eq!(
            table.to_string(),
            "## Title\n\n| what | ratio | bound |\n|---|---:|---:|\n\
             | thing | 1.50 | ≤ 1.15 **broken** |\n\nA note.\n"
        );
    }

    #[test]
    fn what_is_not_run_breaks_nothing() {
        let table = Table::not_run("Title", "a tool is missing");
        assert!(table.held());
        assert_eq!(
            table.to_string(),
            "## Title\n\n\nnot run: a tool is missing\n"
        );
    }
}
