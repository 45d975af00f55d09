//! Every plan this binary knows, by kind and version. A saga finishes under the version that it began with.

use crate::plans::{book_tickets, cancel_order, refund_order, return_payment, review_refund};
use crate::saga::{Definition, Plans};

#[derive(Debug)]
pub struct Catalog {
    plans: Vec<Definition>,
}

impl Catalog {
    /// All the plans there are.
    pub fn all() -> Self {
        Self::of(vec![
            book_tickets::plan(),
            cancel_order::plan(),
            refund_order::plan(),
            return_payment::plan(),
            review_refund::plan(),
        ])
    }

    /// These plans. Versions of one kind live side by side: what began under one finishes under it.
    pub const fn of(plans: Vec<Definition>) -> Self {
        Self { plans }
    }

    /// Kind and version of every plan.
    pub fn names(&self) -> Vec<(&str, u32)> {
        self.plans
            .iter()
            .map(|plan| (plan.kind, plan.version))
            .collect()
    }
}

impl Plans for Catalog {
    fn plan(&self, kind: &str, version: u32) -> Option<&Definition> {
        let fits = |plan: &&Definition| plan.kind == kind && plan.version == version;
        self.plans.iter().find(fits)
    }
}
