//! One test suite for both backends: claim, renewal, reply and release.

use super::*;
use crate::config::RedisAddress;

/// Long enough that nothing ends during a test.
const LONG: Duration = Duration::from_secs(60);
/// Short enough to see something end.
const SHORT: Duration = Duration::from_millis(40);
/// Longest wait for something that must come.
const PATIENCE: Duration = Duration::from_secs(10);

const SAME: &[Fingerprint] = &[[1; 32]];
const OTHER: &[Fingerprint] = &[[2; 32]];

/// The URL of the Redis for these tests.
pub(in crate::idempotency) fn redis_url() -> String {
    std::env::var("ORDER_TEST_REDIS_URL")
        .expect("ORDER_TEST_REDIS_URL must name a Redis for the tests whose names contain `redis`")
}

/// Its address, parsed.
pub(in crate::idempotency) fn redis_address() -> RedisAddress {
    let parsed = redis_url().parse();
    parsed.expect("ORDER_TEST_REDIS_URL is an address")
}

async fn embedded() -> Tier {
    Tier::Embedded(Embedded::default())
}

async fn redis() -> Tier {
    let redis = Redis::connect(&redis_address()).await;
    Tier::Redis(redis.expect("a client"))
}

struct Key {
    tier: Tier,
    slot: Slot,
}

impl Key {
    fn of(tier: Tier) -> Self {
        let slot = Slot::random();
        Self { tier, slot }
    }

    async fn claim(&self, fingerprints: &[Fingerprint], owner: Owner, lease: Duration) -> Claimed {
        let claimed = self.tier.claim(self.slot, fingerprints, owner, lease).await;
        claimed.expect("the tier is there")
    }

    async fn look(&self) -> Claimed {
        self.claim(SAME, Owner::random(), LONG).await
    }

    async fn hold(&self, lease: Duration) -> Owner {
        let owner = Owner::random();
        assert_eq!(self.claim(SAME, owner, lease).await, Claimed::New);
        owner
    }

    /// Claims as soon as the claim ahead has ended.
    async fn claim_when_free(&self) -> Owner {
        let owner = Owner::random();
        let free = async {
            while self.claim(SAME, owner, LONG).await != Claimed::New {
                tokio::task::yield_now().await;
            }
        };
        let free = tokio::time::timeout(PATIENCE, free).await;
        free.expect("the lease ends");
        owner
    }

    async fn renew(&self, owner: Owner, lease: Duration) -> bool {
        let renewed = self.tier.renew(self.slot, owner, lease).await;
        renewed.expect("the tier is there")
    }

    async fn complete(&self, owner: Owner, reply: &[u8], ttl: Duration) -> bool {
        let completed = self.tier.complete(self.slot, owner, reply, ttl).await;
        completed.expect("the tier is there")
    }

    async fn release(&self, owner: Owner) -> bool {
        let released = self.tier.release(self.slot, owner).await;
        released.expect("the tier is there")
    }
}

async fn one_claim_at_a_time(key: Key) {
    let owner = key.hold(LONG).await;
    assert!(matches!(key.look().await, Claimed::Busy { .. }));
    // The same attempt, asking again because an answer was lost, holds what it holds.
    assert_eq!(key.claim(SAME, owner, LONG).await, Claimed::New);
}

async fn the_wait_is_short_and_never_zero(key: Key) {
    key.hold(LONG).await;
    let Claimed::Busy { retry_after } = key.look().await else {
        panic!("the key is held");
    };
    assert!(retry_after > Duration::ZERO && retry_after <= RETRY_AFTER_MAX);
}

async fn the_fingerprint_comes_first(key: Key) {
    let owner = key.hold(LONG).await;
    let other = Owner::random();
    assert_eq!(key.claim(OTHER, other, LONG).await, Claimed::Other);
    assert!(key.complete(owner, b"reply", LONG).await);
    assert_eq!(key.claim(OTHER, other, LONG).await, Claimed::Other);
}

async fn any_of_the_fingerprints_is_the_same_request(key: Key) {
    let owner = Owner::random();
    let turned = [[3; 32], [1; 32]];
    assert_eq!(key.claim(&turned, owner, LONG).await, Claimed::New);
    // The first is what is stored.
    assert_eq!(key.look().await, Claimed::Other);
    let back = [[1; 32], [3; 32]];
    let again = key.claim(&back, Owner::random(), LONG).await;
    assert!(matches!(again, Claimed::Busy { .. }));
}

async fn a_reply_comes_back_byte_for_byte(key: Key) {
    let owner = key.hold(LONG).await;
    let reply: Vec<u8> = (0..=255).collect();
    assert!(key.complete(owner, &reply, LONG).await);
    for _ in 0..2 {
        assert_eq!(key.look().await, Claimed::Done(Bytes::from(reply.clone())));
    }
}

async fn an_empty_reply_is_a_reply(key: Key) {
    let owner = key.hold(LONG).await;
    assert!(key.complete(owner, b"", LONG).await);
    assert_eq!(key.look().await, Claimed::Done(Bytes::new()));
}

async fn a_released_key_is_free(key: Key) {
    let owner = key.hold(LONG).await;
    assert!(key.release(owner).await);
    assert!(!key.release(owner).await);
    assert_eq!(key.claim(OTHER, Owner::random(), LONG).await, Claimed::New);
}

async fn a_lease_ends_and_its_owner_has_nothing_left(key: Key) {
    let late = key.hold(SHORT).await;
    let owner = key.claim_when_free().await;
    assert!(!key.renew(late, LONG).await);
    assert!(!key.complete(late, b"late", LONG).await);
    assert!(!key.release(late).await);
    assert!(key.complete(owner, b"reply", LONG).await);
    assert_eq!(key.look().await, Claimed::Done("reply".into()));
}

async fn a_renewed_lease_counts_from_its_renewal(key: Key) {
    let owner = key.hold(LONG).await;
    assert!(key.renew(owner, LONG).await);
    assert!(matches!(key.look().await, Claimed::Busy { .. }));
    assert!(key.renew(owner, SHORT).await);
    key.claim_when_free().await;
}

async fn only_the_owner_of_a_claim_renews_it(key: Key) {
    let owner = key.hold(LONG).await;
    assert!(!key.renew(Owner::random(), LONG).await);
    assert!(key.release(owner).await);
    assert!(!key.renew(owner, LONG).await);
    assert!(!key.complete(owner, b"late", LONG).await);
    assert_eq!(key.look().await, Claimed::New);
}

async fn a_reply_is_kept_for_its_time_and_no_one_moves_it(key: Key) {
    let owner = key.hold(LONG).await;
    assert!(key.complete(owner, b"reply", SHORT).await);
    assert!(!key.renew(owner, LONG).await);
    assert!(!key.complete(owner, b"again", LONG).await);
    assert!(!key.release(owner).await);
    key.claim_when_free().await;
}

async fn of_many_at_once_one_is_first(key: Key) {
    let claims = (0..32).map(|_| key.look());
    let claimed = futures::future::join_all(claims).await;
    let first = claimed.iter().filter(|claimed| **claimed == Claimed::New);
    assert_eq!(first.count(), 1);
}

macro_rules! both {
    ($($test:ident),* $(,)?) => {
        mod in_this_process {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::Key::of(super::embedded().await)).await;
            })*
        }
        mod in_redis {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::Key::of(super::redis().await)).await;
            })*
        }
    };
}

both!(
    one_claim_at_a_time,
    the_wait_is_short_and_never_zero,
    the_fingerprint_comes_first,
    any_of_the_fingerprints_is_the_same_request,
    a_reply_comes_back_byte_for_byte,
    an_empty_reply_is_a_reply,
    a_released_key_is_free,
    a_lease_ends_and_its_owner_has_nothing_left,
    a_renewed_lease_counts_from_its_renewal,
    only_the_owner_of_a_claim_renews_it,
    a_reply_is_kept_for_its_time_and_no_one_moves_it,
    of_many_at_once_one_is_first,
);
