//! The parameters that a rule file may set: name, kind of value, and which of two values is the stricter.
//!
//! A new parameter is one line in the table below; a name that is not in it is an error in a rule file.

use std::{
    cmp::{max, min},
    collections::BTreeSet,
    fmt,
};

use money::Yuan;
use time::Time;

use crate::words::{Cardinality, PlaceScope, Relation, Territory};

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// An amount in yuan: `2000.00`.
    Amount(Yuan),
    /// A whole number.
    Count(u32),
    /// A civil clock time: `06:00`.
    Clock(Time),
    /// Yes or no.
    Flag(bool),
    /// One word of a closed list.
    Word(&'static str),
    /// Some words of a closed list.
    Words(BTreeSet<&'static str>),
}

/// What kind of value a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Amount,
    Count,
    Clock,
    Flag,
    /// One of these, the strictest first.
    Word(&'static [&'static str]),
    /// Any of these.
    Words(&'static [&'static str]),
}

/// Which of two values forbids more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stricter {
    Lower,
    Higher,
    Common,
    No,
    Yes,
}

macro_rules! parameters {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $kind:expr, $stricter:ident;)*) => {
        /// A parameter of the rules.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Parameter {
            $($(#[$doc])* $variant,)*
        }

        impl Parameter {
            /// Every parameter, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable name, as in rule files and verdicts.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            pub(crate) fn kind(self) -> Kind {
                match self {
                    $(Self::$variant => $kind,)*
                }
            }

            fn stricter(self) -> Stricter {
                match self {
                    $(Self::$variant => Stricter::$stricter,)*
                }
            }
        }
    };
}

parameters! {
    /// R-040…R-042: what the beneficiary may be to the sharer.
    RelationScope = "relation_scope", Kind::Words(Relation::NAMES), Common;
    /// how far apart the two may be insured.
    TerritorialScope = "territorial_scope", Kind::Word(Territory::NAMES), Lower;
    /// how many bonds a person may hold.
    BondCardinality = "bond_cardinality", Kind::Word(Cardinality::NAMES), Lower;
    /// how many family members may be bound to one sharer.
    MaxMembers = "max_members", Kind::Count, Lower;
    /// whether the sharer counts among them.
    CapIncludesSelf = "cap_includes_self", Kind::Flag, Yes;
    /// whether the sharer must accept the commitment text.
    CommitmentRequired = "commitment_required", Kind::Flag, Yes;
    /// whether both need an open wallet.
    BothWalletsOpen = "both_wallets_open", Kind::Flag, Yes;
    /// where a wallet may be kept.
    PlaceOfUseScope = "place_of_use_scope", Kind::Word(PlaceScope::NAMES), Lower;
    /// the largest amount of one transfer.
    SingleLimit = "single_limit", Kind::Amount, Lower;
    /// how many transfers a wallet may send on one civil day.
    DailyCount = "daily_count", Kind::Count, Lower;
    /// the civil clock time from which transfers are accepted.
    WindowOpen = "window_open", Kind::Clock, Higher;
    /// the civil clock time from which they no longer are.
    WindowClose = "window_close", Kind::Clock, Lower;
    /// how many unclaimed transfers a pair may have at a time.
    UnclaimedPerPair = "unclaimed_per_pair", Kind::Count, Lower;
    /// on the next civil day, until when a transfer may be claimed.
    ClaimUntil = "claim_until", Kind::Clock, Lower;
    /// on the next civil day, by when an unclaimed transfer is back.
    ReturnBy = "return_by", Kind::Clock, Lower;
    /// Whether the sharer may take back an unclaimed transfer.
    SharerMayCancel = "sharer_may_cancel", Kind::Flag, No;
    /// what must be in the sharer's account for sharing to work at all.
    MinSourceBalance = "min_source_balance", Kind::Amount, Higher;
    /// within how many days changed contact data must be reported.
    ContactUpdateDays = "contact_update_days", Kind::Count, Lower;
    /// How old followed facts may be for a decision, in seconds.
    MaxStalenessSeconds = "max_staleness_seconds", Kind::Count, Lower;
}

impl Parameter {
    /// The parameter with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|parameter| parameter.name() == name)
    }

    /// The value that forbids more; of two value sets, what both allow.
    ///
    /// Values of different kinds never meet: a rule file with the wrong kind does not parse. The first is
    /// returned for them.
    pub fn strictest(self, a: Value, b: Value) -> Value {
        let rank = |value: &Value| match (self.kind(), value) {
            (Kind::Word(order), Value::Word(word)) => order.iter().position(|known| known == word),
            _ => None,
        };
        match (self.stricter(), a, b) {
            (Stricter::Lower, Value::Amount(a), Value::Amount(b)) => Value::Amount(min(a, b)),
            (Stricter::Higher, Value::Amount(a), Value::Amount(b)) => Value::Amount(max(a, b)),
            (Stricter::Lower, Value::Count(a), Value::Count(b)) => Value::Count(min(a, b)),
            (Stricter::Higher, Value::Count(a), Value::Count(b)) => Value::Count(max(a, b)),
            (Stricter::Lower, Value::Clock(a), Value::Clock(b)) => Value::Clock(min(a, b)),
            (Stricter::Higher, Value::Clock(a), Value::Clock(b)) => Value::Clock(max(a, b)),
            (Stricter::No, Value::Flag(a), Value::Flag(b)) => Value::Flag(a && b),
            (Stricter::Yes, Value::Flag(a), Value::Flag(b)) => Value::Flag(a || b),
            (Stricter::Common, Value::Words(a), Value::Words(b)) => {
                Value::Words(a.intersection(&b).copied().collect())
            }
            (Stricter::Lower, a @ Value::Word(_), b @ Value::Word(_)) => {
                if rank(&b) < rank(&a) {
                    b
                } else {
                    a
                }
            }
            (_, a, _) => a,
        }
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Value {
    /// As in a rule file: `2000.00`, `3`, `06:00`, `false`, `NATIONAL`, `CHILD,PARENT,SPOUSE`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Amount(amount) => amount.fmt(f),
            Self::Count(count) => count.fmt(f),
            Self::Clock(clock) => f.write_str(&clock_text(*clock)),
            Self::Flag(flag) => flag.fmt(f),
            Self::Word(word) => f.write_str(word),
            Self::Words(words) => f.write_str(&words.iter().copied().collect::<Vec<_>>().join(",")),
        }
    }
}

/// `06:00`, or with seconds where there are some: `05:59:59`.
pub(crate) fn clock_text(clock: Time) -> String {
    let (hour, minute, second) = clock.as_hms();
    if second == 0 { format!("{hour:02}:{minute:02}") } else { format!("{hour:02}:{minute:02}:{second:02}") }
}
