//! Names in one string: the identifiers of a block's documents, or its phrases.

/// Names; identifiers stand in ascending order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Ids {
    pub(super) text: String,
    /// Where each ends.
    pub(super) ends: Vec<u32>,
}

impl Ids {
    /// Appends an identifier, greater than all before.
    pub(super) fn push(&mut self, id: &str) {
        self.text.push_str(id);
        self.ends.push(self.text.len() as u32);
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn at(&self, offset: usize) -> &str {
        let start = offset.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start as usize..self.ends[offset] as usize]
    }

    /// Searches from an offset on: where the identifier is, or else where it would be.
    pub(crate) fn search(&self, from: usize, id: &str) -> Result<usize, usize> {
        let (mut low, mut high) = (from, self.len());
        if low == high || id > self.at(high - 1) {
            return Err(high);
        }
        while low < high {
            let middle = low + (high - low) / 2;
            match self.at(middle).cmp(id) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * 4
    }
}
