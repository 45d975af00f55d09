-- Writes a batch of commits as one statement: one round trip, one transaction and one flush for all of them, and no
-- transaction stays open during a network wait.
--
-- The guards are evaluated first. `applied` holds the sagas whose commit applies; child rows are written for those only,
-- so that a commit applies whole or not at all. The inputs are columns, one array each, sorted by order (keys: by scope),
-- so that two batches lock the rows they share in the same order: orders, keyed sagas, keys, sagas.
WITH
wanted AS MATERIALIZED (
    SELECT w.*, (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint AS now_us
    FROM UNNEST(
        $1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::uuid[], $6::text[], $7::bigint[], $8::text[],
        $9::uuid[], $10::bigint[], $11::bigint[], $12::text[], $13::bigint[], $14::bigint[], $15::bigint[], $16::boolean[],
        $84::boolean[]
    ) AS w (
        saga_id, kind, definition_version, organization_id, order_id, state, due_us, owner,
        -- seen_version is NULL for a new saga; seen_epoch is NULL for a writer that does not own the saga;
        -- at_rest: the saga must need attention, and no replica may hold its lease.
        commit_id, create_us, update_us, body, seen_version, seen_epoch, seen_order_version, keyed, at_rest
    )
),
-- Locks the orders, so that their versions still match when they are updated below.
order_as_seen AS MATERIALIZED (
    SELECT o.order_id
    FROM wanted w JOIN orders o ON o.order_id = w.order_id AND o.version = w.seen_order_version
    FOR NO KEY UPDATE OF o
),
-- A key may only be taken by a commit whose other guards hold. Few commits other than those that start a saga have a key.
saga_as_seen AS MATERIALIZED (
    SELECT s.saga_id
    FROM wanted w JOIN saga_instances s ON s.saga_id = w.saga_id AND s.version = w.seen_version
    WHERE w.keyed AND (w.seen_epoch IS NULL OR s.epoch = w.seen_epoch)
      AND (NOT w.at_rest OR (s.state = 'NEEDS_ATTENTION' AND (s.owner IS NULL OR s.lease_until_us IS NULL OR s.lease_until_us < w.now_us)))
    FOR NO KEY UPDATE OF s
),
admitted AS MATERIALIZED (
    SELECT w.*
    FROM wanted w
    -- A new saga whose commit is sent again must not take its key again: the key may have expired since.
    LEFT JOIN saga_instances b ON w.keyed AND w.seen_version IS NULL AND b.saga_id = w.saga_id
    WHERE b.saga_id IS NULL
      AND (w.seen_order_version IS NULL OR w.order_id = ANY (ARRAY(SELECT order_id FROM order_as_seen)))
      AND (w.seen_version IS NULL OR NOT w.keyed OR w.saga_id = ANY (ARRAY(SELECT saga_id FROM saga_as_seen)))
),
key_taken AS (
    INSERT INTO idempotency_keys
        (organization_id, caller, method, idempotency_key, fingerprint, order_id, saga_id, expire_us)
    SELECT k.organization_id, k.caller, k.method, k.idempotency_key, k.fingerprint, k.order_id, k.saga_id, k.expire_us
    FROM UNNEST(
        $18::uuid[], $19::text[], $20::text[], $21::text[], $22::text[], $23::bytea[], $24::uuid[], $25::uuid[], $26::bigint[]
    ) AS k (by_saga, organization_id, caller, method, idempotency_key, fingerprint, order_id, saga_id, expire_us)
    WHERE k.by_saga = ANY (ARRAY(SELECT saga_id FROM admitted WHERE keyed))
    ORDER BY k.organization_id, k.caller, k.method, k.idempotency_key
    ON CONFLICT DO NOTHING
    RETURNING saga_id, organization_id, caller, method, idempotency_key
),
-- Maps the inserted keys back to their commits.
key_admitted AS MATERIALIZED (
    SELECT k.by_saga
    FROM UNNEST($18::uuid[], $25::uuid[], $19::text[], $20::text[], $21::text[], $22::text[])
        AS k (by_saga, saga_id, organization_id, caller, method, idempotency_key)
    JOIN key_taken t USING (saga_id, organization_id, caller, method, idempotency_key)
),
cleared AS MATERIALIZED (
    SELECT a.* FROM admitted a
    WHERE NOT a.keyed OR a.saga_id = ANY (ARRAY(SELECT by_saga FROM key_admitted))
),
begun AS (
    INSERT INTO saga_instances
        (saga_id, kind, definition_version, organization_id, order_id, state, due_us, owner, lease_until_us,
         epoch, version, commit_id, create_us, update_us, body)
    SELECT c.saga_id, c.kind, c.definition_version, c.organization_id, c.order_id, c.state, c.due_us, c.owner,
           CASE WHEN c.owner IS NULL THEN NULL ELSE c.now_us + $17 END,
           1, 1, c.commit_id, c.create_us, c.update_us, c.body
    FROM cleared c WHERE c.seen_version IS NULL
    ON CONFLICT (saga_id) DO NOTHING
    RETURNING saga_id
),
moved AS (
    UPDATE saga_instances s
    SET state = c.state,
        due_us = CASE WHEN c.seen_epoch IS NULL AND c.due_us IS NOT NULL THEN c.now_us ELSE c.due_us END,
        owner = CASE WHEN c.seen_epoch IS NULL THEN s.owner ELSE c.owner END,
        lease_until_us = CASE
            WHEN c.seen_epoch IS NULL THEN s.lease_until_us
            WHEN c.owner IS NULL THEN NULL
            ELSE c.now_us + $17
        END,
        version = s.version + 1,
        commit_id = c.commit_id,
        update_us = c.update_us,
        body = c.body
    FROM cleared c
    WHERE c.seen_version IS NOT NULL AND s.saga_id = c.saga_id AND s.version = c.seen_version
      AND (c.seen_epoch IS NULL OR s.epoch = c.seen_epoch)
      AND (NOT c.at_rest OR (s.state = 'NEEDS_ATTENTION' AND (s.owner IS NULL OR s.lease_until_us IS NULL OR s.lease_until_us < c.now_us)))
    RETURNING s.saga_id
),
applied AS MATERIALIZED (
    SELECT saga_id FROM begun UNION ALL SELECT saga_id FROM moved
),
-- One array that is searched per row: cheaper here than a join, which could only be a nested loop.
applied_ids AS MATERIALIZED (
    SELECT ARRAY_AGG(saga_id) AS ids FROM applied
),
written_order AS MATERIALIZED (
    SELECT o.*
    FROM UNNEST(
        $27::uuid[], $28::uuid[], $29::text[], $30::text[], $31::text[], $32::uuid[], $33::text[], $34::bigint[],
        $35::bigint[], $36::bigint[], $37::bigint[], $38::text[], $39::boolean[]
    ) AS o (
        by_saga, order_id, organization_id, user_id, event_id, saga_id, state, version,
        create_us, update_us, expire_us, body, is_new
    )
    WHERE o.by_saga = ANY ((SELECT ids FROM applied_ids)::uuid[])
),
new_orders AS (
    INSERT INTO orders
        (order_id, organization_id, user_id, event_id, saga_id, state, version, create_us, update_us, expire_us, body)
    SELECT order_id, organization_id, user_id, event_id, saga_id, state, version, create_us, update_us, expire_us, body
    FROM written_order WHERE is_new
),
moved_orders AS (
    UPDATE orders o
    SET state = w.state, version = w.version, update_us = w.update_us, expire_us = w.expire_us, body = w.body
    FROM written_order w
    WHERE NOT w.is_new AND o.order_id = w.order_id
),
history AS (
    INSERT INTO saga_history (saga_id, version, line, commit_id, time_us, event, step, detail, actor)
    SELECT h.saga_id, h.version, h.line, h.commit_id, h.time_us, h.event, h.step, h.detail, h.actor
    FROM UNNEST(
        $40::uuid[], $41::bigint[], $42::bigint[], $43::uuid[], $44::bigint[], $45::text[], $46::text[], $47::text[],
        $48::text[], $49::uuid[]
    ) AS h (saga_id, version, line, commit_id, time_us, event, step, detail, actor, by_saga)
    WHERE h.by_saga = ANY ((SELECT ids FROM applied_ids)::uuid[])
),
-- Successor sagas of the applied commits: due, without an owner.
successors AS (
    INSERT INTO saga_instances
        (saga_id, kind, definition_version, organization_id, order_id, state, due_us, owner, lease_until_us,
         epoch, version, commit_id, create_us, update_us, body)
    SELECT s.saga_id, s.kind, s.definition_version, s.organization_id, s.order_id, s.state, s.due_us, NULL, NULL,
           1, 1, s.commit_id, s.create_us, s.update_us, s.body
    FROM UNNEST(
        $72::uuid[], $73::uuid[], $74::text[], $75::bigint[], $76::text[], $77::uuid[], $78::text[], $79::bigint[],
        $80::uuid[], $81::bigint[], $82::bigint[], $83::text[]
    ) AS s (
        by_saga, saga_id, kind, definition_version, organization_id, order_id, state, due_us,
        commit_id, create_us, update_us, body
    )
    WHERE s.by_saga = ANY ((SELECT ids FROM applied_ids)::uuid[])
),
ledger AS (
    INSERT INTO ledger_entries
        (entry_id, transaction_id, organization_id, order_id, account, direction, currency, minor, kind, create_us)
    SELECT entry_id, transaction_id, organization_id, order_id, account, direction, currency, minor, kind, create_us
    FROM UNNEST(
        $50::uuid[], $51::uuid[], $52::uuid[], $53::text[], $54::uuid[], $55::text[], $56::text[], $57::text[],
        $58::bigint[], $59::text[], $60::bigint[]
    ) AS l (
        by_saga, entry_id, transaction_id, organization_id, order_id, account, direction, currency, minor, kind, create_us
    )
    WHERE l.by_saga = ANY ((SELECT ids FROM applied_ids)::uuid[])
),
messages AS (
    INSERT INTO outbox
        (delivery_id, order_id, organization_id, kind, state, attempts, last_error, due_us, create_us, body)
    SELECT delivery_id, order_id, organization_id, kind, state, attempts, last_error, due_us, create_us, body
    FROM UNNEST(
        $61::uuid[], $62::uuid[], $63::uuid[], $64::text[], $65::text[], $66::text[], $67::bigint[], $68::text[],
        $69::bigint[], $70::bigint[], $71::text[]
    ) AS m (
        by_saga, delivery_id, order_id, organization_id, kind, state, attempts, last_error, due_us, create_us, body
    )
    WHERE m.by_saga = ANY ((SELECT ids FROM applied_ids)::uuid[])
)
SELECT clock.now_us, applied.saga_id
FROM (SELECT MAX(now_us) AS now_us FROM wanted) clock LEFT JOIN applied ON true
