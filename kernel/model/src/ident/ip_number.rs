//! Numbers of intellectual property rights.

use std::str::FromStr;

use super::{IdentError, IdentFault, identifier, ip_application, squeeze};
use crate::{IpType, Text};

const WHAT: &str = "patent number";

/// Offices whose publication numbers are read besides China's (WIPO ST.3).
const OFFICES: [&str; 17] = [
    "US", "EP", "WO", "JP", "KR", "DE", "GB", "FR", "AU", "CA", "TW", "HK", "MO", "RU", "IN", "SG",
    "EA",
];

/// A number of an intellectual property right, in one spelling for each number:
///
/// | what | canonical | checked |
/// |---|---|---|
/// | Chinese patent application since 2003 | `CN202111144021.7` | year, kind, check digit |
/// | Chinese patent application before | `CN95115608.X` | year, kind, check digit |
/// | Chinese patent publication | `CN113871726B` | first digit against the letter |
/// | international application | `PCT/CN2021/123456` | form |
/// | foreign publication | `US10112233B2` | office and form |
/// | software copyright | `2023SR0123456` | year and form |
/// | its certificate | `软著登字第0123456号` | form |
/// | every other kind | `plant:CNA20191001234` | 4–64 of ASCII and Chinese, a digit among them |
///
/// Numbers of the last row are opaque, and are read only with their kind before a colon
/// (`ic_layout`, `plant`, `secret`, `other`), so that a mistyped patent number never passes as
/// something else. `ZL` says that a patent was granted, which is no part of its number: `ZL` and `CN`
/// give the same number, and [`IpNumber::read`] says which it was.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IpNumber(String);

identifier!(IpNumber);

/// A number as it was read from a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IpReading {
    /// The number.
    pub number: IpNumber,
    /// True if the text says that the right was granted: by `ZL`, or by the number itself.
    pub granted: bool,
    /// True if a spreadsheet had made a quantity of the number, and no digit was lost.
    pub repaired: bool,
}

impl IpNumber {
    /// Reads a number, and what its spelling says besides.
    ///
    /// # Errors
    /// [`IdentError`], which names the right check digit where only that is wrong.
    pub fn read(text: &str) -> Result<IpReading, IdentError> {
        let squeezed = squeeze(WHAT, text)?.replace(['×', 'Х'], "X").replace(['。', '·'], ".");
        if let Some((kind, rest)) = squeezed.split_once(':') {
            return match kind {
                "IC_LAYOUT" => Self::opaque(IpType::IC_LAYOUT, rest),
                "PLANT" => Self::opaque(IpType::PLANT, rest),
                "SECRET" => Self::opaque(IpType::SECRET, rest),
                "OTHER" => Self::opaque(IpType::OTHER, rest),
                _ => Err(no_number(text)),
            }
            .map(|number| IpReading { number, granted: false, repaired: false });
        }
        let (rest, zl) = strip_prefixes(&squeezed);
        if let Some(read) = ip_application::read(rest, text) {
            let (number, repaired) = read?;
            return Ok(IpReading { number: Self(format!("CN{number}")), granted: zl, repaired });
        }
        let number = publication(rest, text)
            .or_else(|| (rest == squeezed).then(|| international(rest)).flatten().map(Ok))
            .or_else(|| (rest == squeezed).then(|| software(rest)).flatten().map(Ok))
            .unwrap_or_else(|| Err(no_number(text)))?;
        let number = Self(number);
        Ok(IpReading { granted: zl || number.granted(), number, repaired: false })
    }

    /// An opaque number of a kind that has no form of its own (everything but patents and software).
    ///
    /// # Errors
    /// [`IdentError`] if the kind has a form of its own, or the text is shorter than 4 or longer
    /// than 64 characters or has no digit.
    pub fn opaque(kind: IpType, text: &str) -> Result<Self, IdentError> {
        let squeezed = squeeze(WHAT, text)?;
        let is_opaque =
            [IpType::IC_LAYOUT, IpType::PLANT, IpType::SECRET, IpType::OTHER].contains(&kind);
        let chars = squeezed.chars().count();
        let is_plain = |letter: char| letter.is_ascii_graphic() || ('一'..='鿿').contains(&letter);
        if is_opaque
            && (4..=64).contains(&chars)
            && squeezed.chars().all(is_plain)
            && squeezed.chars().any(|letter| letter.is_ascii_digit())
        {
            return Ok(Self(format!("{kind}:{squeezed}")));
        }
        let en = "want 4 to 64 characters with a digit among them, of a kind other than patent and software";
        Err(IdentError::shape(WHAT, text, "应为4至64个字符并含有数字，且不是专利或软件著作权", en))
    }

    /// The kind of the right, which follows from its number.
    #[must_use]
    pub fn kind(&self) -> IpType {
        let text = self.0.as_str();
        if let Some((kind, _)) = text.split_once(':') {
            return kind.parse().unwrap_or(IpType::OTHER);
        }
        if text.starts_with("PCT/") {
            return IpType::INVENTION;
        }
        if text.starts_with("软著") || text.as_bytes()[0].is_ascii_digit() {
            return IpType::SOFTWARE;
        }
        if text.starts_with("CN") && text.contains('.') {
            let digits = &text[2..text.len() - 2];
            return match digits.as_bytes()[if digits.len() == 12 { 4 } else { 2 }] {
                b'1' | b'8' => IpType::INVENTION,
                b'2' | b'9' => IpType::UTILITY,
                _ => IpType::DESIGN,
            };
        }
        match text.trim_end_matches(|letter: char| letter.is_ascii_digit()).chars().next_back() {
            Some('A' | 'B' | 'C') => IpType::INVENTION,
            Some('U' | 'Y' | 'Z') => IpType::UTILITY,
            Some('S' | 'D') => IpType::DESIGN,
            _ => IpType::OTHER,
        }
    }

    /// Says whether the number is one that only a granted right has: the publication of a Chinese
    /// grant (B, C, U, Y, S, D), the registration of a software copyright.
    #[must_use]
    pub fn granted(&self) -> bool {
        let text = self.0.as_str();
        match self.kind() {
            kind if kind == IpType::SOFTWARE => true,
            _ if !text.starts_with("CN") || text.contains('.') => false,
            _ => !text.trim_end_matches(|letter: char| letter.is_ascii_digit()).ends_with('A'),
        }
    }

    /// The key under which the same right is found, however it was published: the number, and for a
    /// Chinese publication of nine digits without the letter, because application (A) and grant
    /// (B, C) share these digits.
    #[must_use]
    pub fn merge_key(&self) -> &str {
        let bare = self.0.trim_end_matches(|letter: char| letter.is_ascii_digit());
        match bare.strip_suffix(['A', 'B', 'C']) {
            Some(digits) if digits.len() == 11 && digits.starts_with("CN1") => digits,
            _ => &self.0,
        }
    }
}

impl FromStr for IpNumber {
    type Err = IdentError;

    fn from_str(text: &str) -> Result<Self, IdentError> {
        Self::read(text).map(|reading| reading.number)
    }
}

/// Strips `ZL` and `CN`, one of each at most and in any order; says whether `ZL` was there.
fn strip_prefixes(squeezed: &str) -> (&str, bool) {
    let trim = |text: &'static str, from: &str| from.starts_with(text).then_some(text.len());
    let (mut rest, mut zl, mut cn) = (squeezed, false, false);
    loop {
        if let Some(end) = trim("ZL", rest).filter(|_| !zl) {
            (rest, zl) = (&rest[end..], true);
        } else if let Some(end) = trim("CN", rest).filter(|_| !cn && !rest.starts_with("CNA")) {
            (rest, cn) = (&rest[end..], true);
        } else {
            return (rest.trim_start_matches(['.', ':']), zl);
        }
    }
}

/// `113871726B`: 9 digits (7 before 2007, 8 before 1993), a letter, and perhaps one digit after a correction.
fn publication(rest: &str, text: &str) -> Option<Result<String, IdentError>> {
    let bytes = rest.as_bytes();
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let letter = *bytes.get(digits)?;
    let is_shaped = matches!(digits, 7..=9)
        && matches!(letter, b'A' | b'B' | b'C' | b'U' | b'Y' | b'S' | b'D')
        && matches!(bytes[digits + 1..], [] | [b'8' | b'9']);
    if !is_shaped {
        return None;
    }
    let kind = bytes[if digits == 8 { 2 } else { 0 }];
    let wanted = match letter {
        b'A' | b'B' | b'C' => b'1',
        b'U' | b'Y' => b'2',
        _ => b'3',
    };
    // Before 1993 all three kinds were published under A, B, U, S by the digits of their application.
    if digits != 8 && kind != wanted {
        let (kind, wanted, letter) = (char::from(kind), char::from(wanted), char::from(letter));
        return Some(Err(IdentError::shape(
            WHAT,
            text,
            &format!("公布号首位是{kind}，而{letter}类应为{wanted}"),
            &format!("a publication of kind {letter} begins with {wanted}, not with {kind}"),
        )));
    }
    Some(Ok(format!("CN{rest}")))
}

/// `PCT/CN2021/123456` or a publication of another office.
fn international(text: &str) -> Option<String> {
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(rest) = text.strip_prefix("PCT") {
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        if !rest.is_ascii() || rest.len() < 7 {
            return None;
        }
        let (office, year) = (&rest[..2], &rest[2..6]);
        let serial = rest[6..].strip_prefix('/').unwrap_or(&rest[6..]);
        let fits = office.bytes().all(|byte| byte.is_ascii_uppercase())
            && ("1978"..="2099").contains(&year)
            && is_digits(year)
            && matches!(serial.len(), 5 | 6)
            && is_digits(serial);
        return fits.then(|| format!("PCT/{office}{year}/{serial}"));
    }
    let office = text.get(..2).filter(|office| OFFICES.contains(office))?;
    let rest: String = text[2..].chars().filter(|letter| !matches!(letter, '/' | ',')).collect();
    let serial = rest.bytes().take_while(u8::is_ascii_digit).count();
    let fits = (5..=13).contains(&serial)
        && matches!(rest.as_bytes()[serial..], [b'A'..=b'Z'] | [b'A'..=b'Z', b'1'..=b'9']);
    fits.then(|| format!("{office}{rest}"))
}

/// `2023SR0123456`, or the number of the certificate.
fn software(text: &str) -> Option<String> {
    if let Some(serial) = text.strip_prefix("软著登字第") {
        let serial = serial.strip_suffix('号').unwrap_or(serial);
        let fits =
            (5..=9).contains(&serial.len()) && serial.bytes().all(|byte| byte.is_ascii_digit());
        return fits.then(|| format!("软著登字第{serial}号"));
    }
    let (year, serial) = text.split_once("SR")?;
    let fits = year.len() == 4
        && ("1992"..="2099").contains(&year)
        && (5..=7).contains(&serial.len())
        && year.bytes().chain(serial.bytes()).all(|byte| byte.is_ascii_digit());
    fits.then(|| text.to_owned())
}

fn no_number(text: &str) -> IdentError {
    let why = Text::new(
        "不是可识别的号码；应为ZL202111144021.7、CN95115608.X、CN113871726B、2023SR0123456等形式",
        "want a form such as ZL202111144021.7, CN95115608.X, CN113871726B or 2023SR0123456",
    );
    IdentError::new(WHAT, IdentFault::Shape, text, why)
}

#[cfg(test)]
mod tests;
