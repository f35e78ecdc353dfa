//! How codes and ids go through a text and back, which is how they are stored and sent; and codes for every
//! province there is and is not. What each code means is tested beside it.

use std::fmt::Debug;

use standards::{
    BookId, Pool, Province, TraceCode,
    area::AreaError,
    institution::{InstitutionCode, InstitutionError, InstitutionKind},
    mobile::PersonName,
    uscc::Uscc,
};

/// A value, its text, and the value again.
fn there_and_back<T>(text: &str)
where
    T: TryFrom<String> + Copy + PartialEq + Debug,
    T::Error: Debug,
    String: From<T>,
{
    let value = T::try_from(text.to_owned()).expect("a code that exists");
    assert_eq!(String::from(value), text);
    assert_eq!(T::try_from(String::from(value)).expect("its own text"), value);
}

#[test]
fn every_province_pool_and_book_is_stored_as_its_digits() {
    for province in Province::all() {
        there_and_back::<Province>(&format!("{:02}", province.code()));
        let book = BookId::first_of(province);
        assert_eq!((book.province(), String::from(book)), (province, format!("{:02}-01", province.code())));
        there_and_back::<BookId>(&String::from(book));
    }
    for pool in Pool::all() {
        there_and_back::<Pool>(&format!("{:06}", pool.code()));
        assert_eq!(u32::from(pool.province().code()), pool.code() / 10_000);
    }
}

#[test]
fn an_area_has_exactly_its_digits() {
    for text in ["0320100", "32010", "3201000", "+32010", "32010a", "３20100", " 320100"] {
        assert_eq!(text.parse::<Pool>(), Err(AreaError::Malformed), "{text:?}");
    }
    for text in ["032", "3", "+3", "3a", "３2", "00", "99"] {
        assert_eq!(text.parse::<Province>(), Err(AreaError::Malformed), "{text:?}");
    }
    assert_eq!("".parse::<Pool>(), Err(AreaError::Missing));
}

#[test]
fn codes_of_institutions_and_companies_are_stored_as_they_are_written() {
    there_and_back::<InstitutionCode>("H51010400123");
    there_and_back::<InstitutionCode>("P32050700001");
    there_and_back::<Uscc>("91350100M000100Y43");
    there_and_back::<TraceCode>("81234560000000000001");
}

#[test]
fn an_institution_lies_in_a_province_that_exists_whatever_its_two_digits_are() {
    for digits in 0_u8..100 {
        for (letter, kind) in [('H', InstitutionKind::Hospital), ('P', InstitutionKind::Pharmacy)] {
            let text = format!("{letter}{digits:02}010400123");
            let found = text.parse::<InstitutionCode>();
            match Province::from_code(digits) {
                Some(province) => {
                    let code = found.expect("the province exists");
                    assert_eq!(
                        (code.kind(), code.province(), code.as_str()),
                        (kind, province, text.as_str())
                    );
                    assert_eq!(code.region(), u32::from(digits) * 10_000 + 104);
                }
                None => assert_eq!(found, Err(InstitutionError::Province), "{text}"),
            }
        }
    }
}

#[test]
fn a_name_is_kept_whole_and_shown_masked() {
    for (name, masked) in [("张小芳", "张*芳"), ("李雷", "李*"), ("欧阳娜娜", "欧**娜"), ("王", "*")]
    {
        let name_of: PersonName = name.parse().expect("a name");
        assert_eq!((name_of.full(), name_of.masked().as_str()), (name, masked));
    }
}
