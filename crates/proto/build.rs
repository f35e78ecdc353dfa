//! Compiles every .proto file under /proto, without protoc on the machine.
//!
//! protox hands over the descriptor set as bytes, because its parsed form would drop custom options. The same
//! bytes serve reflection.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use prost::Message;

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../proto");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed={}", root.display());

    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();

    let mut compiler = protox::Compiler::new([&root])?;
    compiler.include_imports(true).include_source_info(true).open_files(&files)?;
    let bytes = compiler.encode_file_descriptor_set();
    fs::write(out.join("descriptor.bin"), &bytes)?;
    let set = prost_types::FileDescriptorSet::decode(bytes.as_slice())?;
    // Their text would show a password; their Debug is written by hand.
    let silent = ["SetPasswordRequest", "CompleteVerificationRequest", "CompleteVerificationRequest.proof"];
    let silent = silent.map(|message| format!(".gongji.identity.v1.{message}"));
    tonic_prost_build::configure().skip_debug(silent).compile_fds(set)?;
    Ok(())
}

/// Adds every .proto file under `folder`.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    Ok(())
}
