-- The grant a trip to Meta brought: its result page speaks of that one, whatever else the connection holds.
alter table oauth_states add column grant_id uuid;
