//! Independent pieces of work on several threads, joined in their own order: what comes out does
//! not depend on the number of threads.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, mpsc};

/// A number of threads that all work of a run shares: lists of work that are gone through side by
/// side keep no more than so many threads busy together.
pub struct Workers {
    threads: usize,
    free: Mutex<usize>,
    freed: Condvar,
}

/// The right to work, given back at its end.
struct Turn<'a>(&'a Workers);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().expect("nothing panics while it holds the lock") += 1;
        self.0.freed.notify_one();
    }
}

impl Workers {
    /// So many threads, at least one.
    pub fn new(threads: usize) -> Self {
        let threads = threads.max(1);
        Self { threads, free: Mutex::new(threads), freed: Condvar::new() }
    }

    /// How many threads.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// `work` of each item, in the order of items. `work` must not call `map` again.
    pub fn map<T: Sync, R: Send>(&self, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::with_capacity(items.len()));
        std::thread::scope(|scope| {
            for _ in 0..self.threads.min(items.len()) {
                scope.spawn(|| {
                    while let Some((index, item)) = take(&next, items) {
                        let result = {
                            let _turn = self.turn();
                            work(item)
                        };
                        done.lock()
                            .expect("a panic elsewhere ends the scope")
                            .push((index, result));
                    }
                });
            }
        });
        let mut done = done.into_inner().expect("all threads have ended well");
        done.sort_by_key(|&(index, _)| index);
        done.into_iter().map(|(_, result)| result).collect()
    }

    /// `work` of each item, handed to `sink` one by one in the order of items, as soon as all
    /// before them are done. Stops at the first item of which `work` makes nothing, and when `sink`
    /// fails. `work` must not call `map` or `stream`.
    pub fn stream<T: Sync, R: Send, E>(
        &self,
        items: &[T],
        work: impl Fn(&T) -> Option<R> + Sync,
        mut sink: impl FnMut(R) -> Result<(), E>,
    ) -> Result<(), E> {
        let next = AtomicUsize::new(0);
        let (sender, receiver) = mpsc::channel();
        std::thread::scope(|scope| {
            for _ in 0..self.threads.min(items.len()) {
                let sender = sender.clone();
                let (next, work) = (&next, &work);
                scope.spawn(move || {
                    while let Some((index, item)) = take(next, items) {
                        let result = {
                            let _turn = self.turn();
                            work(item)
                        };
                        // Nobody listens any more once the sink has failed.
                        if result.is_none() || sender.send((index, result)).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(sender);
            let mut waiting = BTreeMap::new();
            let mut wanted = 0;
            for (index, result) in &receiver {
                waiting.insert(index, result);
                while let Some(Some(result)) = waiting.remove(&wanted) {
                    sink(result)?;
                    wanted += 1;
                }
            }
            Ok(())
        })
    }

    /// Waits until a thread is free.
    fn turn(&self) -> Turn<'_> {
        let mut free = self.free.lock().expect("nothing panics while it holds the lock");
        while *free == 0 {
            free = self.freed.wait(free).expect("nothing panics while it holds the lock");
        }
        *free -= 1;
        Turn(self)
    }
}

fn take<'a, T>(next: &AtomicUsize, items: &'a [T]) -> Option<(usize, &'a T)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    items.get(index).map(|item| (index, item))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_items_for_any_number_of_threads() {
        let items: Vec<u64> = (0..100).collect();
        let expected: Vec<u64> = items.iter().map(|i| i * i).collect();
        for threads in [1, 2, 7, 200] {
            assert_eq!(Workers::new(threads).map(&items, |i| i * i), expected);
        }
    }

    #[test]
    fn a_stream_keeps_the_order_of_items_and_ends_where_work_does() {
        let items: Vec<u64> = (0..100).collect();
        for threads in [1, 2, 7] {
            let mut seen = Vec::new();
            let work = |i: &u64| (*i != 60).then_some(i * i);
            let outcome: Result<(), ()> = Workers::new(threads).stream(&items, work, |square| {
                seen.push(square);
                Ok(())
            });
            assert_eq!(outcome, Ok(()));
            assert_eq!(seen, (0..60).map(|i| i * i).collect::<Vec<u64>>());
            let failed = Workers::new(threads).stream(&items, work, Err);
            assert_eq!(failed, Err(0));
        }
    }

    #[test]
    fn lists_side_by_side_share_the_threads() {
        let workers = Workers::new(2);
        let (busy, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = |_: &u32| {
            most.fetch_max(1 + busy.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
            std::thread::sleep(std::time::Duration::from_millis(2));
            busy.fetch_sub(1, Ordering::SeqCst);
        };
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| workers.map(&[0; 8], work));
            }
        });
        assert_eq!(most.into_inner(), 2);
    }
}
