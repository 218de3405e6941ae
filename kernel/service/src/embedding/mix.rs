//! From similarities to values that can be fused: pure, in whole numbers.
//!
//! Among the candidates of one need, the similarities are stretched to the range of the index's
//! scores: the most similar one counts as much as the best by words, the least similar as the worst.
//! A weighted mean of the two is then the fusion that was measured (`MATCHING.md`), and keeps the
//! index's absolute scale: meaning reorders candidates, and never lifts a bad lot above the line of
//! what is an answer.
//!
//! A candidate without a vector gets what the others' vectors would make one expect from its words
//! (the straight line of least squares): having no vector yet is neither good nor bad for it.

/// Values in the scale of the index's scores, for each candidate; nothing if fewer than two have a
/// similarity, or all the same: then there is nothing to tell apart.
pub(crate) fn values(hits: &[u32], similarities: &[Option<i32>]) -> Option<Vec<u32>> {
    let known: Vec<(i128, i128)> = hits
        .iter()
        .zip(similarities)
        .filter_map(|(hit, similarity)| Some((i128::from(*hit), i128::from((*similarity)?))))
        .collect();
    let range = |of: fn(&(i128, i128)) -> i128| {
        let (least, most) = (known.iter().map(of).min()?, known.iter().map(of).max()?);
        Some((least, most))
    };
    let (low, high) = range(|(hit, _)| *hit)?;
    let (far, near) = range(|(_, similarity)| *similarity)?;
    if near == far {
        return None;
    }
    let stretch = |similarity: i128| low + (similarity - far) * (high - low) / (near - far);
    let line = Line::through(known.iter().map(|(hit, similarity)| (*hit, stretch(*similarity))));
    let whole = (hits.iter().min().copied()?, hits.iter().max().copied()?);
    let value = |(hit, similarity): (&u32, &Option<i32>)| {
        let value = match similarity {
            Some(similarity) => stretch(i128::from(*similarity)),
            None => line.at(i128::from(*hit)),
        };
        u32::try_from(value.max(0)).unwrap_or(u32::MAX).clamp(whole.0, whole.1)
    };
    Some(hits.iter().zip(similarities).map(value).collect())
}

/// The straight line of least squares through points of whole numbers.
struct Line {
    points: i128,
    x: i128,
    y: i128,
    xx: i128,
    xy: i128,
}

impl Line {
    fn through(points: impl Iterator<Item = (i128, i128)>) -> Self {
        let none = Self { points: 0, x: 0, y: 0, xx: 0, xy: 0 };
        points.fold(none, |sum, (x, y)| Self {
            points: sum.points + 1,
            x: sum.x + x,
            y: sum.y + y,
            xx: sum.xx + x * x,
            xy: sum.xy + x * y,
        })
    }

    fn at(&self, x: i128) -> i128 {
        let n = self.points.max(1);
        let (above, below) = (n * self.xy - self.x * self.y, n * self.xx - self.x * self.x);
        let mean = self.y / n;
        // A line that falls would punish the best by words for having no vector.
        if below == 0 || above <= 0 { mean } else { mean + (x * n - self.x) * above / (below * n) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(hits: &[u32], similarities: &[Option<i32>], expected: Option<&[u32]>) {
        assert_eq!(values(hits, similarities).as_deref(), expected);
    }

    #[test]
    fn similarities_are_stretched_to_the_range_of_the_words() {
        check(&[900, 500, 100], &[Some(1), Some(3), Some(5)], Some(&[100, 500, 900]));
        check(&[900, 500, 100], &[Some(-5), Some(-3), Some(-1)], Some(&[100, 500, 900]));
        check(&[700, 700], &[Some(1), Some(3)], Some(&[700, 700]));
    }

    #[test]
    fn what_cannot_be_told_apart_says_nothing() {
        check(&[], &[], None);
        check(&[900, 100], &[None, None], None);
        check(&[900, 100], &[Some(3), None], None);
        check(&[900, 100], &[Some(3), Some(3)], None);
    }

    #[test]
    fn a_missing_vector_is_neither_good_nor_bad() {
        // Where meaning agrees with the words, the one without stands where its words put it.
        let hits = [900, 700, 500, 300, 100];
        check(&hits, &[Some(9), Some(7), None, Some(3), Some(1)], Some(&hits));
        check(&hits, &[None, Some(7), Some(5), Some(3), Some(1)], Some(&hits));
        // Where it disagrees, in the middle.
        check(&[900, 500, 100], &[Some(1), None, Some(9)], Some(&[100, 500, 900]));
    }

    proptest! {
        #[test]
        fn values_stay_within_the_words(
            candidates in prop::collection::vec((any::<u32>(), any::<Option<i32>>()), 0..500)
        ) {
            let (hits, similarities): (Vec<u32>, Vec<Option<i32>>) = candidates.into_iter().unzip();
            if let Some(found) = values(&hits, &similarities) {
                prop_assert_eq!(found.len(), hits.len());
                let within = *hits.iter().min().unwrap()..=*hits.iter().max().unwrap();
                prop_assert!(found.iter().all(|value| within.contains(value)));
            }
        }
    }
}
