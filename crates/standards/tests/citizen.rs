//! 公民身份号码 as people type it: what is accepted, and for everything else what exactly is wrong.

use standards::{
    CitizenId, CitizenIdKind as Kind, Sex,
    citizen::CitizenIdError::{self, *},
};
use time::{Date, macros::date};

const TODAY: Date = date!(2026 - 01 - 15);

#[test]
fn r_050_good_numbers_are_accepted_as_they_are_typed() {
    let good = [
        // Published vectors.
        ("11010519491231002X", "11010519491231002X", date!(1949 - 12 - 31), Sex::Female),
        ("440524188001010014", "440524188001010014", date!(1880 - 01 - 01), Sex::Male),
        ("34052419800101001X", "34052419800101001X", date!(1980 - 01 - 01), Sex::Male),
        // A small x, full-width signs, blanks and hyphens.
        ("34052419800101001x", "34052419800101001X", date!(1980 - 01 - 01), Sex::Male),
        ("11010519491231002Ｘ", "11010519491231002X", date!(1949 - 12 - 31), Sex::Female),
        ("11010519491231002ｘ", "11010519491231002X", date!(1949 - 12 - 31), Sex::Female),
        ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X", date!(1949 - 12 - 31), Sex::Female),
        (" 110105 19491231 002X ", "11010519491231002X", date!(1949 - 12 - 31), Sex::Female),
        ("110105-19491231-002X", "11010519491231002X", date!(1949 - 12 - 31), Sex::Female),
        ("110105\u{3000}19491231\u{a0}002X", "11010519491231002X", date!(1949 - 12 - 31), Sex::Female),
        ("110105—19491231–002X", "11010519491231002X", date!(1949 - 12 - 31), Sex::Female),
        (
            "\u{feff}1101\u{2009}0519491231\u{2011}002X\u{200b}",
            "11010519491231002X",
            date!(1949 - 12 - 31),
            Sex::Female,
        ),
        ("110105－1949−1231‐002X", "11010519491231002X", date!(1949 - 12 - 31), Sex::Female),
        // Leap days, also of 2000; the day itself.
        ("110104197002280009", "110104197002280009", date!(1970 - 02 - 28), Sex::Female),
        ("54012120080229002X", "54012120080229002X", date!(2008 - 02 - 29), Sex::Female),
        ("130102200002290018", "130102200002290018", date!(2000 - 02 - 29), Sex::Male),
        ("50010320260115002X", "50010320260115002X", TODAY, Sex::Female),
        // Codes that were withdrawn: 崇文区, 卢湾区, 南汇县, 无锡市郊区, 余杭市, 莱芜市莱城区, 重庆市市中区 in Sichuan,
        // 万县市 in Sichuan, 恩施地区.
        ("110103196503180718", "110103196503180718", date!(1965 - 03 - 18), Sex::Male),
        ("310103198810120041", "310103198810120041", date!(1988 - 10 - 12), Sex::Female),
        ("310225197506060039", "310225197506060039", date!(1975 - 06 - 06), Sex::Male),
        ("320211196909090012", "320211196909090012", date!(1969 - 09 - 09), Sex::Male),
        ("330184199511110050", "330184199511110050", date!(1995 - 11 - 11), Sex::Male),
        ("371202198012130131", "371202198012130131", date!(1980 - 12 - 13), Sex::Male),
        ("510202196601010011", "510202196601010011", date!(1966 - 01 - 01), Sex::Male),
        ("512221197208200025", "512221197208200025", date!(1972 - 08 - 20), Sex::Female),
        ("42272519830404008X", "42272519830404008X", date!(1983 - 04 - 04), Sex::Female),
        // Counties under a province, and the code of a whole province.
        ("469005199205050068", "469005199205050068", date!(1992 - 05 - 05), Sex::Female),
        ("654001199912310039", "654001199912310039", date!(1999 - 12 - 31), Sex::Male),
        ("150000201006150012", "150000201006150012", date!(2010 - 06 - 15), Sex::Male),
    ];
    for (typed, number, birth_day, sex) in good {
        let id = CitizenId::parse(typed, TODAY).unwrap_or_else(|error| panic!("{typed:?}: {error}"));
        assert_eq!((id.number(), id.birth_day(), id.sex()), (number, birth_day, sex), "{typed:?}");
        assert_eq!(id.kind(), Kind::IdCard);
        let province: u8 = number[..2].parse().unwrap();
        assert_eq!(id.province().map(standards::Province::code), Some(province));
    }
}

#[test]
fn residence_permits_of_hong_kong_macao_and_taiwan_are_accepted() {
    for (number, kind) in [
        ("810000199408230021", Kind::PermitHongKong),
        ("82000019781105004X", Kind::PermitMacao),
        ("830000200012310171", Kind::PermitTaiwan),
    ] {
        let id = CitizenId::parse(number, TODAY).unwrap();
        assert_eq!((id.kind(), id.province()), (kind, None));
    }
}

/// Signs that no number has, and numbers of another length.
const SHAPE: &[(&str, CitizenIdError)] = &[
    ("", Missing),
    (" ", Missing),
    ("\u{3000}\u{200b}", Missing),
    ("---", Missing),
    ("abc", Characters),
    ("34052419800101001Y", Characters),
    ("X4052419800101001X", Characters),
    ("3405241980010100XX", Characters),
    ("34052419800101001*", Characters),
    ("34052419800101001\u{425}", Characters),
    ("34052419800101001\u{3a7}", Characters),
    ("34052419800101001×", Characters),
    ("34052419800101001Ⅹ", Characters),
    ("3405241980O101001X", Characters),
    ("34O524I980010l001X", Characters),
    ("三四〇五二四一九八〇〇一〇一〇〇一", Characters),
    ("٣٤٠٥٢٤١٩٨٠٠١٠١٠٠١٢", Characters),
    ("３４０５２４１９８０", Length),
    ("34052419800101001X\n", Characters),
    ("34052419800101001X\0", Characters),
    ("\t34052419800101001X", Characters),
    ("340524\u{202e}19800101001X", Characters),
    ("340524_19800101_001X", Characters),
    ("340524/19800101/001X", Characters),
    ("'34052419800101001X'", Characters),
    ("身份证34052419800101001X", Characters),
    ("𝟑𝟒𝟎𝟓𝟐𝟒𝟏𝟗𝟖𝟎𝟎𝟏𝟎𝟏𝟎𝟎𝟏𝟐", Characters),
    ("①①⓪①⓪⑤①⑨④⑨①②③①⓪⓪②X", Characters),
    ("340524800101001", FifteenDigits),
    ("340524-800101-001", FifteenDigits),
    ("３４０５２４８００１０１００１", FifteenDigits),
    ("34052480010100X", Length),
    ("1", Length),
    ("X", Length),
    ("3405241980010100", Length),
    ("34052419800101001", Length),
    ("34052419800101001XX", Length),
    ("3405241980010100111", Length),
    ("340524198001010011134052419800101001", Length),
];

/// Places that issue no numbers, days that are none, and check characters that do not fit.
const CONTENT: &[(&str, CitizenIdError)] = &[
    ("000000000000000000", Province),
    ("010524198001010019", Province),
    ("990524198001010019", Province),
    ("160101198001010019", Province),
    ("200101198001010019", Province),
    ("380101198001010019", Province),
    ("470101198001010019", Province),
    ("550101198001010019", Province),
    // 兵团 is a jurisdiction of the insurance and issues no id cards.
    ("660100199001010016", Province),
    ("840000199001010019", Province),
    ("911124198108030024", Province),
    ("710000199408230021", Permit),
    ("810100199408230021", Permit),
    ("820001199408230021", Permit),
    ("830000", Length),
    ("839900199408230021", Permit),
    ("340524198002300014", NoSuchDay),
    ("340524198013010014", NoSuchDay),
    ("340524198000010014", NoSuchDay),
    ("340524198001000014", NoSuchDay),
    ("340524198001320014", NoSuchDay),
    ("340524198004310014", NoSuchDay),
    ("340524198102290014", NoSuchDay),
    ("340524190002290014", NoSuchDay),
    ("34052420250229001X", NoSuchDay),
    ("340524999999990014", NoSuchDay),
    ("340524000000000014", NoSuchDay),
    ("340524187912310014", TooEarly),
    ("340524000101010014", TooEarly),
    ("340524108001010014", TooEarly),
    ("340524202601160014", InTheFuture),
    ("340524202701010014", InTheFuture),
    ("340524999912310014", InTheFuture),
    ("340524198001010010", Checksum),
    ("340524198001010011", Checksum),
    ("340524198001010012", Checksum),
    ("340524198001010019", Checksum),
    ("110105194912310021", Checksum),
    ("11010519491231003X", Checksum),
    ("11010519491231020X", Checksum),
    ("81000019940823002X", Checksum),
    ("820000197811050041", Checksum),
    ("830000200012310170", Checksum),
    ("320211196909090021", Checksum),
    ("１１０１０５１９４９１２３１００２１", Checksum),
];

#[test]
fn r_050_every_other_text_says_exactly_what_is_wrong_with_it() {
    assert!(SHAPE.len() + CONTENT.len() >= 50);
    for (typed, error) in SHAPE.iter().chain(CONTENT) {
        assert_eq!(CitizenId::parse(typed, TODAY), Err(*error), "{typed:?}");
    }
}

#[test]
fn every_problem_is_said_in_both_languages_and_no_number_in_either() {
    let mut problems: Vec<CitizenIdError> = SHAPE.iter().chain(CONTENT).map(|(_, error)| *error).collect();
    problems.sort_by_key(|error| error.zh());
    problems.dedup();
    assert_eq!(problems.len(), 10, "each problem stands in the table");
    for problem in problems {
        assert!(!problem.to_string().is_empty() && problem.zh().chars().any(|sign| sign > '\u{4e00}'));
    }
    assert!(FifteenDigits.to_string().contains("18 characters") && FifteenDigits.zh().contains("18位"));
}

#[test]
fn nobody_is_born_after_the_day_on_which_the_number_is_given() {
    let child = CitizenId::compose(320_102, TODAY, 21).unwrap();
    assert_eq!(CitizenId::parse(child.number(), TODAY), Ok(child.clone()));
    assert_eq!(CitizenId::parse(child.number(), date!(2026 - 01 - 14)), Err(InTheFuture));
}

#[test]
fn exactly_one_of_the_eleven_last_characters_fits() {
    for number in ["11010519491231002", "81000019940823002", "54012120080229002"] {
        let fitting = "0123456789X"
            .chars()
            .filter(|last| CitizenId::parse(&format!("{number}{last}"), TODAY).is_ok())
            .count();
        assert_eq!(fitting, 1, "{number}");
    }
}
