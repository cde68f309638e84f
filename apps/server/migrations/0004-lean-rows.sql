-- The tables every message writes to.

-- A checked list of words is read, compiled and compared again in every statement: a tenth of what PostgreSQL spent on a
-- message. The words are types of the program, which alone writes them.
alter table deliveries drop constraint deliveries_state_check;
alter table delivery_events drop constraint delivery_events_outcome_check;
alter table conversations drop constraint conversations_mode_check;
alter table messages drop constraint messages_direction_check;
alter table messages drop constraint messages_author_check;
alter table messages drop constraint messages_status_check;
alter table turns drop constraint turns_state_check;

-- A delivery is nobody's until it is worked: no entry for so short a time.
drop index deliveries_by_tenant;
create index deliveries_by_tenant on deliveries (tenant_id, id) where tenant_id is not null;
drop index deliveries_unowned;
create index deliveries_unowned on deliveries (received_at) where tenant_id is null and state <> 'stored';
