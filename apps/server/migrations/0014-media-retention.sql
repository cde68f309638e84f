-- For how many days synced media are kept.

alter table tenants add column retention_media_days integer check (retention_media_days > 0);
