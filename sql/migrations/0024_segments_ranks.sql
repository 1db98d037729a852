-- Segments by rank among all users: what each is ranked by, and where the ranks begin on each day.
alter table ref.segment_settings
add column high_value_share numeric not null default 0.2,
add column low_value_share numeric not null default 0.4;
comment on column ref.segment_settings.high_value_share is 'Share of users at the top that are of high value.';
comment on column ref.segment_settings.low_value_share is 'Share of users at the bottom that are of low value.';

alter table silver.user_segments add column ranks text[] not null default '{}';
comment on column silver.user_segments.ranks is 'Segments by state that rest on the rank among all users.';

create table silver.user_value_spans (
    from_on date not null,
    to_on date not null,
    recent_events bigint not null,
    lifetime_events bigint not null,
    user_id uuid not null,
    primary key (user_id, from_on)
) partition by range (user_id);
comment on table silver.user_value_spans is 'What users are ranked by, as stretches of days: each begins with an active day.';
comment on column silver.user_value_spans.from_on is 'First day.';
comment on column silver.user_value_spans.to_on is 'Last day; infinity: until something changes it.';
comment on column silver.user_value_spans.recent_events is 'Qualifying events in the 90 days up to the last one.';
comment on column silver.user_value_spans.lifetime_events is 'Qualifying events in this life.';
comment on column silver.user_value_spans.user_id is 'Pseudonym of the user.';
create table silver.user_value_spans_1 partition of silver.user_value_spans for values from (minvalue) to (maxvalue);

create table silver.segment_cutoffs (
    date date primary key,
    high_value_events bigint,
    low_value_events bigint
);
comment on table silver.segment_cutoffs is 'Where high and low value begin on each day, among all users of that day.';
comment on column silver.segment_cutoffs.date is 'Business day.';
comment on column silver.segment_cutoffs.high_value_events is 'Recent events from which a user is among the top; null: nobody is.';
comment on column silver.segment_cutoffs.low_value_events is 'Lifetime events up to which a user is among the bottom; null: nobody is.';

alter table silver.user_value_spans owner to monstera_transformer;
alter table silver.user_value_spans_1 owner to monstera_transformer;
alter table silver.segment_cutoffs owner to monstera_transformer;
grant select on silver.user_value_spans, silver.segment_cutoffs to monstera_analyst, monstera_alerter;
