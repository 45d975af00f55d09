//! The query plan of the batch statement: rows are found by primary key, however large the tables are.

use sea_orm::{ConnectionTrait, Statement, TransactionTrait};

use super::bench::Bench;
use crate::store::commit::COMMIT;

/// Number of parameters of the statement. The 17th is the lease; the others are arrays.
const PARAMETERS: usize = 84;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_batch_statement_never_scans_a_whole_table() {
    let bench = Bench::postgres().await;
    let connection = bench.store.pools.batches.begin().await.expect("it begins");
    let prepare = format!("PREPARE batch AS {COMMIT}");
    connection
        .execute_unprepared(&prepare)
        .await
        .expect("it is prepared");
    let values = (1..=PARAMETERS).map(|n| if n == 17 { "1" } else { "'{}'" });
    let values = values.collect::<Vec<_>>().join(", ");
    let explain = format!("EXPLAIN EXECUTE batch({values})");
    let explain = Statement::from_string(connection.get_database_backend(), explain);
    let lines = connection
        .query_all_raw(explain)
        .await
        .expect("it explains");
    let lines: Vec<String> = lines
        .iter()
        .map(|line| line.try_get_by_index(0).expect("a line of the plan"))
        .collect();
    let scans: Vec<_> = lines
        .iter()
        .filter(|line| {
            line.contains("Scan") && !line.contains("CTE Scan") && !line.contains("Function Scan")
        })
        .collect();
    assert!(scans.len() >= 5, "{lines:#?}");
    for scan in scans {
        assert!(
            scan.contains("Index") && scan.contains("_pkey"),
            "{scan} in {lines:#?}"
        );
    }
    let conditions = lines
        .iter()
        .filter(|line| line.contains("Index Cond"))
        .count();
    assert!(conditions >= 5, "{lines:#?}");
    assert!(
        !lines.iter().any(|line| line.contains("hashed SubPlan")),
        "{lines:#?}"
    );
    drop(connection);
    bench.close().await;
}
