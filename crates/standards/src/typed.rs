//! What people type and paste: full-width signs, blanks and hyphens of many kinds.
//!
//! It knows signs and no format; which of them a format drops or keeps is for that format to say. Nothing
//! here looks up Unicode tables beyond the few ranges it names.

/// The plain sign that a full-width sign (U+FF01 to U+FF5E, and the ideographic space) stands for; any
/// other sign is itself.
pub(crate) fn plain(sign: char) -> char {
    match sign {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(sign) - 0xfee0).unwrap_or(sign),
        _ => sign,
    }
}

/// Whether it only separates: a space of any width, also of none. Line ends and other controls do not.
pub(crate) fn is_blank(sign: char) -> bool {
    matches!(
        sign,
        ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200b}' | '\u{202f}' | '\u{205f}' | '\u{2060}' | '\u{3000}' | '\u{feff}'
    )
}

/// Whether it is a hyphen, a dash or a minus.
pub(crate) fn is_hyphen(sign: char) -> bool {
    matches!(
        sign,
        '-' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_width_sign_stands_for_its_plain_one_and_any_other_for_itself() {
        for (sign, expected) in [
            ('０', '0'),
            ('９', '9'),
            ('Ｘ', 'X'),
            ('ｘ', 'x'),
            ('－', '-'),
            ('\u{3000}', ' '),
            ('张', '张'),
            ('7', '7'),
        ] {
            assert_eq!(plain(sign), expected, "{sign:?}");
        }
    }

    #[test]
    fn line_ends_are_neither_blanks_nor_hyphens() {
        for sign in ['\n', '\r', '\t', '\0', '\u{85}', '\u{2028}', '\u{202e}', '_', '~', '一', 'ー'] {
            assert!(!is_blank(sign) && !is_hyphen(sign), "{sign:?}");
        }
    }
}
