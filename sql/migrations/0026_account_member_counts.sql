-- What the health of an account looks at beside its numbers: how its members do, as stretches of days.
create table silver.account_member_counts (
    from_on date not null,
    to_on date not null,
    account_id uuid not null,
    engaged_members integer not null,
    adopting_members integer not null,
    power_members_before integer not null,
    power_members_kept integer not null,
    new_members integer not null,
    activated_members integer not null,
    primary key (account_id, from_on)
) partition by range (account_id);
create table silver.account_member_counts_1 partition of silver.account_member_counts
for values from (minvalue) to (maxvalue);
comment on table silver.account_member_counts is 'How many members of each account do what its health looks at, as stretches of days; none before the first does.';
comment on column silver.account_member_counts.from_on is 'First day.';
comment on column silver.account_member_counts.to_on is 'Last day; infinity: until something changes it.';
comment on column silver.account_member_counts.account_id is 'Pseudonym of the account.';
comment on column silver.account_member_counts.engaged_members is 'Members with an engagement intensity other than inactive.';
comment on column silver.account_member_counts.adopting_members is 'Those of them whose feature adoption is advanced or completionist.';
comment on column silver.account_member_counts.power_members_before is 'Users who were members and power users a window of days ago.';
comment on column silver.account_member_counts.power_members_kept is 'Those of them who still are both.';
comment on column silver.account_member_counts.new_members is 'Members who signed up, or came back, in the window of days.';
comment on column silver.account_member_counts.activated_members is 'Those of them with a qualifying event since.';
alter table silver.account_member_counts owner to monstera_transformer;
alter table silver.account_member_counts_1 owner to monstera_transformer;
grant select on silver.account_member_counts to monstera_analyst, monstera_alerter;

-- Whose stretches begin or end on a day is looked up.
create index account_members_from_on on silver.account_members (from_on) where from_on > '-infinity';
create index account_members_to_on on silver.account_members (to_on) where to_on < 'infinity';
create index user_lives_started_on on silver.user_lives (started_on);
