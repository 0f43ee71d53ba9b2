//! Independent pieces of work on several threads, joined in their own order: what comes out does
//! not depend on the number of threads.

use std::sync::atomic::{AtomicUsize, Ordering};

/// `work` of each item, in the order of items, on at most so many threads.
pub(crate) fn map<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    // A thread that is done takes the next item.
    let take = || {
        let index = next.fetch_add(1, Ordering::Relaxed);
        items.get(index).map(|item| (index, work(item)))
    };
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads.clamp(1, items.len().max(1)))
            .map(|_| scope.spawn(|| std::iter::from_fn(take).collect::<Vec<_>>()))
            .collect();
        let joined = threads.into_iter().map(|thread| thread.join().expect("work does not panic"));
        joined.flatten().collect()
    });
    done.sort_by_key(|&(index, _)| index);
    done.into_iter().map(|(_, result)| result).collect()
}
