-- The audit log as a chain, and keys that change while everything runs.

-- Rows that are not chained yet have no number: this index finds them too. Late commits are among them, whatever their id.
create unique index audit_log_seq on audit_log (seq);

-- The chain's end, kept apart from the rows, so that rows missing at the end are missed. Its lock makes one chainer.
create table audit_chain (
  is_head boolean primary key default true check (is_head),
  count bigint not null,
  hash text not null
);
insert into audit_chain (count, hash) values (0, repeat('0', 64));

-- A version is learned by every process before anybody writes with it: `active_at` lies a moment after `added_at`.
-- Both are the database's time.
alter table data_keys add column added_at timestamptz not null default clock_timestamp();
alter table data_keys add column active_at timestamptz not null default to_timestamp(0);
create index data_keys_added on data_keys (added_at);

-- How far the re-sealing of one owner's values with `version` has come. The rows themselves are the truth: this saves
-- walking them again.
create table key_rotations (
  owner text not null,
  version integer not null,
  started_at timestamptz not null default clock_timestamp(),
  -- where the next batch begins: the column and the last key seen; null: at the beginning
  at_column text,
  after_key text[],
  resealed bigint not null default 0,
  -- the last time anything was: what was opened before may be written back a while later
  resealed_at timestamptz,
  finished_at timestamptz,
  primary key (owner, version)
);
