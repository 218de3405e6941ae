//! Bytes as base 64, as recorded replies hold them (RFC 4648, with padding).

/// Decodes; `None` if a character or the length is wrong.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    if text.len() % 4 != 0 {
        return None;
    }
    let body = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for letter in body.bytes() {
        bits = (bits << 6) | sextet(letter)?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
    }
    Some(bytes)
}

fn sextet(letter: u8) -> Option<u32> {
    let value = match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[track_caller]
    fn check(text: &str, want: Option<&[u8]>) {
        assert_eq!(decode(text).as_deref(), want, "{text:?}");
    }

    #[test]
    fn base64_as_in_the_rfc() {
        check("", Some(b""));
        check("Zg==", Some(b"f"));
        check("Zm8=", Some(b"fo"));
        check("Zm9vYmFy", Some(b"foobar"));
        check("Zg", None);
        check("Z?==", None);
    }
}
