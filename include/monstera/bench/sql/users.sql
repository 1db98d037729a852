/*
description: Users of a settled company, signed up in the month before the first day, and their accounts.
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
    case when :with_accounts then md5('account ' || n / 50)::uuid end,
    (array['US', 'GB', 'DE', 'IN', 'BR'])[1 + n % 5],
    (array['small', 'medium', 'large'])[1 + n % 3],
    (array['search', 'referral', 'partner', 'invitation'])[1 + n % 4],
    (array['member', 'admin'])[1 + (n % 50 = 0)::integer],
    :load_id
from generate_series(1, :users) as n
cross join lateral (
    select (:first_day::date - 1 - n % 30) + interval '9 hours' as signed_up_at
) as signup;

insert into bronze.user_signups (user_id, feed_created_at, load_id)
select user_id, user_created_at, load_id from bronze.users;

-- Half of the accounts pay for the seats they have, a quarter for far more, a quarter for none.
insert into bronze.accounts (
    account_id, valid_from, valid_to, updated_at, account_created_at, industry, country,
    subscription_tier, primary_admin_user_id, total_seats, monthly_recurring_revenue, currency,
    contract_renewal_date, load_id
)
select
    account_id, '-infinity', 'infinity', updated_at, created_at, 'software', 'US', 'small', admin_user_id,
    case when dice < 2 then 50 when dice < 3 then 120 end,
    case when dice < 3 then 1000 end,
    'USD',
    :first_day::date + 30 * (dice + 6),
    :load_id
from (
    select
        account_id,
        min(updated_at) as updated_at,
        min(user_created_at) as created_at,
        (array_agg(user_id order by role, user_id))[1] as admin_user_id,
        (hashtextextended(account_id::text, 5) & 3)::integer as dice
    from bronze.users
    where account_id is not null
    group by account_id
) as account;
