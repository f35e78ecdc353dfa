//! `gongjictl`: what an operator asks on a command line. So far ids, and the rules that are in force where and when.
//!
//! It asks no service yet: rules are read as a service reads them when it starts. It exits with 0, with 1 when the
//! answer is no, and with 64 when it was asked in a wrong way.

mod policy;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{Parser, Subcommand, error::ErrorKind};
use uuid::Uuid;

/// The wrong way to ask: `EX_USAGE`.
const USAGE: u8 = 64;

/// Ask gongji from a command line.
#[derive(Debug, Parser)]
#[command(name = "gongjictl", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print a new id: version 7, whose month names the partition in which its outcome is kept
    Id {
        /// How many
        #[arg(default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
        count: u16,
    },
    /// The rules: whether files are right, what holds, what changed
    Policy {
        #[command(subcommand)]
        question: policy::Question,
    },
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            // Whoever closed the terminal reads nothing more.
            let _ = error.print();
            return if asked { ExitCode::SUCCESS } else { ExitCode::from(USAGE) };
        }
    };
    let answer = match arguments.command {
        Command::Id { count } => Ok((0..count).map(|_| format!("{}\n", Uuid::now_v7())).collect()),
        Command::Policy { question } => question.answer(),
    };
    match answer {
        Ok(text) => {
            let _ = io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error:#}");
            ExitCode::FAILURE
        }
    }
}
