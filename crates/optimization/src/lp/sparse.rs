//! A list of sparse vectors in one piece of memory: the rows or the columns of a matrix.

/// Sparse vectors, each a run of indices with their values.
#[derive(Clone, Debug)]
pub(super) struct Sparse {
    starts: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f64>,
}

impl Sparse {
    pub(super) fn new() -> Self {
        Self { starts: vec![0], indices: Vec::new(), values: Vec::new() }
    }

    pub(super) fn clear(&mut self) {
        self.starts.truncate(1);
        self.indices.clear();
        self.values.clear();
    }

    /// Number of vectors.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Number of entries of all vectors.
    pub(super) fn entries(&self) -> usize {
        self.indices.len()
    }

    pub(super) fn push(&mut self, terms: impl IntoIterator<Item = (u32, f64)>) {
        for (index, value) in terms {
            self.entry(index, value);
        }
        self.close();
    }

    /// Adds an entry to the vector that is being written.
    pub(super) fn entry(&mut self, index: u32, value: f64) {
        self.indices.push(index);
        self.values.push(value);
    }

    /// Ends the vector that is being written.
    pub(super) fn close(&mut self) {
        self.starts.push(self.indices.len());
    }

    #[inline]
    pub(super) fn get(&self, vector: usize) -> impl DoubleEndedIterator<Item = (usize, f64)> + '_ {
        let range = self.starts[vector]..self.starts[vector + 1];
        let indices = &self.indices[range.clone()];
        indices.iter().zip(&self.values[range]).map(|(&index, &value)| (index as usize, value))
    }

    /// The same matrix by its other side, which has `len` vectors; `name` gives each vector of this
    /// side its index there.
    pub(super) fn transposed(&self, len: usize, name: impl Fn(usize) -> u32) -> Self {
        let mut starts = vec![0; len + 1];
        for &index in &self.indices {
            starts[index as usize + 1] += 1;
        }
        for i in 0..len {
            starts[i + 1] += starts[i];
        }
        let mut next = starts.clone();
        let mut indices = vec![0; self.indices.len()];
        let mut values = vec![0.0; self.indices.len()];
        for vector in 0..self.len() {
            for (index, value) in self.get(vector) {
                indices[next[index]] = name(vector);
                values[next[index]] = value;
                next[index] += 1;
            }
        }
        Self { starts, indices, values }
    }
}
