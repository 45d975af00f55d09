//! Tells a key's second appearance, in a message's fields and in a map. Knows no values.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::table::Message;

/// Which fields and oneofs of one message were seen: a bit each, in one word where they fit.
#[derive(Debug)]
pub(crate) struct Seen {
    few: u64,
    many: Vec<u64>,
}

impl Seen {
    #[inline]
    pub(crate) fn of(message: &Message) -> Self {
        // A message has at most as many oneofs as fields.
        let bits = message.fields.len() * 2;
        Self {
            few: 0,
            many: if bits <= 64 {
                Vec::new()
            } else {
                vec![0; bits.div_ceil(64)]
            },
        }
    }

    /// Marks a bit; true when it was marked before.
    #[inline]
    pub(crate) fn again(&mut self, bit: usize) -> bool {
        let word = if self.many.is_empty() {
            &mut self.few
        } else {
            &mut self.many[bit / 64]
        };
        let mask = 1u64 << (bit % 64);
        let again = *word & mask != 0;
        *word |= mask;
        again
    }
}

/// Up to this many keys, comparing each is cheaper than hashing.
const FEW: usize = 8;

/// The keys of one map.
#[derive(Debug, Default)]
pub(crate) struct Keys<'a> {
    few: Vec<Cow<'a, str>>,
    many: HashSet<Cow<'a, str>>,
}

impl<'a> Keys<'a> {
    /// Adds a key; true when it was there before.
    pub(crate) fn again(&mut self, key: Cow<'a, str>) -> bool {
        if !self.many.is_empty() {
            return !self.many.insert(key);
        }
        if self.few.contains(&key) {
            return true;
        }
        self.few.push(key);
        if self.few.len() > FEW {
            self.many.extend(self.few.drain(..));
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_key_is_noticed_among_few_and_many() {
        let mut keys = Keys::default();
        for key in 0..40 {
            assert!(!keys.again(Cow::Owned(key.to_string())));
            assert!(keys.again(Cow::Owned("0".to_owned())));
            assert!(keys.again(Cow::Owned(key.to_string())));
        }
    }
}
