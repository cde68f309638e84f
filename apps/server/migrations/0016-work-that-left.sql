-- A request whose work is done elsewhere, where it cannot be undone: it is not done again under the same key, even when
-- no answer was kept.
alter table idempotent_answers add column has_left boolean not null default false;
