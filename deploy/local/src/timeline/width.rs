//! Columns of text in which Chinese characters take two cells.

/// How many cells a text takes on a terminal.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|letter| if is_wide(letter) { 2 } else { 1 }).sum()
}

/// Ideographs, their punctuation and full-width forms.
const fn is_wide(letter: char) -> bool {
    matches!(letter, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}')
}

/// The text with spaces after it, up to `cells`; longer texts stay as they are.
pub(super) fn pad(text: &str, cells: usize) -> String {
    format!("{text}{}", " ".repeat(cells.saturating_sub(width(text))))
}

/// The text with spaces before it, up to `cells`.
pub(super) fn pad_left(text: &str, cells: usize) -> String {
    format!("{}{text}", " ".repeat(cells.saturating_sub(width(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_characters_take_two_cells() {
        for (text, cells) in [("", 0), ("ab", 2), ("转账 a", 6), ("\u{ff0c}", 2), ("·", 1), ("周*", 3)] {
            assert_eq!(width(text), cells, "{text:?}");
        }
    }

    #[test]
    fn columns_line_up() {
        assert_eq!(pad("转账", 6), "转账  ");
        assert_eq!(pad("a long text", 4), "a long text");
        assert_eq!(pad_left("52.00", 8), "   52.00");
    }
}
