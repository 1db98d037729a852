-- The ends of the substages of a journey, as declared; until now they were fixed.
alter table ref.segment_settings
add column critical_activation_days integer not null default 7,
add column habit_formation_days integer not null default 14,
add column early_retention_days integer not null default 30,
add column habit_reinforcement_days integer not null default 60,
add column retention_milestone_days integer not null default 90,
add column early_mature_days integer not null default 180,
add column stable_mature_days integer not null default 365,
add column established_days integer not null default 1095;
alter table ref.segment_settings
alter column critical_activation_days drop default,
alter column habit_formation_days drop default,
alter column early_retention_days drop default,
alter column habit_reinforcement_days drop default,
alter column retention_milestone_days drop default,
alter column early_mature_days drop default,
alter column stable_mature_days drop default,
alter column established_days drop default;
comment on column ref.segment_settings.critical_activation_days is 'Last day since signup of the substage critical_activation.';
comment on column ref.segment_settings.habit_formation_days is 'Last day since signup of the substage habit_formation.';
comment on column ref.segment_settings.early_retention_days is 'Last day since signup of the substage early_retention.';
comment on column ref.segment_settings.habit_reinforcement_days is 'Last day since signup of the substage habit_reinforcement.';
comment on column ref.segment_settings.retention_milestone_days is 'Last day since signup of the substage retention_milestone.';
comment on column ref.segment_settings.early_mature_days is 'Last day since signup of the substage early_mature.';
comment on column ref.segment_settings.stable_mature_days is 'Last day since signup of the substage stable_mature.';
comment on column ref.segment_settings.established_days is 'Last day since signup of the substage established.';
