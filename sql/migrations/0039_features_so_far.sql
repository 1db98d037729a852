-- What users did with features in their whole life is carried from day to day, so that a day need not read it again.
alter table silver.user_segments
add column features_used integer not null default 0,
add column advanced_days integer not null default 0;
comment on column silver.user_segments.features_used is 'Features used in this life.';
comment on column silver.user_segments.advanced_days is 'Days in this life on which something advanced was used.';
