//! Detects duplicate keys, in the fields of a message and in a map. Knows no values.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::table::Message;

/// The fields and oneofs of one message that were seen: one bit each, in one word where they fit.
#[derive(Debug)]
pub(crate) struct Seen {
    word: u64,
    words: Vec<u64>,
}

impl Seen {
    #[inline]
    pub(crate) fn of(message: &Message) -> Self {
        // A message has at most as many oneofs as fields.
        let bits = message.fields.len() * 2;
        Self {
            word: 0,
            words: if bits <= 64 {
                Vec::new()
            } else {
                vec![0; bits.div_ceil(64)]
            },
        }
    }

    /// Sets a bit; true when it was set already.
    #[inline]
    pub(crate) fn is_repeated(&mut self, bit: usize) -> bool {
        let word = if self.words.is_empty() {
            &mut self.word
        } else {
            &mut self.words[bit / 64]
        };
        let mask = 1u64 << (bit % 64);
        let is_set = *word & mask != 0;
        *word |= mask;
        is_set
    }
}

/// Up to this number of keys, a linear search is cheaper than hashing.
const LINEAR_MAX: usize = 8;

/// The keys of one map.
#[derive(Debug, Default)]
pub(crate) struct Keys<'a> {
    listed: Vec<Cow<'a, str>>,
    hashed: HashSet<Cow<'a, str>>,
}

impl<'a> Keys<'a> {
    /// Adds a key; true when the map had it already.
    pub(crate) fn is_repeated(&mut self, key: Cow<'a, str>) -> bool {
        if !self.hashed.is_empty() {
            return !self.hashed.insert(key);
        }
        if self.listed.contains(&key) {
            return true;
        }
        self.listed.push(key);
        if self.listed.len() > LINEAR_MAX {
            self.hashed.extend(self.listed.drain(..));
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_key_is_detected_below_and_above_the_linear_bound() {
        let mut keys = Keys::default();
        for key in 0..40 {
            assert!(!keys.is_repeated(Cow::Owned(key.to_string())));
            assert!(keys.is_repeated(Cow::Owned("0".to_owned())));
            assert!(keys.is_repeated(Cow::Owned(key.to_string())));
        }
    }
}
