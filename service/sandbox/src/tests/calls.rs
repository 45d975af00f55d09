//! Building requests and reading answers. Knows no server and no order.

use std::time::Duration;

use order_proto::google::r#type::Money;
use tonic::{Request, Response, Status};
use tonic_types::StatusExt as _;

/// The time limit of anything that a test awaits.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// The deadline of a call.
const DEADLINE: Duration = Duration::from_secs(10);

/// The request with its key as metadata, and a deadline.
pub(super) fn acting<T>(key: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let key = key.parse().expect("the key is ASCII");
    request.metadata_mut().insert("idempotency-key", key);
    request.set_timeout(DEADLINE);
    request
}

pub(super) fn usd(units: i64) -> Money {
    Money {
        currency_code: "USD".into(),
        units,
        nanos: 0,
    }
}

/// The answer's message.
pub(super) fn plain<T>(answer: Result<Response<T>, Status>) -> Result<T, Status> {
    answer.map(Response::into_inner)
}

/// The reason of a FAILED_PRECONDITION.
pub(super) fn refusal<T: std::fmt::Debug>(answer: Result<T, Status>) -> String {
    let status = answer.expect_err("it is refused");
    assert_eq!(status.code(), tonic::Code::FailedPrecondition, "{status:?}");
    let info = status.get_details_error_info();
    info.expect("a refusal gives its reason").reason
}

/// The code of an answer that is not OK.
pub(super) fn code<T: std::fmt::Debug>(answer: Result<T, Status>) -> tonic::Code {
    answer.expect_err("it is not answered").code()
}

/// Polls until there is an answer; fails after `PATIENCE`.
pub(super) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        let mut pause = tokio::time::interval(Duration::from_millis(10));
        loop {
            pause.tick().await;
            if let Some(answer) = ask().await {
                return answer;
            }
        }
    };
    tokio::time::timeout(PATIENCE, asking)
        .await
        .unwrap_or_else(|_| panic!("{what} did not happen in time"))
}
