//! Tells cargo that the migrations, which are compiled in, may change without any Rust file.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
