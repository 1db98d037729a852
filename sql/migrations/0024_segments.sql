-- Segments as declared; a folder without any leaves the settings empty, and nothing is computed.
create table ref.segment_settings (
    one_row boolean primary key default true check (one_row),
    drop_share numeric not null,
    drop_minimum_events integer not null,
    drop_minimum_products integer not null,
    silent_from_days integer not null,
    silent_to_days integer not null,
    power_events integer not null,
    power_products integer not null,
    power_features integer not null,
    power_active_days integer not null,
    regular_weeks integer not null,
    high_share numeric not null,
    high_days integer not null,
    moderate_share numeric not null,
    platform_power_products integer not null,
    multi_products integer not null,
    explorer_products integer not null,
    reactivation_days integer not null,
    onboarding_days integer not null,
    adoption_days integer not null,
    retention_days integer not null,
    completionist_share numeric not null,
    abandoner_days integer not null,
    team_leader_people integer not null,
    daily_share numeric not null,
    weekly_share numeric not null,
    seasonal_silent_days integer not null,
    highly_engaged_events integer not null,
    lost_days integer not null,
    successful_days integer not null,
    struggling_days integer not null,
    chronic_reactivations integer not null,
    stable_days integer not null,
    definition_version integer not null references ref.definition_versions
);
comment on table ref.segment_settings is 'Thresholds of the segments; one row, none where no segment is declared.';
comment on column ref.segment_settings.one_row is 'Keeps the table at one row.';
comment on column ref.segment_settings.drop_share is 'Share of the events of the 30 days before at or below which a user is at risk.';
comment on column ref.segment_settings.drop_minimum_events is 'Events that the 30 days before must hold for that.';
comment on column ref.segment_settings.drop_minimum_products is 'Products that must have been used in the 30 days before for a product given up to count.';
comment on column ref.segment_settings.silent_from_days is 'Days since the last event from which a user is at risk.';
comment on column ref.segment_settings.silent_to_days is 'Days since the last event through which a user is at risk.';
comment on column ref.segment_settings.power_events is 'Events in 30 days of a power user.';
comment on column ref.segment_settings.power_products is 'Products in 30 days of a power user.';
comment on column ref.segment_settings.power_features is 'Features in 30 days that count as well.';
comment on column ref.segment_settings.power_active_days is 'Active days in 30 days of a power user.';
comment on column ref.segment_settings.regular_weeks is 'Last blocks of 7 days in each of which a regular user has an event.';
comment on column ref.segment_settings.high_share is 'Share of completed runs above which value is high.';
comment on column ref.segment_settings.high_days is 'Days since the first qualifying event from which value can be high.';
comment on column ref.segment_settings.moderate_share is 'Share of completed runs from which value is moderate.';
comment on column ref.segment_settings.platform_power_products is 'Active products of platform_power.';
comment on column ref.segment_settings.multi_products is 'Active products of multi.';
comment on column ref.segment_settings.explorer_products is 'Products tried by an explorer.';
comment on column ref.segment_settings.reactivation_days is 'Days after a reactivation that are the stage reactivation.';
comment on column ref.segment_settings.onboarding_days is 'Last day since signup of the stage onboarding.';
comment on column ref.segment_settings.adoption_days is 'Last day of the stage adoption.';
comment on column ref.segment_settings.retention_days is 'Last day of the stage retention.';
comment on column ref.segment_settings.completionist_share is 'Share of the features of the products tried of a completionist.';
comment on column ref.segment_settings.abandoner_days is 'Days of use of advanced features up to which a user abandoned them.';
comment on column ref.segment_settings.team_leader_people is 'People invited or shared with by a team leader.';
comment on column ref.segment_settings.daily_share is 'Share of active days of the pattern daily.';
comment on column ref.segment_settings.weekly_share is 'Share of active blocks of 7 days of the pattern weekly.';
comment on column ref.segment_settings.seasonal_silent_days is 'Days of silence between the seasons of the pattern seasonal.';
comment on column ref.segment_settings.highly_engaged_events is 'Events in 30 days of highly_engaged.';
comment on column ref.segment_settings.lost_days is 'Days since the last event of lost.';
comment on column ref.segment_settings.successful_days is 'Days after signup through which a first event makes onboarding successful.';
comment on column ref.segment_settings.struggling_days is 'Days after signup from which a new user struggles.';
comment on column ref.segment_settings.chronic_reactivations is 'Reactivations of a chronic churner.';
comment on column ref.segment_settings.stable_days is 'Days in a row of stable.';
comment on column ref.segment_settings.definition_version is 'Definition version that wrote the row.';

create table ref.segments (
    dimension text not null,
    value text not null,
    ordinal integer not null,
    name text not null,
    definition text not null,
    rule text,
    rationale text,
    target_metrics text[],
    intervention text,
    owner text,
    definition_version integer not null references ref.definition_versions,
    primary key (dimension, value)
);
comment on table ref.segments is 'Every value of every dimension, every membership and composite segment, and what it means.';
comment on column ref.segments.dimension is 'Dimension; memberships and composite_segment stand beside the seven.';
comment on column ref.segments.value is 'Value of the dimension, or id of the segment.';
comment on column ref.segments.ordinal is 'Order of precedence: of several that hold, the first counts; memberships exist beside each other.';
comment on column ref.segments.name is 'Display name of the dimension, or of the composite segment.';
comment on column ref.segments.definition is 'When it holds, with the thresholds in force.';
comment on column ref.segments.rule is 'Conditions of a composite segment; null for others.';
comment on column ref.segments.rationale is 'Why a composite segment matters.';
comment on column ref.segments.target_metrics is 'What a composite segment is judged by.';
comment on column ref.segments.intervention is 'What is done for its users.';
comment on column ref.segments.owner is 'Team that owns it.';
comment on column ref.segments.definition_version is 'Definition version that wrote the row.';

create table ref.composite_conditions (
    composite_segment text not null,
    ordinal integer not null,
    condition integer not null,
    dimension text,
    values text[] not null,
    days_ago integer not null,
    first_day integer,
    last_day integer,
    definition_version integer not null references ref.definition_versions,
    primary key (composite_segment, condition)
);
comment on table ref.composite_conditions is 'Conditions of the composite segments, all of which must hold.';
comment on column ref.composite_conditions.composite_segment is 'Composite segment.';
comment on column ref.composite_conditions.ordinal is 'Precedence among the composite segments, from 1.';
comment on column ref.composite_conditions.condition is 'Number of the condition, from 1.';
comment on column ref.composite_conditions.dimension is 'Dimension looked at; null: the days since signup.';
comment on column ref.composite_conditions.values is 'Values of the dimension that fulfil it.';
comment on column ref.composite_conditions.days_ago is 'How long ago the value counts; 0: on the day.';
comment on column ref.composite_conditions.first_day is 'First day since signup that fulfils it; null where it looks at a dimension.';
comment on column ref.composite_conditions.last_day is 'Last such day.';
comment on column ref.composite_conditions.definition_version is 'Definition version that wrote the row.';

create table ref.segment_people (
    event_type text not null,
    key text not null,
    is_invitation boolean not null,
    definition_version integer not null references ref.definition_versions,
    primary key (event_type, key)
);
comment on table ref.segment_people is 'Event types by which users reach other people.';
comment on column ref.segment_people.event_type is 'Event type.';
comment on column ref.segment_people.key is 'Key of its metadata that names the people.';
comment on column ref.segment_people.is_invitation is 'Whether those people are invited by it.';
comment on column ref.segment_people.definition_version is 'Definition version that wrote the row.';

create table ref.journey_boundaries (
    day integer primary key,
    definition_version integer not null references ref.definition_versions
);
comment on table ref.journey_boundaries is 'Days since signup on which a segment can change by itself.';
comment on column ref.journey_boundaries.day is 'Days since signup.';
comment on column ref.journey_boundaries.definition_version is 'Definition version that wrote the row.';

grant select on ref.segment_settings, ref.segments, ref.composite_conditions, ref.segment_people, ref.journey_boundaries
to monstera_loader, monstera_transformer, monstera_alerter, monstera_analyst;

-- What segments are computed from, beside activity and states.
create table silver.user_feature_days (
    used_on date not null,
    user_id uuid not null,
    feature_id text not null,
    is_advanced boolean not null,
    primary key (user_id, used_on, feature_id)
) partition by range (user_id);
comment on table silver.user_feature_days is 'Days on which each user used each feature.';
comment on column silver.user_feature_days.used_on is 'Business day.';
comment on column silver.user_feature_days.user_id is 'Pseudonym of the user.';
comment on column silver.user_feature_days.feature_id is 'Feature; a sub-feature counts for its feature.';
comment on column silver.user_feature_days.is_advanced is 'Whether something advanced of it was used.';

create table silver.user_contacts (
    contacted_on date not null,
    user_id uuid not null,
    contact_id uuid not null,
    is_invitation boolean not null,
    primary key (user_id, contact_id, contacted_on)
) partition by range (user_id);
comment on table silver.user_contacts is 'People that each user invited or shared with, by day.';
comment on column silver.user_contacts.contacted_on is 'Business day.';
comment on column silver.user_contacts.user_id is 'Pseudonym of the user.';
comment on column silver.user_contacts.contact_id is 'Pseudonym of the other person.';
comment on column silver.user_contacts.is_invitation is 'Whether it was an invitation.';
create index user_contacts_contact on silver.user_contacts (contact_id);

-- The segments themselves: where everybody stands, and the history as intervals.
create table silver.user_segments (
    updated_at timestamptz not null default now(),
    started_on date not null,
    user_id uuid not null,
    engagement_intensity text not null,
    value_realization text not null,
    product_breadth text not null,
    journey_stage text not null,
    feature_adoption text not null,
    collaboration_type text not null,
    temporal_pattern text not null,
    composite_segment text not null,
    memberships text[] not null,
    primary key (user_id)
) partition by range (user_id);
comment on table silver.user_segments is 'Where every living user stands: the balance that the next day starts from.';
comment on column silver.user_segments.updated_at is 'When the row last changed.';
comment on column silver.user_segments.started_on is 'Day of the signup or restore.';
comment on column silver.user_segments.user_id is 'Pseudonym of the user.';
comment on column silver.user_segments.engagement_intensity is 'Value of the dimension, see ref.segments.';
comment on column silver.user_segments.value_realization is 'Value of the dimension, see ref.segments.';
comment on column silver.user_segments.product_breadth is 'Value of the dimension, see ref.segments.';
comment on column silver.user_segments.journey_stage is 'Value of the dimension, see ref.segments.';
comment on column silver.user_segments.feature_adoption is 'Value of the dimension, see ref.segments.';
comment on column silver.user_segments.collaboration_type is 'Value of the dimension, see ref.segments.';
comment on column silver.user_segments.temporal_pattern is 'Value of the dimension, see ref.segments.';
comment on column silver.user_segments.composite_segment is 'Composite segment; none: in none.';
comment on column silver.user_segments.memberships is 'Segments by state that the user is in.';

create table silver.user_segment_spans (
    from_on date not null,
    to_on date not null,
    created_at timestamptz not null default now(),
    user_id uuid not null,
    dimension text not null,
    value text not null,
    primary key (user_id, dimension, from_on)
) partition by range (user_id);
comment on table silver.user_segment_spans is 'Segments as intervals: every stretch of days over which a user has one value of a dimension, is in a segment by state, or in a composite segment.';
comment on column silver.user_segment_spans.from_on is 'First day.';
comment on column silver.user_segment_spans.to_on is 'Last day; infinity: until something changes it.';
comment on column silver.user_segment_spans.created_at is 'When the row was computed.';
comment on column silver.user_segment_spans.user_id is 'Pseudonym of the user.';
comment on column silver.user_segment_spans.dimension is 'Dimension, composite_segment, or the segment by state itself.';
comment on column silver.user_segment_spans.value is 'Value of the dimension; a segment by state has its own name.';
create index user_segment_spans_from_on on silver.user_segment_spans (from_on);
create index user_segment_spans_to_on on silver.user_segment_spans (to_on);

create table silver.user_feature_days_1 partition of silver.user_feature_days for values from (minvalue) to (maxvalue);
create table silver.user_contacts_1 partition of silver.user_contacts for values from (minvalue) to (maxvalue);
create table silver.user_segments_1 partition of silver.user_segments for values from (minvalue) to (maxvalue);
create table silver.user_segment_spans_1 partition of silver.user_segment_spans for values from (minvalue) to (maxvalue);
alter table silver.user_feature_days owner to monstera_transformer;
alter table silver.user_feature_days_1 owner to monstera_transformer;
alter table silver.user_contacts owner to monstera_transformer;
alter table silver.user_contacts_1 owner to monstera_transformer;
alter table silver.user_segments owner to monstera_transformer;
alter table silver.user_segments_1 owner to monstera_transformer;
alter table silver.user_segment_spans owner to monstera_transformer;
alter table silver.user_segment_spans_1 owner to monstera_transformer;
grant select on silver.user_feature_days, silver.user_contacts, silver.user_segments, silver.user_segment_spans
to monstera_analyst, monstera_alerter;
