-- What a person must know: one open row per cause, and the mails about it.

create table alerts (
  -- null: the installation's own
  tenant_id text references tenants (id),
  id uuid primary key,
  kind text not null,
  severity text not null check (severity in ('info', 'warning', 'critical')),
  connection_id uuid,
  -- what it is about; open once
  cause text not null,
  -- grows while it gets worse: each step is told once
  level integer not null default 0,
  detail jsonb not null default '{}',
  opened_at timestamptz not null,
  raised_at timestamptz not null,
  resolved_at timestamptz
);
create unique index alerts_open on alerts (coalesce(tenant_id, ''), cause) where resolved_at is null;
create index alerts_by_age on alerts (opened_at, id);
create index alerts_by_tenant on alerts (tenant_id, opened_at, id);

-- A mail to write. Its text is made when it is sent: the link in it is fresh then.
create table notices (
  tenant_id text references tenants (id),
  id uuid primary key,
  alert_id uuid not null references alerts (id) on delete cascade,
  what text not null check (what in ('opened', 'raised', 'resolved')),
  state text not null check (state in ('queued', 'sent', 'failed', 'skipped')),
  attempts integer not null default 0,
  next_at timestamptz not null,
  lease_until timestamptz,
  created_at timestamptz not null,
  sent_at timestamptz
);
create index notices_due on notices (next_at) where state = 'queued';
create index notices_by_alert on notices (alert_id);

-- Who ends soon.
create index grants_ending on grants (expires_at) where status = 'active' and expiry = 'known';
create index grants_ending_unknown on grants (coalesce(refreshed_at, issued_at)) where status = 'active' and expiry = 'unknown';

-- The longest silence of an account so far, fading by half in thirty days: what is unusual for one is a weekend for another.
alter table connections add column usual_silence interval;
create index grants_data_access on grants (data_access_expires_at) where status = 'active' and data_access_expires_at is not null;
