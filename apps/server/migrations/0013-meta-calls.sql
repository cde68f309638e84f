-- What Meta called lately is read from rows that are there anyway; these find the rare ones among them.
create index audit_log_meta_calls on audit_log (at, id) where action in (
  'webhook.verified', 'webhook.verify_refused', 'webhook.refused',
  'meta.deauthorized', 'meta.deletion_requested', 'meta.signed_request_refused');
create index delivery_events_tests on delivery_events (delivery_id) where outcome = 'test';
