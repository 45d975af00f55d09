//! The order domain: orders, prices, legal transitions, the commit of a transition, and calls to participants as data.
//!
//! Pure: no I/O, no clock, no randomness, no protobuf, no SQL.

mod aggregate;
mod answer;
mod call;
mod command;
mod commit;
mod delivery;
mod event;
mod id;
mod key;
mod ledger;
mod money;
mod open_names;
mod outcome;
mod payload;
mod price;
mod query;
mod reason;
mod refund;
mod saga;
mod secret;
mod state;
mod time;
mod webhook;

pub use aggregate::{Contact, Failure, Order, Payment, Ticket};
pub use answer::{Answer, CallError, HeldSeat, HoldState, HoldView, PaymentView, RefundView};
pub use call::{Call, Request};
pub use command::{CancelOrder, CreateOrder, Operate, Operation, RefundOrder, TicketRequest};
pub use commit::{Commit, Guard, OrderWrite, Successor};
pub use delivery::{Delivery, DeliveryKind, DeliveryState, Message};
pub use event::Event;
pub use id::{
    CommitId, DeliveryId, EntryId, EventId, InvalidId, OrderId, OrganizationId, RefundId,
    ReplicaId, SagaId, SeatId, TransactionId, UserId,
};
pub use key::{Claim, Disposition, Fingerprint, InDoubt, KeyRow, Scope};
pub use ledger::{Account, Balance, Direction, LedgerEntry, Transaction, Unbalanced};
pub use money::{Currency, Money, MoneyError};
pub use outcome::{Claimed, DueDelivery, Outcome};
pub use payload::SagaPayload;
pub use price::{BookingFees, Charges, Tariff};
pub use query::{Cursor, DeliveryFilter, LedgerFilter, OrderFilter, Page, PageRequest, SagaFilter};
pub use reason::Reason;
pub use refund::{Judged, REFUNDS_MAX, Refund, RefundRefusal, Shares};
pub use saga::{Attention, HistoryEntry, Saga, SagaState, Step, StepState, Way};
pub use secret::Secret;
pub use state::{OrderState, PaymentState, RefundState, TicketState};
pub use time::Timestamp;
pub use webhook::{About, Webhook, WebhookContent, WebhookVerdict};
