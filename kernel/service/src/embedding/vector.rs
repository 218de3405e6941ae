//! Vectors as they are compared and kept: eight bits a number, one scale for each vector.
//!
//! A vector of 384 numbers takes 388 bytes instead of 1,536, and its products are sums of whole
//! numbers, which come out the same on every machine and in any order: what a receipt holds can be
//! computed again to the bit. Sixteen-bit floats would be twice as long and no better: the error of
//! eight bits is about 0.0005 of a cosine, where candidates of one need lie some 0.02 apart.

use taihu_model::Digest;

/// Version of the bytes.
const FORMAT: u8 = 1;
/// Format, model, text, scale.
const HEAD_BYTES: usize = 1 + 16 + 16 + 4;

/// A vector of unit length.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Vector {
    scale: f32,
    values: Box<[i8]>,
}

/// The first 16 bytes of a digest: enough to tell a city's texts and models apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Mark(pub(super) [u8; 16]);

impl Mark {
    pub(super) fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut mark = [0; 16];
        mark.copy_from_slice(&Digest::of_parts(parts).0[..16]);
        Self(mark)
    }

    /// The mark of a text.
    pub(super) fn of_text(text: &str) -> Self {
        Self::of_parts([text.as_bytes()])
    }
}

impl std::fmt::Display for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A vector as it is kept: of which model, of which text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Kept {
    pub(super) model: Mark,
    pub(super) text: Mark,
    pub(super) vector: Vector,
}

impl Vector {
    /// Takes numbers as an endpoint gives them; nothing if they point nowhere or are none.
    pub(super) fn of(numbers: &[f32]) -> Option<Self> {
        let length = numbers.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        let largest = numbers.iter().fold(0.0_f64, |most, x| most.max(f64::from(*x).abs()));
        if !length.is_finite() || length <= f64::from(f32::MIN_POSITIVE) {
            return None;
        }
        let step = largest / 127.0;
        #[expect(clippy::cast_possible_truncation, reason = "within ±127 by the step's making")]
        let values = numbers.iter().map(|x| (f64::from(*x) / step).round() as i8).collect();
        #[expect(clippy::cast_possible_truncation, reason = "a scale needs no more digits")]
        let scale = (step / length) as f32;
        Some(Self { scale, values })
    }

    pub(super) fn dimensions(&self) -> usize {
        self.values.len()
    }

    /// The cosine in millionths; nothing for vectors of different lengths.
    pub(super) fn similarity(&self, other: &Self) -> Option<i32> {
        if self.values.len() != other.values.len() {
            return None;
        }
        let pairs = self.values.iter().zip(&other.values);
        // 4,096 products of at most 127² fit by a factor of thirty.
        let sum: i32 = pairs.map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
        let cosine = f64::from(sum) * f64::from(self.scale) * f64::from(other.scale);
        #[expect(clippy::cast_possible_truncation, reason = "clamped")]
        let millionths = (cosine * 1e6).round().clamp(-2e6, 2e6) as i32;
        Some(millionths)
    }
}

impl Kept {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + self.vector.values.len());
        bytes.push(FORMAT);
        bytes.extend_from_slice(&self.model.0);
        bytes.extend_from_slice(&self.text.0);
        bytes.extend_from_slice(&self.vector.scale.to_le_bytes());
        bytes.extend(self.vector.values.iter().flat_map(|value| value.to_le_bytes()));
        bytes
    }

    /// Reads what was kept; nothing for another format, which is made anew.
    pub(super) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let (head, values) = bytes.split_at_checked(HEAD_BYTES)?;
        let (&format, head) = head.split_first()?;
        let (model, head) = head.split_first_chunk::<16>()?;
        let (text, head) = head.split_first_chunk::<16>()?;
        let scale = f32::from_le_bytes(*head.first_chunk::<4>()?);
        let good = format == FORMAT && scale.is_finite() && !values.is_empty();
        good.then(|| Self {
            model: Mark(*model),
            text: Mark(*text),
            vector: Vector {
                scale,
                values: values.iter().map(|byte| i8::from_le_bytes([*byte])).collect(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn eight_bits_are_near_enough_and_come_back(
            pair in prop::collection::vec((-1.0_f32..1.0, -1.0_f32..1.0), 64..512)
        ) {
            let (a, b): (Vec<f32>, Vec<f32>) = pair.into_iter().unzip();
            let dot = |a: &[f32], b: &[f32]| -> f64 {
                a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
            };
            let exact = dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt();
            let (a, b) = (Vector::of(&a).unwrap(), Vector::of(&b).unwrap());
            let near = f64::from(a.similarity(&b).unwrap()) / 1e6;
            prop_assert!((near - exact).abs() < 0.004, "{near} is not {exact}");
            let kept = Kept { model: Mark([1; 16]), text: Mark::of_text("文"), vector: a };
            prop_assert_eq!(Kept::of_bytes(&kept.to_bytes()), Some(kept));
        }

        #[test]
        fn foreign_bytes_are_no_vector(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Some(kept) = Kept::of_bytes(&bytes) {
                prop_assert_eq!(kept.to_bytes(), bytes);
            }
        }
    }

    #[test]
    fn numbers_that_point_nowhere_are_no_vector() {
        for numbers in [&[][..], &[0.0, 0.0], &[f32::NAN, 1.0], &[f32::INFINITY, 1.0]] {
            assert_eq!(Vector::of(numbers), None, "{numbers:?}");
        }
        let other = Vector::of(&[1.0, 0.0, 0.0]).unwrap();
        assert_eq!(Vector::of(&[1.0, 0.0]).unwrap().similarity(&other), None);
        assert!(Vector::of(&[f32::MAX, f32::MAX]).is_some());
    }
}
