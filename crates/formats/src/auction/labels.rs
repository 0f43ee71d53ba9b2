//! Many names in little memory: one text, and where each name ends.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Index;

use postroad_model::id::Id;

/// A name for each thing of one kind.
#[derive(Clone, PartialEq, Eq)]
pub struct Labels<I> {
    text: String,
    ends: Vec<u32>,
    kind: PhantomData<fn(I)>,
}

impl<I: Id> Labels<I> {
    /// Adds a name and returns the id of its thing.
    ///
    /// # Panics
    /// If all names together are longer than 4 GB.
    pub fn push(&mut self, name: &str) -> I {
        self.text.push_str(name);
        self.ends.push(u32::try_from(self.text.len()).expect("names are below 4 GB"));
        I::from_index(self.ends.len() - 1)
    }

    /// Number of names.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The names, in id order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|index| &self[I::from_index(index)])
    }
}

impl<I: Id> Index<I> for Labels<I> {
    type Output = str;
    fn index(&self, id: I) -> &str {
        let index = id.index();
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start as usize..self.ends[index] as usize]
    }
}

impl<I> Default for Labels<I> {
    fn default() -> Self {
        Self { text: String::new(), ends: Vec::new(), kind: PhantomData }
    }
}

impl<I: Id> fmt::Debug for Labels<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<I: Id, S: AsRef<str>> FromIterator<S> for Labels<I> {
    fn from_iter<It: IntoIterator<Item = S>>(names: It) -> Self {
        let mut labels = Self::default();
        names.into_iter().for_each(|name| {
            labels.push(name.as_ref());
        });
        labels
    }
}
