/*
description: Users of a settled company, signed up in the month before the first day.
*/
insert into bronze.users (
    user_id, valid_from, valid_to, updated_at, user_created_at, account_id, country, plan_type,
    acquisition_source, role, load_id
)
select
    md5('user ' || n)::uuid,
    '-infinity',
    'infinity',
    signed_up_at,
    signed_up_at,
    md5('account ' || n / 8)::uuid,
    (array['US', 'GB', 'DE', 'IN', 'BR'])[1 + n % 5],
    (array['small', 'medium', 'large'])[1 + n % 3],
    (array['search', 'referral', 'partner', 'invitation'])[1 + n % 4],
    (array['member', 'admin'])[1 + (n % 8 = 0)::integer],
    :load_id
from generate_series(1, :users) as n
cross join lateral (
    select (:first_day::date - 1 - n % 30) + interval '9 hours' as signed_up_at
) as signup;

insert into bronze.user_signups (user_id, feed_created_at, load_id)
select user_id, user_created_at, load_id from bronze.users;

insert into bronze.accounts (
    account_id, valid_from, valid_to, updated_at, account_created_at, industry, country,
    subscription_tier, primary_admin_user_id, load_id
)
select
    account_id, '-infinity', 'infinity', min(updated_at), min(user_created_at), 'software', 'US', 'small',
    (array_agg(user_id order by role, user_id))[1], :load_id
from bronze.users
group by account_id;
