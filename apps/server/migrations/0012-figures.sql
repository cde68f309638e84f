-- What is counted at every reading of the metrics.

create index lanes_parked on lanes (parked_at) where parked is not null;
