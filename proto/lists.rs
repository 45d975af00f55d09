//! The lists and maps of a request, and their bounds in the protos.
//!
//! Lets a caller refuse a list that is too long without checking its elements. Generated from `buf.validate`; the build
//! fails for a request with a list that has no bound.

/// The lists and maps of a request.
pub trait Lists {
    /// The fields, as the proto names them, that have more elements than their rule allows.
    fn overlong(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// Cuts each of these fields to one element more than its rule allows, so that it still breaks the rule.
    fn shorten(&mut self) {}
}

include!(concat!(env!("OUT_DIR"), "/lists.rs"));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::v1::{CreateOrderRequest, TicketRequest};

    #[test]
    fn a_list_at_its_bound_is_left_alone_and_a_longer_one_is_cut_to_one_more() {
        let mut request = CreateOrderRequest {
            tickets: vec![TicketRequest::default(); 50],
            ..Default::default()
        };
        for pair in 0..60 {
            request.metadata.insert(format!("k{pair}"), String::new());
        }
        assert_eq!(request.overlong(), ["metadata"]);
        request
            .tickets
            .extend(vec![TicketRequest::default(); 20_000]);
        assert_eq!(request.overlong(), ["tickets", "metadata"]);
        request.shorten();
        assert_eq!((request.tickets.len(), request.metadata.len()), (51, 51));
        assert_eq!(request.overlong(), ["tickets", "metadata"]);
    }
}
