//! How the parse errors of `money` and `standards` are said to a caller. A sentence never repeats the value.

use money::AmountError;
use standards::{
    area::AreaError,
    citizen::CitizenIdError,
    document::{NoSuchDocument, ReferenceError},
    id::IdError,
    institution::InstitutionError,
    mobile::{MobileError, NameError},
    psn::PsnError,
    trace::TraceError,
    uscc::UsccError,
};

/// A parse error that can be said to a caller.
pub trait Said {
    /// UPPER_SNAKE_CASE.
    fn reason(&self) -> &'static str;
    /// One English sentence.
    fn english(&self) -> String;
    /// One Chinese sentence.
    fn chinese(&self) -> &'static str;
}

macro_rules! said {
    ($($error:ident { $($variant:ident => $reason:literal),* $(,)? })*) => {$(
        impl Said for $error {
            fn reason(&self) -> &'static str {
                match self {
                    $(Self::$variant => $reason,)*
                }
            }

            fn english(&self) -> String {
                self.to_string()
            }

            fn chinese(&self) -> &'static str {
                self.zh()
            }
        }
    )*};
}

said! {
    IdError { Missing => "MISSING", Malformed => "MALFORMED" }
    AmountError { Missing => "MISSING", Malformed => "MALFORMED", Zero => "ZERO" }
    AreaError {
        Missing => "MISSING",
        Malformed => "MALFORMED",
        PolicyRegion => "POLICY_REGION",
        Unknown => "UNKNOWN_VALUE",
    }
    CitizenIdError {
        Missing => "MISSING",
        Characters => "MALFORMED",
        FifteenDigits => "FIFTEEN_DIGITS",
        Length => "MALFORMED",
        Province => "UNKNOWN_PLACE",
        Permit => "UNKNOWN_PLACE",
        NoSuchDay => "BAD_BIRTH_DAY",
        TooEarly => "BAD_BIRTH_DAY",
        InTheFuture => "BAD_BIRTH_DAY",
        Checksum => "BAD_CHECKSUM",
    }
    InstitutionError { Missing => "MISSING", Malformed => "MALFORMED", Province => "UNKNOWN_VALUE" }
    MobileError { Missing => "MISSING", Malformed => "MALFORMED" }
    NameError { Missing => "MISSING", TooLong => "TOO_LONG", Malformed => "MALFORMED", Sign => "MALFORMED" }
    PsnError { Missing => "MISSING", TooLong => "TOO_LONG", Malformed => "MALFORMED" }
    ReferenceError {
        Missing => "MISSING",
        TooLong => "TOO_LONG",
        Malformed => "MALFORMED",
        IdNumber => "ID_NUMBER",
    }
    TraceError { Missing => "MISSING", Length => "MALFORMED", Malformed => "MALFORMED" }
    UsccError { Missing => "MISSING", Malformed => "MALFORMED", Checksum => "BAD_CHECKSUM" }
}

impl Said for NoSuchDocument {
    fn reason(&self) -> &'static str {
        "UNKNOWN_VALUE"
    }

    fn english(&self) -> String {
        self.to_string()
    }

    fn chinese(&self) -> &'static str {
        self.zh()
    }
}
