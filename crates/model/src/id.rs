//! Dense ids: one type for each kind of thing, so that a facility can never index demands.
//! Names from outside (ZIP codes, site codes) stop in `formats` and in the application.

use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// A dense id: a position from 0 in the table of one kind of thing.
pub trait Id: Copy {
    /// The id of the thing at `index`.
    fn from_index(index: usize) -> Self;
    /// The position from 0.
    fn index(self) -> usize;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(transparent)]
        pub struct $name(pub u32);

        impl Id for $name {
            #[inline]
            fn from_index(index: usize) -> Self {
                debug_assert!(index < u32::MAX as usize);
                Self(index as u32)
            }
            #[inline]
            fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// A demand: the parcels of one zone in one service class.
    DemandId,
    /// A facility: a station, rural hub, drone pad, delivery unit or processing centre.
    FacilityId,
    /// A contract with a provider.
    ContractId,
    /// A service option: one way to serve one demand.
    OptionId,
    /// A depot: where routes start, reload and end.
    DepotId,
    /// A place that travel distances and times are known for.
    LocationId,
    /// A stop: one visit to be made.
    StopId,
    /// A vehicle type: vehicles that are alike in everything.
    VehicleId,
    /// A lot: what is sold or bought in an auction.
    LotId,
    /// A named set of lots: a market, a region, the windows of one dock.
    LotSetId,
    /// A bidder of an auction.
    BidderId,
    /// A bid: an offer for one lot or for a package of lots.
    BidId,
}

/// A vector indexed by one kind of id only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdVec<I, T> {
    items: Vec<T>,
    kind: PhantomData<fn(I)>,
}

impl<I: Id, T> IdVec<I, T> {
    /// No items.
    pub fn new() -> Self {
        Self::from(Vec::new())
    }
    /// Number of items.
    #[inline]
    pub fn len(&self) -> usize {
        self.items.len()
    }
    /// Whether there is no item.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
    /// Adds an item and returns its id.
    pub fn push(&mut self, item: T) -> I {
        self.items.push(item);
        I::from_index(self.items.len() - 1)
    }
    /// The ids, in order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = I> + ExactSizeIterator + use<I, T> {
        (0..self.items.len()).map(I::from_index)
    }
    /// The items, in id order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }
    /// The items with their ids.
    pub fn iter_ids(&self) -> impl Iterator<Item = (I, &T)> {
        self.items.iter().enumerate().map(|(i, t)| (I::from_index(i), t))
    }
    /// The items as a slice in id order.
    #[inline]
    pub fn as_slice(&self) -> &[T] {
        &self.items
    }
    /// The items as a mutable slice in id order.
    #[inline]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.items
    }
    /// The item with this id, if there is one.
    pub fn get(&self, id: I) -> Option<&T> {
        self.items.get(id.index())
    }
}

impl<I: Id, T> Default for IdVec<I, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I, T> From<Vec<T>> for IdVec<I, T> {
    fn from(items: Vec<T>) -> Self {
        Self { items, kind: PhantomData }
    }
}

impl<I: Id, T> FromIterator<T> for IdVec<I, T> {
    fn from_iter<It: IntoIterator<Item = T>>(items: It) -> Self {
        Self::from(items.into_iter().collect::<Vec<T>>())
    }
}

impl<I: Id, T> Index<I> for IdVec<I, T> {
    type Output = T;
    #[inline]
    fn index(&self, id: I) -> &T {
        &self.items[id.index()]
    }
}

impl<I: Id, T> IndexMut<I> for IdVec<I, T> {
    #[inline]
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.items[id.index()]
    }
}
