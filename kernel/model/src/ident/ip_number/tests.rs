//! Numbers of rights, as they are really written.

use super::*;

#[track_caller]
fn check(text: &str, canonical: &str, kind: IpType, granted: bool) {
    let read = IpNumber::read(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(read.number.as_str(), canonical, "{text}");
    assert_eq!(read.number.kind(), kind, "{text}");
    assert_eq!(read.granted, granted, "{text}");
    // The canonical spelling is read as itself.
    assert_eq!(canonical.parse::<IpNumber>().unwrap(), read.number);
}

#[track_caller]
fn wrong(text: &str, fault: IdentFault, says: &str) {
    let error = IpNumber::read(text).unwrap_err();
    assert_eq!(error.fault(), fault, "{text}: {error}");
    assert!(error.to_string().contains(says), "{error}");
    assert!(!error.why().zh.is_empty());
}

#[test]
fn applications() {
    for text in [
        "CN202111144021.7",
        "202111144021.7",
        "2021111440217",
        "cn 2021 1 1144021.7",
        "ＣＮ２０２１１１１４４０２１．７",
        "202111144021.70",
    ] {
        check(text, "CN202111144021.7", IpType::INVENTION, false);
    }
    for text in ["ZL202111144021.7", "ZL 2021 1 1144021.7", "zl2021111440217", "CNZL202111144021.7"]
    {
        check(text, "CN202111144021.7", IpType::INVENTION, true);
    }
    check("201310699744.2", "CN201310699744.2", IpType::INVENTION, false);
    check("ZL95115608.x", "CN95115608.X", IpType::INVENTION, true);
    check("95115608X", "CN95115608.X", IpType::INVENTION, false);
}

#[test]
fn what_spreadsheets_do() {
    let read = IpNumber::read("2.021111440217E+11").unwrap();
    assert_eq!((read.number.as_str(), read.repaired), ("CN202111144021.7", true));
    assert!(IpNumber::read("202111144021.70001").unwrap().repaired);
    assert!(!IpNumber::read("202111144021.7").unwrap().repaired);
    wrong("2.02111144021E+11", IdentFault::DigitsLost, "202111144021.7");
    wrong("2.02111E+11", IdentFault::DigitsLost, "6 of 12 digits");
    wrong("2.02111144E+12", IdentFault::DigitsLost, "9 of 13 digits");
    wrong("202111144021", IdentFault::Shape, "check digit is missing; that of 202111144021 is 7");
}

#[test]
fn other_rights() {
    check("CN 113871726 B", "CN113871726B", IpType::INVENTION, true);
    check("113871726A", "CN113871726A", IpType::INVENTION, false);
    check("CN214672738U", "CN214672738U", IpType::UTILITY, true);
    check("CN307000000S", "CN307000000S", IpType::DESIGN, true);
    check("CN1340998A", "CN1340998A", IpType::INVENTION, false);
    check("PCT/CN2021/123456", "PCT/CN2021/123456", IpType::INVENTION, false);
    check("US 10,112,233 B2", "US10112233B2", IpType::INVENTION, false);
    check("US2021/0123456A1", "US20210123456A1", IpType::INVENTION, false);
    check("2023sr0123456", "2023SR0123456", IpType::SOFTWARE, true);
    check("软著登字第0123456号", "软著登字第0123456号", IpType::SOFTWARE, true);
    check("plant:CNA20191001234", "plant:CNA20191001234", IpType::PLANT, false);
    wrong("CN213871726B", IdentFault::Shape, "begins with 1, not with 2");
    for text in [
        "",
        "ZL",
        "CN",
        "发明专利",
        "CNA20191001234",
        "1991SR012345",
        "202141144021.7",
        "190011144021.7",
        "other:abc",
        "invention:202111144021.8",
        "XX12345678A",
        "CN11387172B8B",
        "软著登字第号",
        "PCT/CN2021/1",
    ] {
        wrong(text, IdentFault::Shape, "");
    }
}

#[test]
fn every_corruption_of_one_digit_is_found() {
    for number in ["202111144021.7", "201310699744.2", "95115608.X"] {
        for at in (0..number.len()).filter(|at| number.as_bytes()[*at] != b'.') {
            for letter in b"0123456789X".iter().filter(|letter| **letter != number.as_bytes()[at]) {
                let mut bytes = number.as_bytes().to_vec();
                bytes[at] = *letter;
                let wrong = String::from_utf8(bytes).unwrap();
                assert!(wrong.parse::<IpNumber>().is_err(), "{wrong} passes");
            }
        }
    }
    wrong("ZL202111144021.8", IdentFault::CheckDigit, "its check digit is 8 and should be 7");
    wrong("95115608.1", IdentFault::CheckDigit, "its check digit is 1 and should be X");
}

#[test]
fn the_same_right_has_one_key() {
    let key = |text: &str| text.parse::<IpNumber>().unwrap().merge_key().to_owned();
    assert_eq!(key("ZL202111144021.7"), key("CN 2021111440217"));
    assert_eq!(key("CN113871726A"), key("CN113871726B"));
    assert_ne!(key("CN1340998A"), key("CN1340998C"));
    assert_ne!(key("CN113871726A"), key("CN213871726U"));
    assert_eq!(key("CN202111144021.7"), "CN202111144021.7");
}

#[test]
fn only_the_canonical_spelling_is_read_from_json() {
    let number: IpNumber = serde_json::from_str("\"CN202111144021.7\"").unwrap();
    assert_eq!(serde_json::to_string(&number).unwrap(), "\"CN202111144021.7\"");
    let error = serde_json::from_str::<IpNumber>("\"ZL202111144021.7\"").unwrap_err();
    assert!(error.to_string().contains("must be written CN202111144021.7"), "{error}");
}
