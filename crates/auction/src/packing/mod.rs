//! Weighted set packing: bids of all or nothing over goods of which there is one each.

/// Bids over goods, each good of capacity 1: no two bids that are chosen may share a good.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Packing {
    /// Number of goods; goods are 0 .. `goods`.
    pub goods: usize,
    /// What each bid is worth, in any unit.
    pub values: Vec<i64>,
    /// The goods of each bid.
    pub bids: Vec<Vec<u32>>,
}
