//! One key of `DATA_KEY` and what is derived from it.
//!
//! A sealed value is `version, key id, nonce, ciphertext and tag`. Knows nothing of lists of keys.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::Hmac;
use sha2::Sha256;

/// Bytes of a key.
const KEY_BYTES: usize = 32;
/// Bytes of the id of the key that sealed a value.
const ID_BYTES: usize = 4;
/// Bytes of a nonce: long enough to be random.
const NONCE_BYTES: usize = 24;
/// The only format so far.
const VERSION: u8 = 1;
/// Bytes before the ciphertext.
const HEADER_BYTES: usize = 1 + ID_BYTES + NONCE_BYTES;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a value is sealed for: each has a key of its own.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    PaymentToken,
    PageToken,
    Reply,
}

pub(super) struct Key {
    id: [u8; ID_BYTES],
    payment_token: XChaCha20Poly1305,
    page_token: XChaCha20Poly1305,
    reply: XChaCha20Poly1305,
    fingerprint: Hmac<Sha256>,
}

/// A new random key as text.
pub(super) fn generate() -> String {
    BASE64.encode(rand::random::<[u8; KEY_BYTES]>())
}

impl Key {
    /// Reads a key as text; spaces around it do not count.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64.decode(text.trim()).ok()?;
        let key: [u8; KEY_BYTES] = bytes.try_into().ok()?;
        let source = Hkdf::<Sha256>::new(None, &key);
        let cipher =
            |purpose| XChaCha20Poly1305::new(&derive::<KEY_BYTES>(&source, purpose).into());
        Some(Self {
            id: derive(&source, "key id"),
            payment_token: cipher("payment token"),
            page_token: cipher("page token"),
            reply: cipher("reply"),
            fingerprint: Hmac::new_from_slice(&derive::<KEY_BYTES>(&source, "fingerprint"))
                .expect("HMAC takes a key of any length"),
        })
    }

    /// A fresh digest under this key.
    pub(super) fn mac(&self) -> Hmac<Sha256> {
        self.fingerprint.clone()
    }

    /// Seals `bytes`, to be opened only with the same `bound_to`.
    pub(super) fn seal(&self, purpose: Purpose, bound_to: &[u8], bytes: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let ciphertext = self
            .cipher(purpose)
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: bytes,
                    aad: bound_to,
                },
            )
            .expect("a value is shorter than the 256 GiB that the cipher takes");
        [&[VERSION], &self.id[..], &nonce[..], &ciphertext[..]].concat()
    }

    /// Opens what [`Key::seal`] made; none if another key sealed it or a single bit differs.
    pub(super) fn open(&self, purpose: Purpose, bound_to: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (header, ciphertext) = sealed.split_at_checked(HEADER_BYTES)?;
        let (version, header) = header.split_first()?;
        let (id, nonce) = header.split_at_checked(ID_BYTES)?;
        if *version != VERSION || id != self.id {
            return None;
        }
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
        self.cipher(purpose)
            .decrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: ciphertext,
                    aad: bound_to,
                },
            )
            .ok()
    }

    fn cipher(&self, purpose: Purpose) -> &XChaCha20Poly1305 {
        match purpose {
            Purpose::PaymentToken => &self.payment_token,
            Purpose::PageToken => &self.page_token,
            Purpose::Reply => &self.reply,
        }
    }
}

fn derive<const N: usize>(source: &Hkdf<Sha256>, purpose: &str) -> [u8; N] {
    let mut key = [0; N];
    source
        .expand_multi_info(&[b"order.v1/", purpose.as_bytes()], &mut key)
        .expect("HKDF yields up to 8160 bytes");
    key
}
