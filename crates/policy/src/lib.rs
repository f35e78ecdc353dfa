//! The rules of sharing as dated data, and decisions that explain themselves.
//!
//! [`Rules`] is parsed from TOML files: versions of a programme's parameters per region with source and
//! confidence, and where a programme is open. [`Rules::resolve`] finds what holds for a pooling area at a
//! [`When`]; each `decide_…` judges facts and returns every rule with its verdict.
//!
//! Nothing here reads a clock, a file or a database, and nothing here holds a lock: the caller brings the
//! facts and enforces limits where it counts them.

mod account;
mod allocation;
mod availability;
mod bond;
mod catalogue;
mod code_proxy;
mod decision;
mod difference;
mod ending;
mod facts;
mod file;
mod judge;
mod parameter;
mod place;
mod premium;
mod quote;
mod reason;
mod region;
mod resolve;
mod rules;
mod standing;
mod transfer;
mod usage;
mod when;
mod words;

/// How days are written in stored values: `YYYY-MM-DD`.
pub(crate) mod stored;

pub use crate::{
    account::{AccountLimits, account_limits, annual_ratio},
    allocation::decide_allocation,
    availability::Availability,
    bond::decide_bond,
    catalogue::{PolicyLine, PolicyTable},
    code_proxy::decide_code_proxy,
    decision::{Decision, Ruling, Verdict},
    difference::{PolicyChange, PolicyDifference},
    ending::{BondConsequences, BondEvent, Ending, bond_consequences, decide_unbind, ending, endings},
    facts::{
        AccountFacts, AllocationFacts, Benefit, BondContext, BondCounts, BondFacts, BondStanding,
        CodeProxyFacts, Enrolment, Filing, MonthSoFar, PaymentFacts, PersonFacts, PersonStanding, PlaceFacts,
        PremiumFacts, Presented, RemoteCare, TransferContext, TransferFacts, UnbindFacts, UseFacts,
    },
    file::{RuleErrors, RuleFileError},
    parameter::{Parameter, Value},
    place::{decide_place_change, decide_place_of_use, reaches},
    premium::{PremiumQuote, decide_premium, quote_premium},
    quote::{TransferDeadlines, largest_amount_now, next_window_time, transfer_deadlines},
    reason::{Reason, Texts},
    region::Region,
    resolve::{Resolved, strictest},
    rules::{Origin, Rules, Setting, Version, built_in::overlaid},
    standing::{ContactState, contact_state},
    transfer::decide_transfer,
    usage::{decide_payment, decide_presented, decide_use, refuse_payment},
    when::When,
    words::{
        BenefitKind, BondStage, Cardinality, Category, Confidence, Consequence, EnrolmentStatus,
        FundingSource, LifeEvent, PlaceScope, PremiumScheme, Programme, QuotaBasis, RefundTarget, Relation,
        RemoteScope, Scheme, SharerOrder, Side, SwitchState, Territory, Topic, TraceDuty, TraceRegistryDown,
        VerdictResult, WalletState,
    },
};
