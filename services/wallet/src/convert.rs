//! Between the contract's messages and our own values: requests are parsed field by field with every violation
//! collected, replies are rendered. It decides nothing and asks nobody.

pub(crate) mod book;
mod credential;
pub(crate) mod entry;
pub(crate) mod fields;
pub(crate) mod payment;
pub(crate) mod receipt;
pub(crate) mod record;
pub(crate) mod wallet;

pub(crate) use border::wire::timestamp;

/// The word of an enumeration's value behind its prefix: `CATEGORY_PHARMACY` is `PHARMACY`.
pub(crate) fn word(name: &'static str, prefix: &str) -> &'static str {
    name.strip_prefix(prefix).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use ledger::Refusal as Book;
    use money::Yuan;
    use tonic::Code;

    use crate::{
        error::{book_refusal, refused},
        outcome::{Refused, Stands},
    };

    #[test]
    fn every_refusal_has_a_reason_of_the_contract_and_words_in_both_languages() {
        let yuan = Yuan::from_fen(1);
        let book = [
            Book::WalletAlreadyOpen,
            Book::WalletUnknown,
            Book::WalletNotOpen,
            Book::WalletFrozen,
            Book::WrongBook,
            Book::BalanceZero,
            Book::InsufficientBalance { available: yuan },
            Book::BalanceBelowMinimum { minimum: yuan, left: yuan },
            Book::AnnualQuotaExceeded { limit: yuan, used: yuan },
            Book::TooManyLots,
            Book::TransferNotPending,
            Book::RequestIdReused,
            Book::UndoneBefore,
            Book::OutsidePlaceOfUse,
            Book::AmountsDoNotAddUp,
            Book::SplitChanged { cash: yuan, max_cash: yuan },
            Book::SerialReused { payment: standards::PaymentId::new(uuid::Uuid::nil()) },
            Book::PaymentUnknown,
            Book::OtherInstitution,
            Book::RefundExceedsPayment { left: yuan },
            Book::EarmarkUnknown,
            Book::Contradiction,
        ];
        let pool = "320100".parse().expect("a pool");
        let wallet = standards::WalletId::new(uuid::Uuid::nil());
        let held = |stands| Refused::WalletHeld { wallet, place: pool, stands };
        let facts = [
            Refused::PersonUnknown,
            Refused::Deceased,
            Refused::InstitutionUnknown,
            Refused::InstitutionNotDesignated { day: time::macros::date!(2026 - 01 - 15) },
            Refused::NoWalletSupport,
            Refused::CategoryNotAllowed,
            Refused::LinesDoNotAddUp,
            Refused::WrongBook { kept_in: Some(pool) },
            Refused::NotYetEnrolledThen { pool },
            Refused::RegionNotOpen { pool, source: String::new() },
            Refused::BeneficiaryNotInsured,
            Refused::EnrolmentNotNormal,
            Refused::PlaceOfUseNotAllowed,
            Refused::WalletAlreadyOpen,
            held(Stands::Open),
            held(Stands::Unfinished),
            held(Stands::Elsewhere),
            Refused::SecondPersonRequired,
            Refused::OtherInstitution,
        ];
        let all = book.iter().map(book_refusal).chain(facts.iter().map(refused));
        for refusal in all {
            let name = format!("REASON_{}", refusal.reason);
            assert!(
                proto::common::Reason::from_str_name(&name).is_some(),
                "{name} is not in the closed list"
            );
            assert!(!refusal.message_en.is_empty() && !refusal.message_zh.is_empty(), "{name}");
        }
        for fact in facts {
            let burns = matches!(refused(&fact).code, Code::FailedPrecondition | Code::NotFound);
            assert_eq!(burns, fact.burns(), "{fact:?}");
        }
    }
}
