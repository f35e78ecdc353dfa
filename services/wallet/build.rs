//! Makes cargo compile the service again when a migration changes; it builds nothing.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
