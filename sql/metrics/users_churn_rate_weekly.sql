/*
name: Users Churn Rate Weekly
description: >
  Share of the users who were not new, churned or deleted at the start of the week that churned in it.
unit: share
grain: week
good: down
owner: growth
*/
with weeks as (
    select distinct week_start
    from ref.calendar
    where date between :first and :last and week_start + 6 <= :last
        and week_start > (select min(date) from gold.user_state_counts where scope = 'platform')
),

members as (
    select w.week_start, coalesce(sum(c.users), 0) as users
    from weeks as w
    left join gold.user_state_counts as c
        on c.scope = 'platform' and c.date = w.week_start - 1 and c.state not in ('new', 'churned', 'deleted')
    group by w.week_start
),

steps as (
    select
        w.week_start,
        t.user_id,
        t.from_state,
        t.to_state,
        first_value(t.from_state) over (
            partition by t.user_id, w.week_start order by t.transition_on, t.seq
        ) as state_at_start
    from user_state_transitions as t
    inner join weeks as w on t.transition_on between w.week_start and w.week_start + 6
    where t.scope = 'platform'
),

churned as (
    select week_start, count(distinct user_id) as users
    from steps
    where to_state = 'churned' and from_state <> 'new' and state_at_start not in ('new', 'churned', 'deleted')
    group by week_start
)

select
    m.week_start as date,
    coalesce(c.users, 0) / nullif(m.users, 0) as value,
    coalesce(c.users, 0) as numerator,
    m.users as denominator
from members as m
left join churned as c on c.week_start = m.week_start
