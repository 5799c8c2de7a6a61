//! Argon2id, off the async threads and never too many at once: each run takes about 20 ms and 19 MiB, so a
//! flood of them would be the cheapest attack there is.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// How hard a guess is made.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cost {
    /// OWASP's minimum: enough for a random secret of 256 bits.
    Token,
    /// For what a person chose.
    Passphrase,
}

impl Cost {
    fn hasher(self) -> Argon2<'static> {
        let (memory_kib, passes) = match self {
            Cost::Token => (19_456, 2),
            Cost::Passphrase => (47_104, 2),
        };
        let params = Params::new(memory_kib, passes, 1, None).expect("the fixed parameters are in range");
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
    }
}

/// Too many are waiting already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

/// A bounded place for argon2 runs: some run, some wait, the rest is sent away.
#[derive(Debug)]
pub(crate) struct HashPool {
    cost: Cost,
    running: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue: usize,
    runs: Arc<AtomicU64>,
}

impl HashPool {
    pub(crate) fn new(cost: Cost, at_once: usize, queue: usize) -> HashPool {
        HashPool {
            cost,
            running: Arc::new(Semaphore::new(at_once)),
            waiting: AtomicUsize::new(0),
            queue,
            runs: Arc::default(),
        }
    }

    /// How many argon2 runs were started.
    pub(crate) fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    /// The PHC string to keep for a secret.
    pub(crate) async fn hash(&self, secret: Zeroizing<Vec<u8>>, salt: [u8; 16]) -> Result<String, Full> {
        let hasher = self.cost.hasher();
        self.run(move || {
            hasher
                .hash_password_with_salt(&secret, &salt)
                .expect("the salt is 16 bytes and the secret is capped")
                .to_string()
        })
        .await
    }

    /// Does the secret belong to the PHC string? A string that is none matches nothing.
    pub(crate) async fn matches(&self, secret: Zeroizing<Vec<u8>>, phc: Arc<str>) -> Result<bool, Full> {
        let hasher = self.cost.hasher();
        self.run(move || {
            PasswordHash::new(&phc).is_ok_and(|kept| hasher.verify_password(&secret, &kept).is_ok())
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Full> {
        let permit = if let Ok(permit) = Arc::clone(&self.running).try_acquire_owned() {
            permit
        } else {
            let _place = Place::take(&self.waiting, self.queue).ok_or(Full)?;
            Arc::clone(&self.running).acquire_owned().await.expect("the semaphore is never closed")
        };
        self.runs.fetch_add(1, Ordering::Relaxed);
        // the permit goes with the work: a caller that gives up must not make room for another run
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        match done.await {
            Ok(value) => Ok(value),
            Err(failed) => std::panic::resume_unwind(failed.into_panic()),
        }
    }
}

/// One place in the queue, given back when dropped.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize, most: usize) -> Option<Place<'a>> {
        waiting
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |now| (now < most).then_some(now + 1))
            .ok()
            .map(|_| Place(waiting))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(text.as_bytes().to_vec())
    }

    #[tokio::test]
    async fn a_secret_matches_its_own_hash_only() {
        let pool = HashPool::new(Cost::Token, 2, 16);
        let phc: Arc<str> = pool.hash(secret("one"), [1; 16]).await.unwrap().into();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(pool.matches(secret("one"), Arc::clone(&phc)).await.unwrap());
        assert!(!pool.matches(secret("two"), phc).await.unwrap());
        assert!(!pool.matches(secret("one"), "no hash at all".into()).await.unwrap());
        assert_eq!(pool.runs(), 4);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn more_than_the_queue_holds_is_sent_away() {
        let pool = Arc::new(HashPool::new(Cost::Token, 1, 2));
        let mut tasks = Vec::new();
        for number in 0..8u8 {
            let pool = Arc::clone(&pool);
            tasks.push(tokio::spawn(async move { pool.hash(secret("x"), [number; 16]).await }));
        }
        let mut sent_away = 0;
        for task in tasks {
            sent_away += u32::from(task.await.unwrap().is_err());
        }
        assert!(sent_away >= 1, "nobody was sent away");
        assert_eq!(pool.runs(), 8 - u64::from(sent_away));
        assert_eq!(pool.waiting.load(Ordering::SeqCst), 0);
        assert!(pool.hash(secret("x"), [9; 16]).await.is_ok(), "the pool works again afterwards");
    }
}
