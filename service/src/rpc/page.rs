//! Pages: their size, and opaque tokens that only continue the list they were made for.
//!
//! A token is the position of the last item and a digest of tenant and filter, sealed: clients can neither read nor forge
//! it, nor use it for another list. The page size is not part of it and may change between pages.

use order_proto::order::v1::{
    ListDeliveriesRequest, ListLedgerEntriesRequest, ListOrdersRequest, ListSagasRequest,
};
use prost::Message as _;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::domain::{Cursor, PageRequest, Timestamp};
use crate::error::Error;
use crate::vault::Vault;

/// Items on a page by default.
const SIZE_DEFAULT: usize = 50;
/// Most items on a page.
const SIZE_MAX: usize = 1000;
/// Bytes of the digest that binds a token to its list.
const DIGEST_BYTES: usize = 16;
/// Bytes of a token: time, id, digest.
const TOKEN_BYTES: usize = 8 + 16 + DIGEST_BYTES;

/// Makes and reads page tokens.
#[derive(Debug, Clone)]
pub struct Pages {
    vault: Vault,
}

/// A list as its caller described it, without the page.
#[derive(Debug)]
pub(super) struct List {
    purpose: &'static str,
    digest: [u8; DIGEST_BYTES],
}

impl List {
    pub(super) fn of_orders(request: &ListOrdersRequest) -> Self {
        let mut filter = request.clone();
        filter.page_size = 0;
        filter.page_token.clear();
        filter.states.sort_unstable();
        filter.states.dedup();
        Self::new("page/orders", &filter.encode_to_vec())
    }

    pub(super) fn of_sagas(request: &ListSagasRequest) -> Self {
        let mut filter = request.clone();
        filter.page_size = 0;
        filter.page_token.clear();
        filter.order_id.make_ascii_lowercase();
        filter.states.sort_unstable();
        filter.states.dedup();
        Self::new("page/sagas", &filter.encode_to_vec())
    }

    pub(super) fn of_deliveries(request: &ListDeliveriesRequest) -> Self {
        let mut filter = request.clone();
        filter.page_size = 0;
        filter.page_token.clear();
        filter.order_id.make_ascii_lowercase();
        filter.states.sort_unstable();
        filter.states.dedup();
        Self::new("page/deliveries", &filter.encode_to_vec())
    }

    pub(super) fn of_ledger_entries(request: &ListLedgerEntriesRequest) -> Self {
        let mut filter = request.clone();
        filter.page_size = 0;
        filter.page_token.clear();
        filter.order_id.make_ascii_lowercase();
        Self::new("page/ledger_entries", &filter.encode_to_vec())
    }

    fn new(purpose: &'static str, filter: &[u8]) -> Self {
        let mut digest = [0; DIGEST_BYTES];
        digest.copy_from_slice(&Sha256::digest(filter)[..DIGEST_BYTES]);
        Self { purpose, digest }
    }
}

impl Pages {
    /// Pages whose tokens are sealed by `vault`: any replica with the same keys opens them.
    pub const fn new(vault: Vault) -> Self {
        Self { vault }
    }

    /// The position after which the page with this token starts; `None` for the first page.
    pub(super) fn open(&self, list: &List, token: &str) -> Result<Option<Cursor>, Error> {
        if token.is_empty() {
            return Ok(None);
        }
        let plain = self.vault.open_token(list.purpose, token);
        let plain: [u8; TOKEN_BYTES] = plain
            .and_then(|plain| plain.try_into().ok())
            .ok_or(Error::PageToken)?;
        let (time, rest) = plain.split_at(8);
        let (id, digest) = rest.split_at(16);
        if digest != list.digest {
            return Err(Error::PageToken);
        }
        let micros = i64::from_be_bytes(time.try_into().expect("8 bytes were split off"));
        Ok(Some(Cursor {
            create_time: Timestamp::from_micros(micros),
            id: Uuid::from_slice(id).expect("16 bytes were split off"),
        }))
    }

    /// The token of the next page; empty if there is none.
    pub(super) fn next(&self, list: &List, next: Option<Cursor>) -> String {
        let Some(cursor) = next else {
            return String::new();
        };
        let mut plain = Vec::with_capacity(TOKEN_BYTES);
        plain.extend(cursor.create_time.micros().to_be_bytes());
        plain.extend(cursor.id.as_bytes());
        plain.extend(list.digest);
        self.vault.seal_token(list.purpose, &plain)
    }
}

/// The page after `after`: 50 items if the size is 0, at most 1000. A negative size was refused before.
pub(super) fn request(after: Option<Cursor>, page_size: i32) -> PageRequest {
    let size = match usize::try_from(page_size) {
        Ok(0) | Err(_) => SIZE_DEFAULT,
        Ok(size) => size.min(SIZE_MAX),
    };
    PageRequest { after, size }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages() -> Pages {
        Pages::new(Vault::new(&Vault::generate()).expect("a good key"))
    }

    fn cursor() -> Cursor {
        Cursor {
            create_time: Timestamp::from_micros(1_700_000_000_000_001),
            id: Uuid::from_u128(7),
        }
    }

    fn orders_of(organization_id: &str) -> ListOrdersRequest {
        ListOrdersRequest {
            organization_id: organization_id.into(),
            ..Default::default()
        }
    }

    #[test]
    fn a_token_continues_the_list_it_was_made_for_with_any_page_size() {
        let pages = pages();
        let mut request = orders_of("org-1");
        request.states = vec![3, 1];
        let token = pages.next(&List::of_orders(&request), Some(cursor()));
        request.page_size = 7;
        request.page_token.clone_from(&token);
        request.states = vec![1, 3];
        let opened = pages.open(&List::of_orders(&request), &token);
        assert_eq!(opened.expect("it is its own list"), Some(cursor()));
    }

    #[test]
    fn a_token_opens_no_other_tenants_filters_or_services_list() {
        let pages = pages();
        let token = pages.next(&List::of_orders(&orders_of("org-1")), Some(cursor()));
        let mut filtered = orders_of("org-1");
        filtered.user_id = "ann".into();
        let sagas = ListSagasRequest {
            organization_id: "org-1".into(),
            ..Default::default()
        };
        for list in [
            List::of_orders(&orders_of("org-2")),
            List::of_orders(&filtered),
            List::of_sagas(&sagas),
        ] {
            let opened = pages.open(&list, &token);
            assert!(matches!(opened, Err(Error::PageToken)), "{list:?}");
        }
    }

    #[test]
    fn a_token_that_was_tampered_with_is_refused() {
        let (pages, list) = (pages(), List::of_orders(&orders_of("org-1")));
        let token = pages.next(&list, Some(cursor()));
        // The last character holds spare bits; the vault's own tests cover it.
        for at in 0..token.len() - 1 {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let tampered = String::from_utf8(bytes).expect("it is ASCII");
            assert!(pages.open(&list, &tampered).is_err(), "{tampered}");
        }
        for made_up in ["x", "00", &token[2..]] {
            assert!(pages.open(&list, made_up).is_err(), "{made_up}");
        }
    }

    #[test]
    fn a_token_of_another_key_is_refused() {
        let list = List::of_orders(&orders_of("org-1"));
        let token = pages().next(&list, Some(cursor()));
        assert!(matches!(pages().open(&list, &token), Err(Error::PageToken)));
    }

    #[test]
    fn the_last_page_has_no_token_and_the_first_needs_none() {
        let list = List::of_orders(&orders_of("org-1"));
        assert_eq!(pages().next(&list, None), "");
        assert_eq!(pages().open(&list, "").expect("none is fine"), None);
    }

    #[test]
    fn a_page_has_50_things_by_default_and_1000_at_the_most() {
        for (asked, size) in [
            (0, 50),
            (1, 1),
            (1000, 1000),
            (1001, 1000),
            (i32::MAX, 1000),
        ] {
            assert_eq!(request(None, asked).size, size, "{asked}");
        }
    }
}
