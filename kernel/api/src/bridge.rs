//! The one bridge from async to sync: work that reads the store, calls plugins or waits for a disk
//! runs on threads of its own, so many at once and so many in line. *Never* called from sync code.
//!
//! Work that has begun is never broken off: who asked may go away, the work still comes to its end,
//! and holds its place until then. [`Bridge::idle`] waits for all of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use taihu_service::Error;
use thiserror::Error as ThisError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What came back over the bridge instead of an answer.
#[derive(Debug, ThisError)]
pub enum Crossing {
    /// The verb's own error, or `Busy` if the line was full.
    #[error(transparent)]
    Verb(#[from] Error),
    /// The work panicked: a bug of ours, which the log has in full.
    #[error("the work ended in a panic")]
    Panicked,
}

/// A bridge. Copies share its places.
#[derive(Debug, Clone)]
pub struct Bridge {
    threads: Arc<Semaphore>,
    at_once: usize,
    inside: Arc<AtomicUsize>,
    inside_max: usize,
    retry_after_s: u32,
}

/// A place on a bridge: in line, then on a thread. Given back when dropped.
#[derive(Debug)]
pub struct Place {
    bridge: Bridge,
}

impl Bridge {
    /// Makes a bridge for `at_once` pieces of work on threads and `in_line` that wait; whoever comes
    /// beyond is told to come back after `retry_after_s` seconds.
    #[must_use]
    pub fn new(at_once: usize, in_line: usize, retry_after_s: u32) -> Self {
        Self {
            threads: Arc::new(Semaphore::new(at_once)),
            at_once,
            inside: Arc::default(),
            inside_max: at_once + in_line,
            retry_after_s,
        }
    }

    /// Takes a place, to be used at once or later.
    ///
    /// # Errors
    /// [`Error::Busy`] if the line is full.
    pub fn place(&self) -> Result<Place, Error> {
        // Counted first and given back on refusal, so that the count is never too low.
        let place = Place { bridge: self.clone() };
        if self.inside.fetch_add(1, Ordering::Relaxed) < self.inside_max {
            Ok(place)
        } else {
            Err(Error::Busy { retry_after_s: self.retry_after_s })
        }
    }

    /// Does a piece of work on a thread.
    ///
    /// # Errors
    /// The work's own error or [`Error::Busy`], or that the work panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Crossing> {
        self.place()?.run(work).await
    }

    /// How many pieces of work are on threads or in line.
    #[must_use]
    pub fn inside(&self) -> usize {
        self.inside.load(Ordering::Relaxed)
    }

    /// Waits until no work is in flight, and closes the bridge: who comes later finds it busy.
    pub async fn idle(&self) {
        let all = u32::try_from(self.at_once).unwrap_or(u32::MAX);
        // Fair: whoever stands in line already is served before.
        let _ = self.threads.acquire_many(all).await;
        self.threads.close();
    }
}

impl Place {
    /// Does a piece of work on a thread, as soon as one is free.
    ///
    /// # Errors
    /// As [`Bridge::run`].
    pub async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Crossing> {
        let work = self.in_line(work).await?;
        tokio::task::spawn_blocking(work).await.map_or_else(|_| Err(panicked()), |done| Ok(done?))
    }

    /// The same on a thread that the runtime does not wait for at its end: for work of hours that
    /// may be cut off at any moment, and is gone on with later.
    ///
    /// # Errors
    /// As [`Bridge::run`]; [`Error::Unavailable`] if the system has no thread left.
    pub async fn run_detached<T: Send + 'static>(
        self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Crossing> {
        let work = self.in_line(work).await?;
        let (done, answer) = tokio::sync::oneshot::channel();
        let thread = std::thread::Builder::new().name("taihu-run".into());
        thread
            .spawn(move || drop(done.send(work())))
            .map_err(|error| Error::Unavailable(error.to_string()))?;
        answer.await.map_or_else(|_| Err(panicked()), |done| Ok(done?))
    }

    /// Waits for a thread to be free, and has the work hold it and the place in line until it ends.
    async fn in_line<T>(
        self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<impl FnOnce() -> Result<T, Error> + Send + 'static, Error> {
        let thread = Arc::clone(&self.bridge.threads).acquire_owned().await;
        let thread: OwnedSemaphorePermit =
            thread.map_err(|_| Error::Busy { retry_after_s: self.bridge.retry_after_s })?;
        let span = tracing::Span::current();
        let held = (self, thread);
        Ok(move || {
            let _held = held;
            span.in_scope(work)
        })
    }
}

fn panicked() -> Crossing {
    tracing::error!("work on the bridge ended in a panic");
    Crossing::Panicked
}

impl Drop for Place {
    fn drop(&mut self) {
        self.bridge.inside.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Begins `count` pieces of work that last until the sender is dropped.
    fn begin(
        bridge: &Bridge,
        count: usize,
    ) -> (std::sync::mpsc::Sender<()>, Vec<tokio::task::JoinHandle<Result<(), Crossing>>>) {
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let held = Arc::new(std::sync::Mutex::new(held));
        let works = (0..count)
            .map(|_| {
                let (held, place) = (Arc::clone(&held), bridge.place().unwrap());
                tokio::spawn(place.run(move || {
                    let _ = held.lock().unwrap().recv();
                    Ok(())
                }))
            })
            .collect();
        (hold, works)
    }

    #[tokio::test]
    async fn a_full_line_is_answered_busy_at_once_and_empties_again() {
        let bridge = Bridge::new(2, 3, 7);
        let (hold, works) = begin(&bridge, 5);
        assert_eq!(bridge.inside(), 5);
        match bridge.run(|| Ok(())).await {
            Err(Crossing::Verb(Error::Busy { retry_after_s: 7 })) => {}
            other => panic!("{other:?}"),
        }
        drop(hold);
        for work in works {
            work.await.unwrap().unwrap();
        }
        assert_eq!(bridge.inside(), 0);
        assert!(bridge.run(|| Ok(())).await.is_ok());
    }

    #[tokio::test]
    async fn idle_waits_for_work_whose_asker_went_away() {
        let bridge = Bridge::new(2, 2, 1);
        let done = Arc::new(AtomicUsize::new(0));
        let (begun, has_begun) = std::sync::mpsc::channel();
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let work = {
            let (bridge, done) = (bridge.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                bridge
                    .run(move || {
                        begun.send(()).unwrap();
                        let _ = held.recv();
                        done.store(1, Ordering::SeqCst);
                        Ok(())
                    })
                    .await
            })
        };
        tokio::task::spawn_blocking(move || has_begun.recv().unwrap()).await.unwrap();
        work.abort();
        assert!(work.await.unwrap_err().is_cancelled());
        let idle = tokio::spawn({
            let bridge = bridge.clone();
            async move { bridge.idle().await }
        });
        tokio::task::yield_now().await;
        assert!(!idle.is_finished());
        drop(hold);
        idle.await.unwrap();
        assert_eq!(done.load(Ordering::SeqCst), 1);
        assert!(matches!(bridge.run(|| Ok(())).await, Err(Crossing::Verb(Error::Busy { .. }))));
    }

    #[test]
    fn detached_work_keeps_no_runtime_from_ending() {
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let place = Bridge::new(1, 0, 1).place().unwrap();
            tokio::spawn(place.run_detached(move || {
                let _ = held.recv();
                Ok(())
            }));
            tokio::task::yield_now().await;
        });
        drop(runtime); // would wait for ever for a thread of its own
        drop(hold);
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_gives_its_place_back() {
        let bridge = Bridge::new(1, 0, 1);
        let lost: Result<(), _> = bridge.run(|| panic!("on purpose")).await;
        assert!(matches!(lost, Err(Crossing::Panicked)));
        let lost: Result<(), _> =
            bridge.place().unwrap().run_detached(|| panic!("on purpose")).await;
        assert!(matches!(lost, Err(Crossing::Panicked)));
        assert_eq!(bridge.run(|| Ok(3)).await.unwrap(), 3);
        assert_eq!(bridge.place().unwrap().run_detached(|| Ok(4)).await.unwrap(), 4);
    }
}
