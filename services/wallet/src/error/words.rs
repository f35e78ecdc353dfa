//! The words for each refusal. Reasons are those of the contract; the rule is named where the insurance has one.

use border::verdict;
use chassis::status::Refusal;
use ledger::Refusal as Book;
use money::Yuan;
use standards::{PaymentId, Pool, WalletId, civil};
use time::Date;
use tonic::Code;

use crate::outcome::{Refused, Stands};

/// What the book refuses.
pub(crate) fn book_refusal(refusal: &Book) -> Refusal {
    match refusal {
        Book::WalletAlreadyOpen => wallet_already_open(),
        Book::WalletUnknown => {
            Refusal::not_found("WALLET_UNKNOWN", "no wallet has this id", "没有此编号的医保钱包")
                .what_to_do("check the wallet id", "请核对医保钱包编号")
        }
        Book::WalletNotOpen => state("WALLET_NOT_OPEN", "the person has no wallet here", "尚未开通医保钱包")
            .rule("R-091")
            .side("BENEFICIARY")
            .what_to_do("open a wallet first", "请先开通医保钱包"),
        Book::WalletFrozen => state("WALLET_FROZEN", "the wallet is frozen", "医保钱包已冻结")
            .what_to_do("have it unfrozen, or pay without shared quota", "请先办理解冻,或不使用共济额度支付"),
        Book::WrongBook => refused(&Refused::WrongBook { kept_in: None }),
        Book::BalanceZero => state("BALANCE_ZERO", "the personal account is empty", "个人账户余额为零")
            .rule("R-071")
            .side("SHARER")
            .what_to_do("wait for the next contribution", "请在个人账户有余额后再办理"),
        Book::InsufficientBalance { available } => insufficient(*available),
        Book::BalanceBelowMinimum { minimum, left } => below_minimum(*minimum, *left),
        Book::AnnualQuotaExceeded { limit, used } => year_exceeded(*limit, *used),
        Book::TooManyLots => {
            state("LOT_LIMIT_REACHED", "the wallet holds 256 unspent lots", "待用额度笔数已达上限")
                .side("BENEFICIARY")
                .bound("256", "256")
                .what_to_do("spend or return some of them first", "请先使用或退回部分额度")
        }
        Book::TransferNotPending => state(
            "TRANSFER_NOT_PENDING",
            "the transfer is no longer waiting for its claim",
            "转账不在待接收状态",
        ),
        Book::RequestIdReused => Refusal::request_id_reused(),
        Book::UndoneBefore => {
            state("UNDONE_BEFORE", "this payment was reversed before it came", "该结算已先行冲正")
                .what_to_do("pay again under a new payment id", "请使用新的结算编号重新结算")
        }
        Book::OutsidePlaceOfUse => outside(),
        Book::AmountsDoNotAddUp => {
            add_up("total is not fund + institution + personal, or eligible exceeds personal")
        }
        Book::SplitChanged { cash, max_cash } => split_changed(*cash, *max_cash),
        Book::SerialReused { payment } => serial_reused(*payment),
        Book::PaymentUnknown => {
            Refusal::not_found("PAYMENT_UNKNOWN", "no payment has this id here", "没有此编号的结算")
                .what_to_do("check the payment id", "请核对结算编号")
        }
        Book::OtherInstitution => refused(&Refused::OtherInstitution),
        Book::RefundExceedsPayment { left } => refund_exceeds(*left),
        Book::EarmarkUnknown => disagrees("quota was spent for which this book knows no earmark"),
        Book::Contradiction => disagrees("the report contradicts what this book knows"),
    }
}

/// What the facts around the book refuse.
pub(crate) fn refused(refused: &Refused) -> Refusal {
    match refused {
        Refused::PersonUnknown => {
            Refusal::not_found("PERSON_UNKNOWN", "no person has this id", "没有此编号的人员")
                .what_to_do("check the person id; register the person first", "请核对人员编号,或先办理登记")
        }
        Refused::Deceased => state("DECEASED", "the person has died", "人员已故"),
        Refused::InstitutionUnknown => Refusal::not_found(
            "INSTITUTION_UNKNOWN",
            "no institution has this code",
            "没有此编码的定点医药机构",
        )
        .rule("R-096")
        .side("TREATMENT_PLACE")
        .what_to_do("check the institution code", "请核对定点医药机构编码"),
        Refused::InstitutionNotDesignated { day } => not_designated(*day),
        Refused::NoWalletSupport => {
            state("NO_WALLET_SUPPORT", "the institution does not take the wallet", "该机构暂不支持医保钱包")
                .rule("R-096")
                .side("TREATMENT_PLACE")
                .what_to_do("pay without shared quota", "请不使用共济额度支付")
        }
        Refused::CategoryNotAllowed => {
            state("CATEGORY_NOT_ALLOWED", "premiums are not paid by this call", "该费用类别不能通过结算支付")
                .rule("R-114")
        }
        Refused::LinesDoNotAddUp => add_up("the amounts of the lines do not make the total"),
        Refused::WrongBook { kept_in } => wrong_book(*kept_in),
        Refused::NotYetEnrolledThen { pool } => not_yet_enrolled(*pool),
        Refused::RegionNotOpen { pool, source } => {
            state("REGION_NOT_OPEN", "the wallet has not been opened in that area", "当地尚未开通医保钱包")
                .rule("R-006")
                .side("BENEFICIARY")
                .bound("", pool.to_string())
                .policy("", source.as_str())
        }
        Refused::BeneficiaryNotInsured => {
            state("BENEFICIARY_NOT_INSURED", "the person is not insured", "该人员未参保")
                .rule("R-021")
                .side("BENEFICIARY")
        }
        Refused::EnrolmentNotNormal => {
            state("ENROLMENT_NOT_NORMAL", "no enrolment of the person is in normal state", "参保状态不正常")
                .rule("R-023")
                .side("BENEFICIARY")
                .what_to_do("settle the enrolment with its agency first", "请先向参保地经办机构办理")
        }
        Refused::PlaceOfUseNotAllowed => state(
            "PLACE_OF_USE_NOT_ALLOWED",
            "no enrolment of the person lies in the province of that place of use",
            "使用地不在参保省份内",
        )
        .rule("R-092")
        .what_to_do("choose a place of use in a province of an enrolment", "请选择参保省份内的使用地"),
        Refused::WalletAlreadyOpen => wallet_already_open(),
        Refused::WalletHeld { wallet, place, stands } => wallet_held(*wallet, *place, *stands),
        Refused::SecondPersonRequired => second_person(),
        Refused::OtherInstitution => other_institution(),
        Refused::Rules(failed) => match failed.first() {
            Some(first) if refused.burns() => verdict::refusal(first, failed.iter()),
            Some(first) => verdict::denied(first),
            None => Refusal::internal(),
        },
    }
}

fn second_person() -> Refusal {
    Refusal::denied(
        "SECOND_PERSON_REQUIRED",
        "whoever froze the wallet may not unfreeze it",
        "解冻须由冻结人以外的人员办理",
    )
    .what_to_do("have another person unfreeze it", "请由另一人员复核办理")
}

fn other_institution() -> Refusal {
    Refusal::denied(
        "OUT_OF_SCOPE",
        "the payment belongs to another institution or serial",
        "该结算属于其他机构或其他流水号",
    )
    .what_to_do("use the institution and serial of the payment", "请使用原结算的机构编码与流水号")
}

fn below_minimum(minimum: Yuan, left: Yuan) -> Refusal {
    state(
        "BALANCE_BELOW_MINIMUM",
        "less than the minimum would be left in the personal account",
        "划拨后个人账户余额将低于最低留存额",
    )
    .rule("R-072")
    .side("SHARER")
    .bound(minimum.to_string(), left.to_string())
    .what_to_do("transfer less", "请减少金额")
}

fn year_exceeded(limit: Yuan, used: Yuan) -> Refusal {
    state("ANNUAL_QUOTA_EXCEEDED", "more than the year's limit would be shared", "超过年度共济额度")
        .rule("R-075")
        .side("SHARER")
        .bound(limit.to_string(), used.to_string())
        .what_to_do("transfer less, or wait for the next year", "请减少金额,或下一年度再办理")
}

fn insufficient(available: Yuan) -> Refusal {
    state("INSUFFICIENT_BALANCE", "the personal account does not hold enough", "个人账户余额不足")
        .rule("R-070")
        .side("SHARER")
        .bound(available.to_string(), "")
        .what_to_do("transfer less", "请减少金额")
}

fn outside() -> Refusal {
    state(
        "OUTSIDE_PLACE_OF_USE",
        "the institution lies outside the province where the wallet is kept",
        "该机构不在医保钱包使用地所在省份",
    )
    .side("TREATMENT_PLACE")
    .what_to_do("change the place of use, or pay without the wallet", "请变更使用地,或不使用医保钱包支付")
}

fn split_changed(cash: Yuan, max_cash: Yuan) -> Refusal {
    state("SPLIT_CHANGED", "more cash would be needed than was agreed", "需支付的现金超过已告知的金额")
        .bound(max_cash.to_string(), cash.to_string())
        .what_to_do(
            "tell the patient the new sum and use a new payment id",
            "请重新告知金额并使用新的结算编号",
        )
}

fn serial_reused(payment: PaymentId) -> Refusal {
    state(
        "SERIAL_REUSED",
        "the institution's serial names another payment that was not reversed",
        "该机构流水号已用于另一笔未冲正的结算",
    )
    .bound("", payment.to_string())
    .what_to_do(
        "repeat the payment under its own payment id, or reverse that payment first and use a new id",
        "请使用原结算编号重发,或先冲正原结算后使用新的结算编号",
    )
}

fn refund_exceeds(left: Yuan) -> Refusal {
    state("REFUND_EXCEEDS_PAYMENT", "more would be refunded than is left of the payment", "退费超过可退金额")
        .bound(left.to_string(), "")
        .what_to_do("refund no more than what is left", "请在可退金额内退费")
}

fn not_designated(day: Date) -> Refusal {
    state(
        "INSTITUTION_NOT_DESIGNATED",
        "the institution was not designated on the day of service, or is suspended",
        "该机构当日非定点或已暂停结算",
    )
    .rule("R-096")
    .side("TREATMENT_PLACE")
    .bound("", civil::day_text(day))
}

fn wrong_book(kept_in: Option<Pool>) -> Refusal {
    state(
        "WRONG_BOOK",
        "the person or pooling area is kept in another province",
        "该人员或统筹区由其他省份的账簿管理",
    )
    .bound("", kept_in.map(|pool| pool.to_string()).unwrap_or_default())
    .what_to_do("call the wallet service of that province", "请向所属省份的服务办理")
}

fn not_yet_enrolled(pool: Pool) -> Refusal {
    state(
        "NOT_YET_ENROLLED_THEN",
        "the person had no personal account in that pooling area in that month",
        "该月份该人员在该统筹区没有个人账户",
    )
    .bound("", pool.to_string())
    .what_to_do(
        "record the enrolment first, or correct month and pooling area",
        "请先登记参保关系,或核对月份与统筹区",
    )
}

fn state(reason: &str, english: &str, chinese: &str) -> Refusal {
    Refusal::state(reason, english, chinese)
}

fn wallet_already_open() -> Refusal {
    state("WALLET_ALREADY_OPEN", "the person already has a wallet", "该人员已有医保钱包")
        .rule("R-090")
        .bound("1", "1")
        .what_to_do("use that wallet; its place of use can be changed", "请使用已有医保钱包,可变更使用地")
}

fn wallet_held(wallet: WalletId, place: Pool, stands: Stands) -> Refusal {
    let already = wallet_already_open().bound("1", wallet.to_string());
    match stands {
        Stands::Open => already,
        Stands::Unfinished => state(
            "WALLET_ALREADY_OPEN",
            "a wallet of the person has its place of use here, but its opening was interrupted",
            "该人员已登记使用地,但医保钱包开通未完成",
        )
        .rule("R-090")
        .bound("1", wallet.to_string())
        .what_to_do(
            format!(
                "open again under exactly the wallet id {wallet} with the place of use {place} to complete it"
            ),
            format!("请使用医保钱包编号{wallet}及使用地{place}重新提交开通,以完成办理"),
        ),
        Stands::Elsewhere => already.what_to_do(
            format!(
                "use that wallet; if it was never completed, open it at its place of use {place} under that id"
            ),
            format!("请使用已有医保钱包;如尚未完成开通,请以该编号在使用地{place}办理"),
        ),
    }
}

fn add_up(english: &str) -> Refusal {
    state("AMOUNTS_DO_NOT_ADD_UP", english, "金额勾稽不符")
        .rule("R-110")
        .bound(Yuan::ZERO.to_string(), "")
        .what_to_do("correct the amounts and use a new id", "请更正金额后使用新的编号")
}

fn disagrees(english: &str) -> Refusal {
    Refusal::new(Code::FailedPrecondition, "BOOK_DISAGREES", english, "账簿事实不符")
        .what_to_do("a person must compare the books", "须人工核对账簿")
}
