-- What keeps grants alive: failures and pauses of refreshing, the daily check, and what is known of Meta's apps.

alter table grants
  -- refreshes and checks that failed since the last one that did not
  add column failures integer not null default 0,
  -- since when, and what Meta said last: {"code", "subcode", "class"}
  add column failing_since timestamptz,
  add column failure jsonb,
  -- back-off: not looked at before
  add column retry_at timestamptz,
  add column next_check_at timestamptz;

update grants set next_check_at = checked_at + interval '1 day' where status = 'active';

create index grants_refresh_due on grants (next_refresh_at) where status = 'active' and next_refresh_at is not null;
create index grants_check_due on grants (next_check_at) where status = 'active' and next_check_at is not null;

-- One row per Meta app: how many calls it has had this hour, and whether it is broken as a whole.
create table meta_apps (
  app_id text primary key,
  hour timestamptz not null,
  calls integer not null default 0,
  -- whose grants seemed to die one after the other, without one that lives between them
  lost text[] not null default '{}',
  lost_at timestamptz,
  -- nothing is asked before then; afterwards one grant at a time, until one succeeds
  open_until timestamptz,
  opened_at timestamptz,
  -- one grant is on its way to show whether it is over
  probing boolean not null default false,
  openings integer not null default 0,
  reason text
);
