-- What alerts and the digest are reckoned from, and which digests were sent.

-- Counts of five minutes, summed over all processes, which add to them once a minute.
create table measures (
  -- null: of the whole installation. No foreign key: a process may still write of a tenant that was just erased
  tenant_id text,
  -- 'calls' at Meta, 'webhooks' that failed, 'signatures' that were wrong, 'token_reads'
  kind text not null,
  -- a connection's id, a Meta app's id, an API key, or 'all'
  subject text not null,
  at timestamptz not null,
  total integer not null default 0,
  failed integer not null default 0,
  -- the fullest of Meta's meters, in percent
  used_percent real not null default 0
);
create unique index measures_once on measures (kind, subject, at);
create index measures_by_age on measures (kind, at);
create index measures_by_tenant on measures (tenant_id) where tenant_id is not null;

-- One mail of one week to one tenant, or to the operators of the installation (null).
create table digests (
  tenant_id text,
  id uuid primary key,
  -- the end of the week it tells of
  until timestamptz not null,
  state text not null,
  attempts integer not null default 0,
  next_at timestamptz not null,
  lease_until timestamptz,
  sent_at timestamptz
);
create unique index digests_once on digests (until, coalesce(tenant_id, ''));
create index digests_due on digests (next_at) where state = 'queued';
