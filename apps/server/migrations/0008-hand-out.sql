-- What hosts call at Meta through the Graph proxy, per connection, shared by every process. Meta's own meters rule:
-- from 80 percent on the bucket fills slowly, at 100 it is closed until they let go.
create table call_budgets (
  tenant_id text not null,
  connection_id uuid not null,
  refill_at timestamptz not null,
  tokens real not null,
  used_percent real not null default 0,
  -- Blocks in a row: each lasts twice as long as the one before.
  blocks integer not null default 0,
  blocked_until timestamptz,
  primary key (tenant_id, connection_id)
) with (fillfactor = 50);

-- Rows that were imported, by keyed hash of the token: the same list again changes nothing. A row that led to a
-- connection names it, one whose owner was sent a link names the link's session.
create table imported_rows (
  tenant_id text not null,
  row_hash text not null,
  connection_id uuid,
  session_id uuid,
  imported_at timestamptz not null,
  primary key (tenant_id, row_hash)
);
