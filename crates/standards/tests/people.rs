//! Names and mobile numbers as people type them, and what may be shown of them.

use standards::{
    Mobile, PersonName,
    mobile::{MobileError, NameError},
};

#[test]
fn names_of_all_scripts_are_accepted_and_one_name_is_one_text() {
    for (typed, stored, masked) in [
        ("李娜", "李娜", "李*"),
        ("张桂芳", "张桂芳", "张*芳"),
        ("欧阳小明", "欧阳小明", "欧**明"),
        ("黄", "黄", "*"),
        ("〇某", "〇某", "〇*"),
        ("买买提·吐尔逊", "买买提·吐尔逊", "买*****逊"),
        ("买买提•吐尔逊", "买买提·吐尔逊", "买*****逊"),
        ("买买提・吐尔逊", "买买提·吐尔逊", "买*****逊"),
        ("买买提･吐尔逊", "买买提·吐尔逊", "买*****逊"),
        ("阿不都热合曼·阿不都拉·买买提", "阿不都热合曼·阿不都拉·买买提", "阿*************提"),
        ("𠮷野", "𠮷野", "𠮷*"),
        ("\u{e863}某某", "\u{e863}某某", "\u{e863}*某"),
        ("MARIA DA SILVA-COSTA", "MARIA DA SILVA-COSTA", "M******************A"),
        ("ＪＯＨＮ\u{3000}ＳＭＩＴＨ", "JOHN SMITH", "J********H"),
        ("J. R. SMITH JR.", "J. R. SMITH JR.", "J*************."),
        ("Seán O’Brien", "Seán O'Brien", "S**********n"),
        ("Nguye\u{302}\u{303}n", "Nguye\u{302}\u{303}n", "N******n"),
    ] {
        let name: PersonName = typed.parse().unwrap_or_else(|error| panic!("{typed:?}: {error}"));
        assert_eq!((name.full(), name.masked().as_str()), (stored, masked), "{typed:?}");
        assert_eq!(name.full().parse(), Ok(name.clone()), "a stored name is read back");
        assert!(!format!("{name:?}").contains(name.full()));
    }
}

#[test]
fn what_is_not_a_name_says_why() {
    let (long, longest) = ("李".repeat(65), "李".repeat(64));
    assert!(longest.parse::<PersonName>().is_ok());
    for (text, error) in [
        ("", NameError::Missing),
        (long.as_str(), NameError::TooLong),
        (" ", NameError::Malformed),
        (" 李娜", NameError::Malformed),
        ("李娜 ", NameError::Malformed),
        ("李娜\u{3000}", NameError::Malformed),
        ("·李娜", NameError::Malformed),
        ("买买提·", NameError::Malformed),
        ("买买提··吐尔逊", NameError::Malformed),
        ("JOHN  SMITH", NameError::Malformed),
        ("JOHN--SMITH", NameError::Malformed),
        ("-", NameError::Malformed),
        (".", NameError::Malformed),
        ("李\n娜", NameError::Sign),
        ("李\0娜", NameError::Sign),
        ("李\t娜", NameError::Sign),
        ("李\u{200b}娜", NameError::Sign),
        ("李\u{202e}娜", NameError::Sign),
        ("李\u{feff}娜", NameError::Sign),
        ("李*", NameError::Sign),
        ("张三3", NameError::Sign),
        ("13812345678", NameError::Sign),
        ("李娜(女)", NameError::Sign),
        ("李娜，", NameError::Sign),
        ("李娜\u{1f600}", NameError::Sign),
        ("<b>李娜</b>", NameError::Sign),
        ("李_娜", NameError::Sign),
        ("李娜;DROP TABLE person", NameError::Sign),
    ] {
        assert_eq!(text.parse::<PersonName>(), Err(error), "{text:?}");
    }
}

#[test]
fn mobile_numbers_of_the_mainland_are_accepted() {
    for (text, masked) in [
        ("13000000000", "130****0000"),
        ("14900000001", "149****0001"),
        ("16612345678", "166****5678"),
        ("19999999999", "199****9999"),
    ] {
        let mobile: Mobile = text.parse().unwrap();
        assert_eq!((mobile.number(), mobile.masked().as_str()), (text, masked));
        assert!(!format!("{mobile:?}").contains(text));
    }
}

#[test]
fn what_is_not_a_mobile_number_says_why() {
    assert_eq!("".parse::<Mobile>(), Err(MobileError::Missing));
    for text in [
        "1",
        "12812345678",
        "10012345678",
        "23812345678",
        "1381234567",
        "138123456789",
        "+8613812345678",
        "8613812345678",
        "138 1234 5678",
        "138-1234-5678",
        " 13812345678",
        "13812345678\n",
        "1381234567a",
        "1381234567\u{ff18}",
        "\u{ff11}3812345678",
        "１３８１２３４５６７８",
        "١٣٨١٢٣٤٥٦٧٨",
        "010-12345678",
    ] {
        assert_eq!(text.parse::<Mobile>(), Err(MobileError::Malformed), "{text:?}");
    }
}
