/* description: The state distribution of the platform by day, from the net changes of the log. */
with changes as (
    select transition_on as date, to_state as state, count(*) as users
    from silver.user_state_transitions
    where scope = 'platform'
    group by transition_on, to_state
    union all
    select transition_on, from_state, -count(*)
    from silver.user_state_transitions
    where scope = 'platform' and from_state is not null
    group by transition_on, from_state
),

net as (
    select date, state, sum(users) as users from changes group by date, state
),

running as (
    select c.date, s.state, sum(coalesce(n.users, 0)) over (partition by s.state order by c.date) as users
    from ref.calendar as c
    cross join (select distinct state from net) as s
    left join net as n on n.date = c.date and n.state = s.state
    where c.date between (select min(date) from net) and :as_of
)

select date, state, users from running where date >= :first
