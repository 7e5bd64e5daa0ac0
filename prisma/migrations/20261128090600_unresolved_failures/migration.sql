-- What a brand failed at and has not got past: kept through the starts in between, so that lists and reports go on naming it.
UPDATE brands SET migration = migration || jsonb_build_object('unresolved', jsonb_build_object(
    CASE migration ->> 'status' WHEN 'channel-failure' THEN 'brand' WHEN 'recent-messages-failure' THEN 'recent-messages'
      ELSE 'remaining-messages' END, migration -> 'failure'))
WHERE migration ->> 'status' IN ('channel-failure', 'recent-messages-failure', 'remaining-messages-failure')
  AND jsonb_typeof(migration -> 'failure') = 'object';

-- A port in exception is mended at the carrier; a retry does not order it again.
UPDATE channels c SET migration = jsonb_set(jsonb_set(migration, '{failure,type}', '"CarrierException"'), '{failure,nextStep}',
    '"Have the carrier mend the order. The port then continues on its own; a retry does not order it again."')
WHERE c.migration ->> 'status' = 'failure' AND c.migration -> 'failure' ->> 'type' = 'CarrierRefused'
  AND EXISTS (SELECT FROM phone_portings p JOIN brands b ON b.account_id = p.account_id
    WHERE b.id = c.brand_id AND p.phone_number = c.phone_number AND p.status = 'exception');

-- Until now kept for good. From here on it stands for a failure of the account that no payload has settled.
UPDATE accounts SET migration = migration - 'lastFailure' WHERE migration ? 'lastFailure';
