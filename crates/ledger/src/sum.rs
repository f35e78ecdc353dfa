//! Sums inside a book. A book's amounts stay far below 64-bit fen, so leaving that range is our own
//! mistake and stops the batch; a border refuses amounts of more than fourteen digits.

use money::Yuan;

pub(crate) fn add(a: Yuan, b: Yuan) -> Yuan {
    a.plus(b).expect("amounts of a book stay within 64-bit fen")
}

pub(crate) fn sub(a: Yuan, b: Yuan) -> Yuan {
    a.minus(b).expect("amounts of a book stay within 64-bit fen")
}

pub(crate) fn neg(a: Yuan) -> Yuan {
    sub(Yuan::ZERO, a)
}

pub(crate) fn all(amounts: impl IntoIterator<Item = Yuan>) -> Yuan {
    Yuan::total(amounts).expect("amounts of a book stay within 64-bit fen")
}
