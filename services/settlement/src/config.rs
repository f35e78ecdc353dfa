//! What settlement is started with.

use std::str::FromStr;

use border::rules::RuleArgs;
use chassis::config::ChassisArgs;
use standards::BookId;

/// A book and where it listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedBook {
    /// The book.
    pub id: BookId,
    /// Its address.
    pub address: String,
}

impl FromStr for NamedBook {
    type Err = String;

    /// `32-01=http://127.0.0.1:7132`
    fn from_str(text: &str) -> Result<Self, String> {
        let (id, address) = text
            .split_once('=')
            .ok_or("expected a book and its address, such as 32-01=http://127.0.0.1:7132")?;
        let id = id.parse().map_err(|_| "expected a book such as 32-01")?;
        if address.is_empty() {
            return Err("expected an address after the book".to_owned());
        }
        Ok(Self { id, address: address.to_owned() })
    }
}

/// Flags, or environment variables.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "settlement", version, about = "Transfers between books, and what pools owe each other")]
pub struct Config {
    /// What all services share.
    #[command(flatten)]
    pub chassis: ChassisArgs,
    /// Where identity listens
    #[arg(long, env = "GONGJI_IDENTITY", default_value = "127.0.0.1:7001", value_name = "ADDRESS")]
    pub identity: String,
    /// Where the kinship registry listens
    #[arg(long, env = "GONGJI_KINSHIP", default_value = "127.0.0.1:7002", value_name = "ADDRESS")]
    pub kinship: String,
    /// A book and where it listens; once per book, or separated by commas in the environment
    #[arg(long = "book", env = "GONGJI_BOOKS", value_name = "BOOK=ADDRESS", value_delimiter = ',')]
    pub books: Vec<NamedBook>,
    /// By which rules it decides
    #[command(flatten)]
    pub rules: RuleArgs,
    /// Name of this replica, unlike that of any other one that runs: a process takes over at once what an earlier
    /// one of the same name has left
    #[arg(long, env = "GONGJI_INSTANCE", default_value = "settlement")]
    pub instance: String,
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn parse(arguments: &[&str]) -> Result<Config, clap::Error> {
        let fixed = ["settlement", "--database-url", "postgres://127.0.0.1/x"];
        Config::try_parse_from(fixed.iter().chain(arguments))
    }

    #[test]
    fn books_are_named_with_their_addresses() {
        let books =
            |config: Config| config.books.into_iter().map(|book| book.id.to_string()).collect::<Vec<_>>();
        let config = parse(&["--book", "32-01=http://a:1", "--book", "51-01=http://b:2"]);
        assert_eq!(books(config.unwrap()), ["32-01", "51-01"]);
        assert_eq!(books(parse(&["--book", "32-01=a:1,63-01=b:2"]).unwrap()), ["32-01", "63-01"]);
    }

    #[test]
    fn a_book_without_address_or_province_is_refused() {
        for text in ["32-01", "32-01=", "99-01=http://a:1", "=http://a:1", ""] {
            assert!(parse(&["--book", text]).is_err(), "{text:?}");
        }
    }
}
