//! Bonds from outside: their life, their families, what ends them, what is certified. Each file is one part.

#![expect(clippy::unwrap_used, reason = "what a test cannot unwrap has failed it")]

mod certificate;
mod changes;
mod choice;
mod family;
mod guardian;
mod household;
mod life;
mod maker;
mod record;
mod tree;
