//! Where in a file something is: byte offsets become line numbers, unknown words get a suggestion.

/// Starts of the lines of a text, to find the line of a byte offset.
pub(crate) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub(crate) fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|&(_, b)| b == b'\n').map(|(i, _)| i + 1);
        Self { starts: std::iter::once(0).chain(ends).collect() }
    }

    /// Line number, from 1, of the byte at `offset`.
    pub(crate) fn line(&self, offset: usize) -> u64 {
        self.starts.partition_point(|&start| start <= offset) as u64
    }
}

/// The known word nearest to `word`, if one is near enough to be meant: at most a third of its
/// letters differ (Levenshtein distance).
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = word.chars().count().max(3) / 3 + 1;
    known
        .into_iter()
        .map(|k| (edits(word, k), k))
        .filter(|&(distance, _)| distance <= most)
        .min()
        .map(|(_, k)| k)
}

/// Levenshtein distance: letters to insert, delete or replace.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for j in 0..b.len() {
            let replace = diagonal + usize::from(b[j] != letter);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_count_from_one() {
        let lines = Lines::of("a\nbc\n\nd");
        assert_eq!([0, 1, 2, 4, 5, 6].map(|o| lines.line(o)), [1, 1, 2, 2, 3, 4]);
    }

    #[test]
    fn the_nearest_word_is_suggested() {
        assert_eq!(nearest("wagge", ["wage", "shift"]), Some("wage"));
        assert_eq!(nearest("colour", ["wage", "shift"]), None);
        assert_eq!(edits("kitten", "sitting"), 3);
    }
}
